# Everything runs from here on a bare Debian or Ubuntu machine as root: `make demo` and `make test` bring what they need.
#
#   make lab-up     raise the lab: buildkitd, registry, Docker Engine, base images, package index (state in .lab/)
#   make lab-down   end what lab-up started; what was built stays for the next time
#   make frontend   build the frontend image and push it to the lab's registry as moult:dev
#   make test       unit and integration tests
#   make demo       build an example through # syntax=, run it and ask it something

SHELL := /bin/sh
.DEFAULT_GOAL := test

# The platforms of the frontend image. A release has both: make frontend PLATFORMS=linux/amd64,linux/arm64
PLATFORMS ?= linux/$(shell dpkg --print-architecture)

# Finds Go, or brings it, and says where.
GO = $(shell lab/go.sh)

.PHONY: lab lab-up lab-down frontend test demo

lab:
	@go="$(GO)"; mkdir -p .lab/bin && "$$go" build -buildvcs=false -o .lab/bin/lab ./cmd/lab

lab-up: lab
	@PATH="$(dir $(GO)):$$PATH" .lab/bin/lab up

lab-down: lab
	@.lab/bin/lab down

frontend: lab-up
	@. .lab/env; set -- ; \
	if [ -n "$$LAB_CA" ]; then set -- --secret "id=ca-certificates,src=$$LAB_CA"; fi; \
	buildctl build --frontend dockerfile.v0 --local context=. --local dockerfile=. --opt filename=Dockerfile.frontend \
		--opt platform=$(PLATFORMS) "$$@" --output "type=image,name=$$LAB_REGISTRY/moult:dev,push=true"

test: lab-up
	@PATH="$(dir $(GO)):$$PATH"; go vet ./... && go test ./...

demo: lab-up
	@.lab/bin/lab demo
