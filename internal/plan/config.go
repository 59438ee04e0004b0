package plan

import (
	"maps"
	"slices"
	"strings"
)

// Config is the whole configuration of an image, as data that is independent of
// tools. Its lists of ports and volumes are sorted, labels by their names.
type Config struct {
	// Env are "NAME=value", in the image's order.
	Env         []string     `json:"env,omitempty"`
	User        string       `json:"user,omitempty"`
	WorkingDir  string       `json:"workdir,omitempty"`
	Entrypoint  []string     `json:"entrypoint,omitempty"`
	Cmd         []string     `json:"cmd,omitempty"`
	Expose      []string     `json:"expose,omitempty"`
	Labels      []Variable   `json:"labels,omitempty"`
	Volumes     []string     `json:"volumes,omitempty"`
	StopSignal  string       `json:"stopsignal,omitempty"`
	Healthcheck *Healthcheck `json:"healthcheck,omitempty"`
	// Shell, OnBuild and ArgsEscaped have no meaning for Moult. An image
	// inherits them from its base.
	Shell       []string `json:"shell,omitempty"`
	OnBuild     []string `json:"onbuild,omitempty"`
	ArgsEscaped bool     `json:"argsEscaped,omitempty"`
}

// With is the configuration of an image on a base with configuration c. As in a
// Dockerfile, a value replaces the base's, and ports, volumes, labels and
// variables are added to the base's. The base's entrypoint and command are
// never used, because the entrypoint was written for another program.
func (c Config) With(i Image) Config {
	c.Env = Environ(c.Env, i.Env)
	c.User = i.User
	c.WorkingDir = i.WorkingDir
	c.Entrypoint = i.Entrypoint
	c.Cmd = i.Cmd
	c.Expose = union(c.Expose, i.Expose)
	c.Volumes = union(c.Volumes, i.Volumes)
	labels := map[string]string{}
	for _, l := range slices.Concat(c.Labels, i.Labels) {
		labels[l.Name] = l.Value
	}
	c.Labels = nil
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		c.Labels = append(c.Labels, Variable{name, labels[name]})
	}
	if i.StopSignal != "" {
		c.StopSignal = i.StopSignal
	}
	if i.Healthcheck != nil {
		c.Healthcheck = i.Healthcheck
	}
	return c
}

// Environ are the environment variables of an image with the virtual
// environment: those of the base, with the virtual environment's programs first
// in the path, and variables.
func Environ(base []string, variables []Variable) []string {
	return WithVariables(base, append([]Variable{{"PATH", Path(base)}}, variables...))
}

// WithVariables is an environment with more variables.
func WithVariables(env []string, variables []Variable) []string {
	env = slices.Clone(env)
	for _, v := range variables {
		env = setEnv(env, v.Name, v.Value)
	}
	return env
}

// setEnv replaces a variable in its position or adds it at the end.
func setEnv(env []string, name, value string) []string {
	for n, kv := range env {
		if k, _, _ := strings.Cut(kv, "="); k == name {
			env[n] = name + "=" + value
			return env
		}
	}
	return append(env, name+"="+value)
}

// union are the values of both lists, sorted.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
