# Everything runs from here on a bare Debian or Ubuntu machine as root: `make demo` and `make test` bring what they need.
#
#   make lab-up     start the lab: buildkitd, registry, Docker Engine, base images, package index (state in .lab/)
#   make lab-engines  make and start older BuildKits and Docker Engines beside the lab's own; one that is compiled takes ten minutes, once
#   make test-engines run the tests of engines on them, one after another, and write docs/engines.md
#   make test-clients  build by older versions of docker buildx and over SSH, and try podman, buildah and Docker's old builder
#   make test-bases  run the examples on bases other than the official images of Python
#   make lab-down   end what lab-up started; what was built stays for the next time
#   make frontend   build the frontend image and push it to the lab's registry as moult:dev
#   make cli        the command line, bin/moult, with the programs of all platforms in it
#   make dist       what a release offers: the command line for four platforms, checksums, bills of materials
#   make unit       what can be tested in a minute without root, network and lab, with the race detector
#   make test       all tests, those in the lab too
#   make lint       formatting, go.mod files and linters
#   make test-oracle  compare what Moult makes of locks with what uv, Poetry, PDM, Pipenv and pip install; half an hour, brings the tools
#   make test-hostile  of all tests those of hostile inputs; make hostile-kit KIT=DIR writes them for other programs
#   make test-browser  the page of moult size --html in a headless Chromium, which it brings
#   make test-workflows  the commands of .github/workflows, each job in a fresh clone: JOBS="test.yml:unit test.yml:lint"; without JOBS it lists them
#   make fuzz MINUTES=n  each fuzz target for n minutes
#   make site       the documentation as a site, in .lab/site, with every link checked; make site-serve shows it while one writes
#   make demo       build an example through # syntax=, run it and ask it something; with the Docker that is there, else in the lab
#   make applications  build, start and call the applications of docs/applications, and write docs/applications.md; hours
#   make survey DIR=... try a folder of checkouts with the syntax line alone and after moult init; with BUILD=1 build and start them
#   make sample DIR=... draw public repositories for it with GitHub's search
#   make bench      measure Moult beside the Dockerfiles it replaces, and write docs/benchmarks.md; hours, taken up where it was broken off
#   make bench-stores  what each store of caches (gha, s3, azblob, local, registry) is asked for; brings the stores
#   make bench-quick  the same for step 6, step 6 with a frontend in a container and Moult, in minutes, as a table

SHELL := /bin/sh
.DEFAULT_GOAL := test

# The platforms of the frontend image. A release has both: make frontend PLATFORMS=linux/amd64,linux/arm64
PLATFORMS ?= linux/$(shell dpkg --print-architecture)

# Finds Go, or brings it, and says where.
GO = $(shell lab/go.sh)

# The folders that have a go.mod. The benchmark has its own, because nothing else needs what draws its plots.
MODULES := . internal/dev/bench

# $(call each,MODULES,COMMANDS) runs commands in the folder of every module, until one fails.
each = PATH="$(dir $(GO)):$$PATH"; for module in $(1); do (cd $$module && $(2)) || exit 1; done

comma := ,

.PHONY: test-oracle test-workflows lab lab-up lab-engines test-engines test-clients test-bases lab-down frontend cli dist unit test test-browser test-hostile hostile-kit fuzz lint site site-serve demo lab-demo applications survey sample bench bench-quick bench-stores

lab:
	@go="$(GO)"; mkdir -p .lab/bin && "$$go" build -buildvcs=false -o .lab/bin/lab ./internal/dev/lab/cmd/lab

# PYTHONS=3.13 makes the base images of this Python alone, 3.10=PREFIX those of one that was compiled on this machine; without
# it, all that the tests need are made.
PYTHONS ?=

lab-up: lab
	@PATH="$(dir $(GO)):$$PATH" .lab/bin/lab up $(PYTHONS)

lab-engines: lab-up
	@PATH="$(dir $(GO)):$$PATH" nice .lab/bin/lab engines $(ENGINES)

lab-down: lab
	@.lab/bin/lab down

# The key of every step holds the bytes of moult-install and moult-build: they have no version and no build id, so that
# a release which does not change them runs no step again.
PROGRAM_FLAGS = -trimpath -buildvcs=false -ldflags "-s -w -buildid="
VERSION ?= dev

# The programs are compiled here, where Go keeps its cache, and take the place of the Dockerfile's build stage;
# `docker buildx build -f Dockerfile.frontend .` compiles them in that stage instead. The layers are gzip's: a
# daemon that is too old for Moult must be able to start it, to be told so.
frontend: lab-up
	@. .lab/env; PATH="$(dir $(GO)):$$PATH"; set --; \
	for platform in $(subst $(comma), ,$(PLATFORMS)); do \
		arch=$${platform#linux/}; out=.lab/frontend/$$arch; \
		mkdir -p $$out/out/moult/bin && cp LICENSE THIRD_PARTY_NOTICES $$out/out/moult/ && \
		CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)" \
			-o $$out/out/moult/bin/ ./cmd/moult-frontend && \
		CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build $(PROGRAM_FLAGS) \
			-o $$out/out/moult/bin/ ./cmd/moult-install ./cmd/moult-build || exit 1; \
		set -- "$$@" --opt "context:build::$$platform=local:programs-$$arch" --local "programs-$$arch=$$out"; \
	done; \
	buildctl build --progress=plain --frontend dockerfile.v0 --local context=. --local dockerfile=. --opt filename=Dockerfile.frontend \
		--opt platform=$(PLATFORMS) "$$@" --output "type=image,name=$$LAB_REGISTRY/moult:dev,push=true,compression=gzip,force-compression=true"

# The programs are compiled as for the frontend image: the key of a step holds their content, and both share a cache.
CLI_PLATFORMS ?= linux/amd64,linux/arm64

cli:
	@PATH="$(dir $(GO)):$$PATH"; \
	for platform in $(subst $(comma), ,$(CLI_PLATFORMS)); do \
		CGO_ENABLED=0 GOOS=linux GOARCH=$${platform#linux/} go build $(PROGRAM_FLAGS) \
			-o internal/cli/programs/bin/linux-$${platform#linux/}/ ./cmd/moult-install ./cmd/moult-build || exit 1; \
	done; \
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)" -o bin/ ./cmd/moult

# The tools of the module lab/release cannot be in lab/lint: its linters need another version of what actionlint stands on.
#
# What a release offers beside the frontend's image, in dist/: the command line for four platforms, each with a bill of
# materials, checksums, and the release's part of the changelog.
DIST_PLATFORMS ?= linux/amd64,linux/arm64,darwin/amd64,darwin/arm64

dist: cli
	@rm -rf dist && mkdir dist; PATH="$(dir $(GO)):$$PATH"; \
	go build -C lab/release -buildvcs=false -o "$(CURDIR)/.lab/bin/cyclonedx-gomod" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod || exit 1; \
	for platform in $(subst $(comma), ,$(DIST_PLATFORMS)); do \
		name=moult-$(VERSION)-$${platform%/*}-$${platform#*/}; \
		export CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/}; \
		go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)" -o dist/$$name/moult ./cmd/moult && \
		cp LICENSE THIRD_PARTY_NOTICES dist/$$name/ && \
		tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@315532800 -czf dist/$$name.tar.gz $$name && \
		.lab/bin/cyclonedx-gomod app -json -output dist/$$name.cdx.json -main cmd/moult . 2>/dev/null && rm -r dist/$$name || exit 1; \
	done; \
	(cd dist && sha256sum moult-* > SHA256SUMS) && \
	awk -v v="$(patsubst v%,%,$(VERSION))" '/^## /{on = ($$2 == v)} on' CHANGELOG.md > dist/NOTES.md

# Brings nothing: Go has to be there, and for the race detector a C compiler. Four packages at a time, because some tests
# wait for servers and processes of their own.
unit:
	@$(call each,$(MODULES),go test -short -race -shuffle=on -p 4 ./...)

# The kit of hostile inputs (internal/dev/hostile), and the builds that try it in the lab.
test-hostile: lab-up
	@. .lab/env; PATH="$(dir $(GO)):$$PATH"; go test -timeout 30m -run 'Hostile|TheKit' ./internal/... && \
	go test -timeout 30m -run 'TestABackend|TestABuildRequirementThat|TestAPthFile|TestAFileThatFails|TestAServerThatStaysBusy' ./internal/dev/integration

# The kit as files and a table for other programs: make hostile-kit KIT=folder
KIT ?= .lab/hostile

hostile-kit:
	@PATH="$(dir $(GO)):$$PATH"; MOULT_HOSTILE_KIT="$(abspath $(KIT))" go test -count=1 -run TestTheKitIsWritten ./internal/dev/hostile

# What GitHub would run, on this machine. What publishes is not run, and said.
JOBS ?=

test-workflows:
	@PATH="$(dir $(GO)):$$PATH"; go run -buildvcs=false ./internal/dev/workflows/cmd/workflows $(JOBS)

# Every fuzz target for some minutes: make fuzz MINUTES=5, or 0.5. One that fails does not end the others. Go would minimize large inputs for a minute each.
MINUTES ?= 1

fuzz:
	@PATH="$(dir $(GO)):$$PATH"; failed=; for file in $$(grep -rlE --include=*_test.go '^func Fuzz' . | sort); do \
		for target in $$(grep -oE '^func Fuzz[A-Za-z0-9]*' $$file | cut -c6-); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(MINUTES)m -fuzzminimizetime 5x "$$(dirname $$file)" || failed="$$failed $$file:$$target"; \
		done; \
	done; if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

test: ENGINES = v0.13.2 docker-trixie
test: frontend lab-engines
	@$(call each,$(MODULES),go vet ./... && go test -timeout 60m ./...)

# The pages that Moult writes, in a headless Chromium.
test-browser:
	@command -v chromium >/dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; }
	@PATH="$(dir $(GO)):$$PATH"; go test -C internal/dev/browser -count=1 ./...

# One engine after another, because each takes some gigabytes: it is started, tried, and removed. An engine that fails does
# not keep the others from their turn. ENGINES names some of them; `.lab/bin/lab list-engines` prints all.
test-engines: frontend cli
	@PATH="$(dir $(GO)):$$PATH"; failed=; for engine in $(or $(ENGINES),$$(.lab/bin/lab list-engines)); do \
		nice .lab/bin/lab engines $$engine && MOULT_ENGINES=$$engine go test -timeout 90m ./internal/dev/integration -run 'TestEngines$$' || failed="$$failed $$engine"; \
		.lab/bin/lab remove-engines $$engine || exit 1; \
	done; test -z "$$failed" || { echo "failed on$$failed" >&2; exit 1; }

# What asks for a build in other manners than the newest docker buildx. The clients are made first, which takes half an
# hour, once.
test-clients: ENGINES = docker-trixie
test-clients: frontend cli lab-engines
	@PATH="$(dir $(GO)):$$PATH"; nice .lab/bin/lab clients && go test -tags clients -timeout 60m -count=1 ./internal/dev/integration -run 'OlderClients|BehindSSH|PodmanAndBuildah|TheOldBuilder'

# Base images that are no official ones of Python: distroless, with musl, with dnf, CUDA's, Python 3.14, and arm64. They are
# made of Debian's packages and sources, which takes an hour, once.
test-bases: lab-up
	@PATH="$(dir $(GO)):$$PATH"; go test -tags bases -timeout 120m -count=1 ./internal/dev/integration -run 'Base|Dnf|Microdnf|AnotherArchitecture'

# The linters are compiled from their module with the Go that is used here, because they have to know its language.
lint:
	@PATH="$(dir $(GO)):$$PATH"; unformatted=$$(gofmt -l $$(git ls-files -- '*.go')); test -z "$$unformatted" || { echo "gofmt changes $$unformatted" >&2; exit 1; }
	@$(call each,$(MODULES) internal/dev/browser lab/tools lab/lint lab/release,go mod tidy -diff)
	@mkdir -p .lab/bin; PATH="$(dir $(GO)):$$PATH"; go build -C lab/lint -buildvcs=false -o "$(CURDIR)/.lab/bin/golangci-lint" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@$(call each,$(MODULES) internal/dev/browser,"$(CURDIR)/.lab/bin/golangci-lint" run ./...)
	@PATH="$(dir $(GO)):$$PATH"; go build -C lab/release -buildvcs=false -o "$(CURDIR)/.lab/bin/actionlint" github.com/rhysd/actionlint/cmd/actionlint
	@.lab/bin/actionlint .github/workflows/*.yml examples/ci/.github/workflows/*.yml
	@PATH="$(dir $(GO)):$$PATH"; GOOS=darwin go vet ./frontend ./llb ./internal/plan/... # nothing here runs in a step, so nothing needs Linux

# The site's tools are in an environment of their own. A link to nothing, or a page that the navigation lacks, is an error.
SITE = .lab/site-tools

$(SITE)/installed: site/requirements.txt
	@python3 -c 'import ensurepip' 2>/dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv; }
	@rm -rf $(SITE) && python3 -m venv $(SITE) && $(SITE)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r site/requirements.txt && touch $@

site: $(SITE)/installed
	@NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --strict -f site/mkdocs.yml && echo "the site is in .lab/site"

site-serve: $(SITE)/installed
	@NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs serve -f site/mkdocs.yml

# With the Docker that is there; on a machine without one, or with one that is too old, in the lab.
demo:
	@if lab/own-docker.sh usable; then lab/own-docker.sh; else $(MAKE) --no-print-directory lab-demo; fi

# It needs the base images of one Python, and no other language.
lab-demo: PYTHONS = 3.13
lab-demo: frontend
	@.lab/bin/lab demo

# A folder of checkouts, BUILD=1 to build and start them in the lab, and what more to pass, such as SURVEY="-list -json out.json".
DIR ?=
BUILD ?=
SURVEY ?=

survey: $(if $(BUILD),lab-up cli)
	@PATH="$(dir $(GO)):$$PATH"; $(if $(BUILD),. .lab/env;) go run -buildvcs=false ./internal/dev/survey/cmd/survey -dir "$(DIR)" $(if $(BUILD),-build bin/moult) $(SURVEY)

# Draws COUNT public repositories into DIR with GitHub's search, for which GITHUB_TOKEN is a token without rights. Each PAGE,
# 1 to 10, gives others.
COUNT ?= 100
PAGE ?= 1

sample:
	@PATH="$(dir $(GO)):$$PATH"; go run -buildvcs=false ./internal/dev/survey/cmd/sample -dir "$(DIR)" -count $(COUNT) -page $(PAGE)

# The sources come from the package index. APPLICATIONS are names with commas; none is all.
APPLICATIONS ?=

applications: lab-up cli
	@. .lab/env; PATH="$(dir $(GO)):$$PATH"; go run -buildvcs=false ./internal/dev/applications/cmd/applications \
		-only "$(APPLICATIONS)" -json .lab/applications/results.json -page docs/applications.md

# Rounds of the benchmark, and what more to pass to it, such as BENCH="--apps app --contestants step6,uv,moult --again".
ROUNDS ?= 3
BENCH ?=

bench: frontend
	@PATH="$(dir $(GO)):$$PATH"; go build -C internal/dev/bench -buildvcs=false -o "$(CURDIR)/.lab/bin/bench" ./cmd/bench && \
	.lab/bin/bench run --rounds $(ROUNDS) $(BENCH) && .lab/bin/bench report

bench-quick: frontend
	@PATH="$(dir $(GO)):$$PATH"; go build -C internal/dev/bench -buildvcs=false -o "$(CURDIR)/.lab/bin/bench" ./cmd/bench && \
	.lab/bin/bench run --again --json .lab/bench/quick.json --rounds 1 --apps app --contestants step6,syntax,moult \
		--measures first,nothing,code,upgrade $(BENCH)

# The stores in which BuildKit keeps caches: MinIO for s3 and Azurite for azblob, in .lab/stores.
MINIO = v0.0.0-20260212201848-7aac2a2c5b7c
AZURITE = 3.37.0

bench-stores: frontend
	@PATH="$(dir $(GO)):$$PATH"; mkdir -p .lab/stores && \
	{ test -x .lab/stores/minio || GOBIN="$(CURDIR)/.lab/stores" go install github.com/minio/minio@$(MINIO); } && \
	{ command -v npm >/dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends npm; }; } && \
	{ test -x .lab/stores/node_modules/.bin/azurite-blob || npm install --prefix .lab/stores --no-audit --no-fund --ignore-scripts azurite@$(AZURITE); } && \
	go build -C internal/dev/bench -buildvcs=false -o "$(CURDIR)/.lab/bin/bench" ./cmd/bench && \
	.lab/bin/bench run --stores .lab/stores --rounds 1 --apps app --measures 'store-*' $(BENCH) && .lab/bin/bench report

# The tools and what they lock are in .lab/oracle. SEED gives other projects, SCALE more of them.
test-oracle:
	@internal/dev/oracle/run.sh .lab/oracle "$(GO)"
