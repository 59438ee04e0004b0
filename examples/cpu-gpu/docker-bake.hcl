# docker buildx bake            both images, in one build that shares what they have in common
# docker buildx bake gpu        one of them
# Add --push, or --load, to get them somewhere.

variable "IMAGE" {
  default = "registry.example.com/device"
}

group "default" {
  targets = ["device"]
}

target "device" {
  name       = variant
  matrix     = { variant = ["cpu", "gpu"] }
  context    = "."
  dockerfile = "pyproject.toml"
  target     = variant
  tags       = ["${IMAGE}:${variant}"]
}
