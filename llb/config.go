package llb

import (
	"maps"
	"slices"
	"strings"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/inside"
	"github.com/moult-build/moult/internal/plan"
)

// Config gives the configuration of a target's image: that of the base image
// with the plan's changes and the labels of the client's command line. Layers
// and times are the exporter's business.
func Config(base dockerspec.DockerOCIImage, p *plan.Plan, platform ocispecs.Platform, target string, labels map[string]string) dockerspec.DockerOCIImage {
	var img dockerspec.DockerOCIImage
	if target == TargetRuntime {
		img.Config = runtime(base.Config, p.Image)
	} else if target == TargetBuilder {
		img.Config.Env = []string{"PATH=" + defaultPath}
	}
	img.Platform = platform
	if len(labels) > 0 {
		if img.Config.Labels == nil {
			img.Config.Labels = map[string]string{}
		}
		maps.Copy(img.Config.Labels, labels)
	}
	return img
}

func runtime(c dockerspec.DockerOCIImageConfig, i plan.Image) dockerspec.DockerOCIImageConfig {
	c.Env = Env(c.Env, i)
	c.User = i.User
	c.WorkingDir = i.WorkingDir
	// As in a Dockerfile, a command of one's own takes the place of the
	// base's entrypoint and command, both.
	c.Entrypoint = i.Entrypoint
	c.Cmd = i.Cmd
	c.ExposedPorts = union(c.ExposedPorts, i.Expose)
	c.Volumes = union(c.Volumes, i.Volumes)
	if len(i.Labels) > 0 {
		c.Labels = maps.Clone(c.Labels)
		if c.Labels == nil {
			c.Labels = map[string]string{}
		}
		for _, l := range i.Labels {
			c.Labels[l.Name] = l.Value
		}
	}
	if i.StopSignal != "" {
		c.StopSignal = i.StopSignal
	}
	if h := i.Healthcheck; h != nil {
		c.Healthcheck = &dockerspec.HealthcheckConfig{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout,
			StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return c
}

// Env gives an image's environment: the base's, with the virtual
// environment's programs first in the path, then the plan's.
func Env(base []string, i plan.Image) []string {
	path := environment.Getenv(base, "PATH")
	if path == "" {
		path = defaultPath
	}
	env := set(slices.Clone(base), "PATH", inside.Venv+"/bin:"+path)
	for _, v := range i.Env {
		env = set(env, v.Name, v.Value)
	}
	return env
}

// set replaces a variable where it stands or adds it at the end.
func set(env []string, name, value string) []string {
	for n, kv := range env {
		if k, _, _ := strings.Cut(kv, "="); k == name {
			env[n] = name + "=" + value
			return env
		}
	}
	return append(env, name+"="+value)
}

func union(all map[string]struct{}, more []string) map[string]struct{} {
	if len(more) == 0 {
		return all
	}
	all = maps.Clone(all)
	if all == nil {
		all = map[string]struct{}{}
	}
	for _, m := range more {
		all[m] = struct{}{}
	}
	return all
}
