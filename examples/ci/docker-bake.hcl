# docker buildx bake            build the image
# docker buildx bake --print    show what would be built
#
# Copy this file beside the pyproject.toml. Variables are set by the environment: IMAGE=... docker buildx bake

variable "IMAGE" {
  default = "registry.example.com/digits-api"
}

variable "TAG" {
  default = "latest"
}

group "default" {
  targets = ["image"]
}

target "image" {
  context    = "."
  dockerfile = "pyproject.toml"
  tags       = ["${IMAGE}:${TAG}"]
}

# For CI: push, and keep the cache in the registry beside the image.
target "ci" {
  inherits   = ["image"]
  output     = ["type=registry"]
  cache-from = ["type=registry,ref=${IMAGE}:cache"]
  cache-to   = ["type=registry,ref=${IMAGE}:cache,mode=max"]
}

# The wheels of the project alone, as files in ./wheels.
target "wheels" {
  inherits = ["image"]
  target   = "wheels"
  tags     = []
  output   = ["type=local,dest=wheels"]
}
