package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// fromWorkdir changes a command that was found in the code for the application's folder so
// that it works in another working folder.
func (p *Project) fromWorkdir() error {
	workdir, dir := p.Settings.Workdir, p.AppDir()
	found := p.Command.Why == project.CommandByFile || p.Command.Why == project.CommandByCode
	if !found || workdir == nil || path.Clean(workdir.V) == dir {
		return nil
	}
	cmd := slices.Clone(p.Command.Cmd)
	named := false
	for n, arg := range cmd {
		file, _, _ := strings.Cut(arg, ":") // FILE:NAME
		if !strings.HasSuffix(file, ".py") || path.IsAbs(arg) {
			continue
		}
		if ok, err := p.files.Exists(path.Join(p.Dir, file)); err != nil {
			return err
		} else if ok {
			cmd[n], named = path.Join(dir, arg), true
		}
	}
	switch {
	case named:
	case p.BuildSystem != nil && !p.Command.NextToPackage:
		return nil // a module of the package that is installed
	case cmd[0] == "uvicorn":
		cmd = append(cmd, "--app-dir", dir)
	default:
		return source.Errorf(workdir.Pos, "the image would run %s, which works only in %s", strings.Join(cmd, " "), dir).
			WithHint("leave out workdir, or write cmd")
	}
	p.Command.Cmd = cmd
	return nil
}
