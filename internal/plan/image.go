package plan

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/step/protocol"
)

// defaultEnv is set in every image; the project's own env comes after it.
// Without PYTHONUNBUFFERED a service's last lines before a crash are lost.
var defaultEnv = []Variable{
	{"VIRTUAL_ENV", protocol.Venv},
	{"PYTHONUNBUFFERED", "1"},
}

// defaultPath is the rest of the path after the virtual environment's
// programs if an image has none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Path is the search path of an image on a base with this environment: the
// virtual environment's programs come first.
func Path(base []string) string {
	return protocol.Venv + "/bin:" + cmp.Or(environment.Getenv(base, "PATH"), defaultPath)
}

// image is the image's configuration.
func image(in Input) (Image, error) {
	p, s := in.Project, &in.Project.Settings
	img := Image{
		User:          DefaultUser,
		WorkingDir:    cmp.Or(in.Command.Workdir, p.AppDir()),
		Entrypoint:    in.Command.Entrypoint,
		Cmd:           in.Command.Cmd,
		CommandReason: in.Command.Reason,
		Env:           slices.Clone(defaultEnv),
	}
	env, err := project.ExpandEnv(s.Env, func(name string) (string, bool) {
		if name == "PATH" {
			return Path(in.BaseConfig.Env), true
		}
		for _, v := range defaultEnv {
			if v.Name == name {
				return v.Value, true
			}
		}
		return environment.LookupEnv(in.BaseConfig.Env, name)
	})
	if err != nil {
		return img, err
	}
	// Without an entry in passwd a container has the home folder "/". Any user
	// may be one: orchestrators choose a number of their own.
	if u := user(&s.ImageSettings); u != nil && u.Home != "" {
		if _, ok := environment.LookupEnv(in.BaseConfig.Env, "HOME"); !ok {
			img.Env = append(img.Env, Variable{"HOME", u.Home})
		}
	}
	if in.homeless() {
		img.Env = append(img.Env, Variable{"HOME", defaultUser.Home})
	}
	if in.Command.Why == project.CommandByProcfile {
		// Platforms that run a Procfile set it, and scripts and programs rely on it.
		if _, ok := environment.LookupEnv(in.BaseConfig.Env, "PORT"); !ok {
			img.Env = append(img.Env, Variable{"PORT", cmp.Or(in.Command.Port, project.DefaultPort)})
		}
	}
	for _, v := range in.Command.Env {
		if _, ok := environment.LookupEnv(in.BaseConfig.Env, v.Name); !ok {
			img.Env = setVariable(img.Env, v.Name, v.Value)
		}
	}
	for _, v := range env {
		img.Env = setVariable(img.Env, v.Name, v.Value.V)
	}
	if wantsInit(&s.ImageSettings) {
		img.Entrypoint = append([]string{initProgram(in.Environment), "--"}, img.Entrypoint...)
	}
	if s.User != nil {
		img.User, img.Pos = s.User.Text, s.User.Pos
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
	return img, nil
}

// executables are patterns of the application's files that are made
// executable: those that the build file names, and programs that are started
// by their path. A checkout often loses the mode that git has.
func executables(p *project.Project, plan *Plan) []string {
	var all []string
	for _, pattern := range p.Settings.App.Executable {
		all = append(all, pattern.V)
	}
	commands := [][]string{plan.Image.Entrypoint, plan.Image.Cmd}
	if h := plan.Image.Healthcheck; h != nil && len(h.Test) > 1 {
		commands = append(commands, h.Test[1:])
	}
	for _, s := range plan.Steps {
		commands = append(commands, s.Run)
	}
	if wantsInit(&p.Settings.ImageSettings) {
		commands = append(commands, plan.Image.Entrypoint[2:])
	}
	var programs []string
	for _, list := range commands {
		all, _ := argv.Commands(list)
		for _, words := range all {
			programs = append(programs, argv.Program(words))
		}
	}
	for _, program := range programs {
		if !strings.Contains(program, "/") {
			continue // found in the search path
		}
		if !path.IsAbs(program) {
			program = path.Join(plan.Image.WorkingDir, program)
		}
		// The name is escaped, because special characters would make the pattern
		// match more files.
		name, ok := strings.CutPrefix(path.Clean(program), plan.App.Dir+"/")
		if ok && !strings.ContainsAny(name, "*?[\\") {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
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

// setVariable replaces a variable in its position or adds it at the end.
func setVariable(all []Variable, name, value string) []Variable {
	for n := range all {
		if all[n].Name == name {
			all[n].Value = value
			return all
		}
	}
	return append(all, Variable{name, value})
}
