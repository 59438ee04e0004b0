package start

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// asContained gives a program what its Dockerfile gives it: the system's programs that it
// calls, and, where no Procfile starts it, the variables that it reads.
func asContained(in Input, c project.Command) (project.Command, error) {
	if len(c.Cmd) == 0 || c.Why == project.CommandByKey {
		return c, nil
	}
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	file, content, err := f.containerOf(c)
	if err != nil || content == "" {
		return c, err
	}
	if _, err := f.sources(); err != nil {
		return c, err
	}
	stage, _, _, err := f.runningStage(file, content)
	if err != nil {
		return c, err
	}
	if c, err = f.withPrograms(c, stage); err != nil || c.Why == project.CommandByProcfile {
		return c, err
	}
	return f.withVariables(c, file, content, stage)
}

// containerOf is the Dockerfile that starts what a command starts, or the project's own
// one; "" if there is none.
func (f *finder) containerOf(c project.Command) (file, content string, err error) {
	for _, file := range f.dockerfiles(f.dir) {
		content := f.evidenceIn(file)
		if content == "" {
			continue
		}
		if path.Base(file) == file && (strings.EqualFold(file, "Dockerfile") || file == "Containerfile") {
			return file, content, nil
		}
		if startsSite(c.Cmd) && managesSite.MatchString(f.commandText(content, lastStage(content))) {
			return file, content, nil
		}
		started, _, err := f.startedBy(project.Command{Cmd: divided(c.Cmd).words})
		if err != nil || started == "" {
			return "", "", err
		}
		for _, call := range callsOf(lastStage(content).text(content)) {
			if f.sourceOf(call) == started {
				return file, content, nil
			}
		}
	}
	return "", "", nil
}
