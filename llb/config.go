package llb

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/plan"
)

// Config gives the configuration of a target's image: that of the base image
// with the plan's changes and the labels of the client's command line. Layers
// and times are the exporter's business.
func Config(base dockerspec.DockerOCIImage, p *plan.Plan, w World, target string, labels map[string]string) dockerspec.DockerOCIImage {
	var img dockerspec.DockerOCIImage
	switch target {
	case TargetRuntime:
		img.Config = runtime(base.Config, p.Image)
		img.History = append(baseHistory(base), past(p.LayersOf(target))...)
		img.History = append(img.History, settings(p.Image)...)
	case TargetBuilder:
		img.Config.Env = w.BuilderEnv
	default:
		img.History = past(p.LayersOf(target))
	}
	img.Platform = w.Target
	if len(labels) > 0 {
		img.Config.Labels = maps.Clone(img.Config.Labels)
		if img.Config.Labels == nil {
			img.Config.Labels = map[string]string{}
		}
		maps.Copy(img.Config.Labels, labels)
	}
	return img
}

// past is the history of layers.
func past(layers []plan.Layer) []ocispecs.History {
	all := make([]ocispecs.History, len(layers))
	for n, l := range layers {
		all[n] = ocispecs.History{CreatedBy: l.Name, Comment: "moult"}
	}
	return all
}

// baseHistory is the base image's history with one entry for each of its
// layers, as what follows would else be told of the wrong ones.
func baseHistory(base dockerspec.DockerOCIImage) []ocispecs.History {
	all := slices.Clone(base.History)
	missing := len(base.RootFS.DiffIDs)
	for _, h := range all {
		if !h.EmptyLayer {
			missing--
		}
	}
	for range missing {
		all = append(all, ocispecs.History{CreatedBy: "layer of the base image"})
	}
	return all
}

// settings are what the history of a Dockerfile would tell of the
// configuration.
func settings(i plan.Image) []ocispecs.History {
	var all []ocispecs.History
	add := func(format string, args ...any) {
		all = append(all, ocispecs.History{CreatedBy: fmt.Sprintf(format, args...), Comment: "moult", EmptyLayer: true})
	}
	add("USER %s", i.User)
	add("WORKDIR %s", i.WorkingDir)
	if len(i.Entrypoint) > 0 {
		add("ENTRYPOINT %q", i.Entrypoint)
	}
	if len(i.Cmd) > 0 {
		add("CMD %q", i.Cmd)
	}
	return all
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
	env := set(slices.Clone(base), "PATH", plan.Path(base))
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
