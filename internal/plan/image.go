package plan

import (
	"github.com/moult-build/moult/internal/inside"
	"github.com/moult-build/moult/internal/project"
)

// DefaultUser is the user an image runs as if nothing else is said: a number,
// so that an orchestrator can see it is not root, and one that no
// distribution gives to anybody.
const DefaultUser = "65532:65532"

// defaultEnv is set in every image; the project's own env comes after it.
// Without PYTHONUNBUFFERED a service's last lines before a crash are lost.
var defaultEnv = []Variable{
	{"VIRTUAL_ENV", inside.Venv},
	{"PYTHONUNBUFFERED", "1"},
}

// image is the image's configuration.
func image(p *project.Project, command project.Command) Image {
	s := &p.Settings
	img := Image{
		User:       DefaultUser,
		WorkingDir: inside.App,
		Entrypoint: command.Entrypoint,
		Cmd:        command.Cmd,
		Env:        append([]Variable(nil), defaultEnv...),
	}
	for _, v := range s.Env {
		img.Env = setVariable(img.Env, v.Name, v.Value.V)
	}
	if s.User != nil {
		img.User = s.User.Text
	}
	if s.Workdir != nil {
		img.WorkingDir = s.Workdir.V
	}
	for _, port := range s.Expose {
		img.Expose = append(img.Expose, port.String())
	}
	if p.Name.V != "" {
		img.Labels = append(img.Labels, Variable{"org.opencontainers.image.title", p.Name.V})
	}
	if p.Version.V != "" {
		img.Labels = append(img.Labels, Variable{"org.opencontainers.image.version", p.Version.V})
	}
	for _, l := range s.Labels {
		img.Labels = setVariable(img.Labels, l.Name, l.Value.V)
	}
	for _, v := range s.Volumes {
		img.Volumes = append(img.Volumes, v.V)
	}
	if s.Stopsignal != nil {
		img.StopSignal = s.Stopsignal.V
	}
	if h := s.Healthcheck; h != nil {
		img.Healthcheck = healthcheck(h)
	}
	return img
}

func healthcheck(h *project.Healthcheck) *Healthcheck {
	if h.Off {
		return &Healthcheck{Test: []string{"NONE"}}
	}
	return &Healthcheck{
		Test:          append([]string{"CMD"}, h.Cmd.Strings()...),
		Interval:      h.Interval,
		Timeout:       h.Timeout,
		StartPeriod:   h.StartPeriod,
		StartInterval: h.StartInterval,
		Retries:       h.Retries,
	}
}

// setVariable replaces a variable where it stands or adds it at the end.
func setVariable(all []Variable, name, value string) []Variable {
	for n := range all {
		if all[n].Name == name {
			all[n].Value = value
			return all
		}
	}
	return append(all, Variable{name, value})
}
