package llb

import (
	"fmt"
	"maps"
	"slices"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/plan"
)

// Config returns the description of a target's image without its layers: the
// plan's configuration with the labels of the client's command line, and the
// history. The exporter adds layers and times.
func Config(base dockerspec.DockerOCIImage, p *plan.Plan, w World, target string, labels map[string]string) dockerspec.DockerOCIImage {
	var img dockerspec.DockerOCIImage
	switch target {
	case TargetRuntime:
		img.Config = configured(p.Config)
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
// layers. Without that, later entries would describe the wrong layers.
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

// settings are the entries for the configuration, as in the history of a
// Dockerfile's image.
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

// ConfigOf converts an image's configuration to the plan's form.
func ConfigOf(c dockerspec.DockerOCIImageConfig) plan.Config {
	out := plan.Config{
		Env: c.Env, User: c.User, WorkingDir: c.WorkingDir, Entrypoint: c.Entrypoint, Cmd: c.Cmd,
		Expose: slices.Sorted(maps.Keys(c.ExposedPorts)), Volumes: slices.Sorted(maps.Keys(c.Volumes)),
		StopSignal: c.StopSignal, Shell: c.Shell, OnBuild: c.OnBuild, ArgsEscaped: c.ArgsEscaped,
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		out.Labels = append(out.Labels, plan.Variable{Name: name, Value: c.Labels[name]})
	}
	if h := c.Healthcheck; h != nil {
		out.Healthcheck = &plan.Healthcheck{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout,
			StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return out
}

// configured converts the plan's form back.
func configured(c plan.Config) dockerspec.DockerOCIImageConfig {
	var out dockerspec.DockerOCIImageConfig
	out.Env, out.User, out.WorkingDir, out.Entrypoint, out.Cmd = c.Env, c.User, c.WorkingDir, c.Entrypoint, c.Cmd
	out.ExposedPorts, out.Volumes = set(c.Expose), set(c.Volumes)
	out.StopSignal, out.Shell, out.OnBuild, out.ArgsEscaped = c.StopSignal, c.Shell, c.OnBuild, c.ArgsEscaped
	if len(c.Labels) > 0 {
		out.Labels = map[string]string{}
		for _, l := range c.Labels {
			out.Labels[l.Name] = l.Value
		}
	}
	if h := c.Healthcheck; h != nil {
		out.Healthcheck = &dockerspec.HealthcheckConfig{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout,
			StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return out
}

// set is a list in the form that the specification has for sets; nil for an
// empty one.
func set(all []string) map[string]struct{} {
	if len(all) == 0 {
		return nil
	}
	m := map[string]struct{}{}
	for _, v := range all {
		m[v] = struct{}{}
	}
	return m
}
