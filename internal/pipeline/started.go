package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// started checks the files that the image starts, as far as they are known
// before the build: they exist, and their first line names an interpreter that
// the image has.
func (d *deciding) started(ctx context.Context, made *plan.Plan) error {
	if d.Options.Target != plan.TargetRuntime || d.Options.Locking {
		return nil
	}
	for _, s := range plan.StartedFiles(made) {
		if err := d.startedFile(ctx, made, s); err != nil {
			return err
		}
	}
	return nil
}

// startedFile checks one file.
func (d *deciding) startedFile(ctx context.Context, made *plan.Plan, s plan.Started) error {
	if strings.HasPrefix(s.Path, protocol.Venv+"/") {
		return nil // of a package
	}
	name, certain := made.ContextFile(s.Path)
	if !certain {
		return nil
	}
	if name == "" {
		ok, err := d.baseHas(ctx, made, s.Path)
		if err != nil || ok || s.Later {
			return err
		}
		return source.Errorf(d.startedAt(s.Key), "%s: nothing puts a file at %s, and the image %s has none", s.Key, s.Path, made.Base).
			WithHint("%s", cmp.Or(ofAnotherEnvironment(s.Path), fmt.Sprintf("copy it with [[tool.moult.files]] to = %q, or name the file where it is", s.Path)))
	}
	if rel, ok := relativeTo(made.App, s.Path); ok && path.Join(made.App.From, rel) == name && !plan.InApp(d.Project.Project, rel) {
		if hint := ofAnotherEnvironment(s.Path); hint != "" { // of a developer's machine
			return source.Errorf(d.startedAt(s.Key), "%s: nothing puts a file at %s", s.Key, s.Path).WithHint("%s", hint)
		}
		return source.Errorf(d.startedAt(s.Key), "%s: %s is not copied into the image: app.include or app.exclude leaves it out", s.Key, name)
	}
	content, err := d.files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && s.Later {
		return nil // an earlier command may make it
	}
	if errors.Is(err, fs.ErrNotExist) {
		alone := *made
		alone.System, alone.PythonFrom = nil, nil // neither puts files into the application's folder
		if ok, err := d.baseHas(ctx, &alone, s.Path); ok || err != nil {
			return err
		}
		return source.Errorf(d.startedAt(s.Key), "%s: %s would be %s of the build context, and there is no such file", s.Key, s.Path, name).
			WithHint("%s", cmp.Or(ofAnotherEnvironment(s.Path), fmt.Sprintf("the application is copied to %s, so that a file x is %s", d.AppDir(), path.Join(d.AppDir(), "x"))))
	}
	if err != nil {
		return nil // a folder; the build tells
	}
	if d.files.Ignored(name) {
		return source.Errorf(d.startedAt(s.Key), "%s: .dockerignore leaves %s out of the build context", s.Key, name).
			WithHint("the line \"!%s\" at its end sends the file", name)
	}
	return d.script(ctx, made, s, name, content)
}

// relativeTo gives the name of a file in the application's folder.
func relativeTo(app *plan.App, name string) (string, bool) {
	if app == nil {
		return "", false
	}
	return strings.CutPrefix(name, app.Dir+"/")
}

// script checks the line ends and the interpreter of a script.
func (d *deciding) script(ctx context.Context, made *plan.Plan, s plan.Started, name string, content []byte) error {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	shebang := bytes.HasPrefix(content, []byte("#!"))
	if mark := []byte("\ufeff#!"); bytes.HasPrefix(content, mark) && !s.Argument && !s.ShellReads {
		return source.Errorf(d.startedAt(s.Key), "%s: %s begins with a byte order mark, so that the kernel does not see its first line and cannot start it", s.Key, name).
			WithHint("save it as UTF-8 without the mark")
	}
	if bytes.HasSuffix(line, []byte("\r")) && (s.Shell || shebang && !s.Argument) {
		return source.Errorf(d.startedAt(s.Key), "%s: %s has the line ends of Windows (CRLF), so it cannot start", s.Key, name).
			WithHint("save it with LF, and write into .gitattributes: *%s text eol=lf", path.Ext(name))
	}
	if !shebang && !s.Argument && !s.ShellReads && isText(content) && !initStarts(made) {
		return source.Errorf(d.startedAt(s.Key), "%s: the first line of %s names no interpreter, so that the kernel cannot start it (exec format error)", s.Key, name).
			WithHint("write %s as its first line", interpreterOf(name))
	}
	words := strings.Fields(strings.TrimPrefix(string(line), "#!"))
	if s.Shell || shebang && slices.ContainsFunc(words, func(w string) bool { return argv.IsShell(path.Base(w)) }) || !shebang && isText(content) {
		if err := d.readEnvironments(ctx, made, s, name, content); err != nil {
			return err
		}
	}
	if s.Argument || !shebang || len(words) == 0 {
		return nil
	}
	program := words[0]
	if path.Base(program) == "env" {
		words = words[1:]
		if len(words) > 1 && words[0] == "-S" {
			words = words[1:]
		}
		words = argv.WithoutPrefix(words)
		if len(words) == 0 || strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "/") {
			return nil
		}
		if program = words[0]; !slices.Contains([]string{"bash", "zsh", "ksh", "fish"}, program) {
			d.interpreters = append(d.interpreters, plan.StartedProgram{Key: s.Key, Name: program}) // a package may have it
			return nil
		}
		for _, folder := range strings.Split(plan.Path(made.BaseConfig.Env), ":") {
			if strings.HasPrefix(folder, protocol.Venv+"/") {
				continue // no package has a shell
			}
			if ok, err := d.baseHas(ctx, made, path.Join(folder, program)); ok || err != nil {
				return err
			}
		}
	} else if ok, err := d.baseHas(ctx, made, program); ok || err != nil {
		return err
	}
	return source.Errorf(d.startedAt(s.Key), "%s: the first line of %s asks for %s, which the image %s does not have", s.Key, name, program, made.Base).
		WithHint("%s", cmp.Or(ofAnotherEnvironment(program), "write #!/bin/sh if the script needs no more, or add the package that has it"))
}

// isText reports whether a file has content that is no program for the kernel.
func isText(content []byte) bool {
	return len(content) > 0 && !bytes.Contains(content[:min(len(content), 512)], []byte{0})
}

// initStarts reports whether an init process starts the program. Some of them let
// a shell read a file that the kernel cannot start.
func initStarts(made *plan.Plan) bool {
	return len(made.Image.Entrypoint) > 1 && made.Image.Entrypoint[1] == "--"
}

// interpreterOf is a first line for a script.
func interpreterOf(name string) string {
	if path.Ext(name) == ".py" {
		return "#!/usr/bin/env python3"
	}
	return "#!/bin/sh"
}

// baseHas reports whether the image has a file, as far as the base tells: what
// packages, steps and other images add is unknown, and then it may have it.
func (d *deciding) baseHas(ctx context.Context, made *plan.Plan, name string) (bool, error) {
	if _, certain := made.ContextFile(name); !certain || made.System != nil || made.PythonFrom != nil || !path.IsAbs(name) || strings.HasPrefix(name, protocol.Venv+"/") {
		return true, nil
	}
	finder := parentFinder{ctx: ctx, img: d.base, found: map[string]plan.ParentDirectory{}, missing: map[string]bool{}}
	parent, ok, err := finder.find(path.Dir(name), 0)
	if err == nil && ok {
		_, err = d.base.Lstat(ctx, path.Join(parent.Path, path.Base(name)))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s in the base image: %w", name, err)
	}
	return ok, nil
}

// startedAt is the line of a command.
func (d *deciding) startedAt(key string) source.Pos {
	s := &d.Settings
	switch {
	case key == "healthcheck" && s.Healthcheck != nil:
		return s.Healthcheck.Pos
	case key == "entrypoint" && s.Entrypoint != nil:
		return s.Entrypoint.Pos
	case s.Cmd != nil:
		return s.Cmd.Pos
	case d.Command.Pos.IsValid():
		return d.Command.Pos
	}
	return s.Pos
}
