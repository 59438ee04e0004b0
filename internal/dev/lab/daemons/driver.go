package daemons

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// containerDriver is a BuildKit in a container of Docker 26, which docker buildx has made by its driver docker-container.
// Its image is the lab's own. The container is privileged, which older engines refuse on machines whose root has not all
// capabilities.
type containerDriver struct{}

const (
	containerDriverName = "docker-container"
	// containerEngine is the Docker Engine that runs the container.
	containerEngine = "docker-trixie"
	// containerBuilder is the name of the builder, and a part of the container's.
	containerBuilder = "moult-container"
)

// containerImage is the image for the driver: Debian with runc, the lab's BuildKit, and the authorities that the machine
// trusts.
const containerImage = `FROM python:3.13-slim
RUN apt-get update -q && apt-get install -q -y --no-install-recommends git runc && rm -rf /var/lib/apt/lists/*
COPY --from=programs buildkitd buildctl /usr/bin/
RUN --mount=type=secret,id=ca-certificates,required=false \
	if [ -e /run/secrets/ca-certificates ]; then cp /run/secrets/ca-certificates /etc/ssl/certs/ca-certificates.crt; fi
ENTRYPOINT ["buildkitd"]
`

func (d containerDriver) start(ctx context.Context, l *lab) error {
	below, err := engineNamed(containerEngine)
	if err != nil {
		return err
	}
	if err := below.start(ctx, l); err != nil {
		return err
	}
	config := labapi.BuildkitConfig(l.state.Registry)
	dir, file, err := l.newestFolder(containerDriverName, config)
	if err != nil {
		return err
	}
	engine := l.state.Engines[containerDriverName]
	if engine.Address == "" {
		port, err := freePort()
		if err != nil {
			return err
		}
		engine = labapi.Engine{Address: fmt.Sprintf("tcp://127.0.0.1:%d", port), Builder: containerBuilder}
	}
	if buildkitAnswers(engine.Address)(ctx) == nil {
		l.state.Engines[containerDriverName] = engine
		return nil
	}
	image := l.state.Registry + "/lab/buildkit:newest"
	if err := l.makeContainerImage(ctx, dir, image, containerImage); err != nil {
		return err
	}
	if err := d.stop(ctx, l); err != nil {
		return err
	}
	// The machine's network, so that 127.0.0.1 is the lab; the port is for the tests' own client.
	err = l.buildx(ctx, "create", "--name", containerBuilder, "--driver", "docker-container", "--driver-opt", "image="+image+",network=host",
		"--buildkitd-config", file, "--buildkitd-flags", "--oci-worker-net host --allow-insecure-entitlement network.host --addr unix:///run/buildkit/buildkitd.sock --addr "+engine.Address,
		"--bootstrap")
	if err != nil {
		return err
	}
	if err := buildkitAnswers(engine.Address)(ctx); err != nil {
		return err
	}
	l.state.Engines[containerDriverName] = engine
	return nil
}

// stop lets docker buildx remove the container and its volume.
func (containerDriver) stop(ctx context.Context, l *lab) error {
	if _, err := os.Stat(filepath.Join(l.dir, "docker", "buildx", "instances", containerBuilder)); err != nil {
		return nil //nolint:nilerr // there is no such builder
	}
	return l.buildx(ctx, "rm", "--force", containerBuilder)
}

// buildx runs docker buildx with the lab's configuration and the container's Docker Engine.
func (l *lab) buildx(ctx context.Context, args ...string) error {
	env := []string{"DOCKER_CONFIG=" + filepath.Join(l.dir, "docker"), "DOCKER_HOST=" + l.state.Engines[containerEngine].Address}
	return l.command(ctx, "buildx", env, append([]string{filepath.Join(l.bin, "buildx")}, args...)...)
}

func (l *lab) makeContainerImage(ctx context.Context, dir, image, dockerfile string) error {
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o644); err != nil {
		return err
	}
	programs, err := filepath.EvalSymlinks(filepath.Join(l.bin, "buildkitd"))
	if err != nil {
		return err
	}
	args := []string{"build", "--builder", labapi.BuilderName, "--push", "-t", image, "--provenance=false", "--build-context", "programs=" + filepath.Dir(programs)}
	if l.state.CA != "" {
		args = append(args, "--secret", "id=ca-certificates,src="+l.state.CA)
	}
	return l.buildx(ctx, append(args, dir)...)
}
