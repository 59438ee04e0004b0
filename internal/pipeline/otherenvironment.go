package pipeline

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/step/protocol"
)

// ofAnotherEnvironment says what to write for a path in a virtual environment at
// the place that a Dockerfile or a developer's machine has: /venv/bin/python,
// /app/.venv/bin/gunicorn. It is "" for other paths.
func ofAnotherEnvironment(name string) string {
	bin := path.Dir(name)
	base := path.Base(path.Dir(bin))
	if path.Base(bin) != "bin" || !strings.HasSuffix(base, "venv") && !strings.HasSuffix(base, "virtualenv") {
		return ""
	}
	return plan.OtherEnvironment{Path: name}.Hint()
}

// inEnvironment finds the paths of a script in virtual environments.
var inEnvironment = regex.New(`(?:^|[\s"'=;&|(])((?:/|\./)?(?:[\w.-]+/)*[\w.-]*venv/bin/[\w.-]+)`)

// makesEnvironment finds the commands that make a virtual environment.
var makesEnvironment = regex.New(`-m venv\b|(?:^|[\s;&])virtualenv +\S|\buv +(?:venv|sync)\b|\b(?:poetry|pdm|pipenv) +(?:install|sync)\b`)

// maxScript is the size of a script that is read for readEnvironments, in bytes.
const maxScript = 64 << 10

// readEnvironments notes where a script for a shell names a virtual environment
// that the image does not have: ". /venv/bin/activate". What the script asks for
// first ("[ -d /venv ]") or makes is left alone, and so are relative paths after a
// "cd". A script that is larger than maxScript is not read.
func (d *deciding) readEnvironments(ctx context.Context, made *plan.Plan, s plan.Started, name string, content []byte) error {
	if len(content) > maxScript {
		return nil
	}
	lines := strings.Split(string(content), "\n")
	moved := slices.ContainsFunc(lines, func(line string) bool { return slices.Contains(strings.Fields(line), "cd") })
	for n, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if makesEnvironment.MatchString(line) {
			return nil
		}
		found := inEnvironment.FindAllStringSubmatchIndex(line, -1)
		if len(found) == 0 {
			continue
		}
		prints := printed(line)
		for _, m := range found {
			if prints[m[2]] {
				continue
			}
			written := line[m[2]:m[3]]
			file := written
			if !path.IsAbs(file) {
				file = path.Join(made.Image.WorkingDir, file)
			}
			if strings.HasPrefix(file, protocol.Venv+"/") || moved && !path.IsAbs(written) || asksFor(lines, path.Dir(path.Dir(written))) {
				continue
			}
			ok, err := d.baseHas(ctx, made, file)
			if err != nil {
				return err
			}
			if inContext, _ := made.ContextFile(file); !ok && inContext != "" {
				if ok, err = d.files.Exists(inContext); err != nil {
					return err
				}
			}
			if ok {
				continue
			}
			d.otherEnvironments = append(d.otherEnvironments, plan.OtherEnvironment{
				Key: s.Key, Path: file, Pos: source.Pos{File: &source.File{Name: name, Data: content}, Line: n + 1, Col: m[2] + 1, EndLine: n + 1},
			})
		}
	}
	return nil
}

// printed says of each byte of a line of a shell script whether it is printed: its
// command is echo or printf. What stands between quotes or behind a backslash
// separates no commands.
func printed(line string) []bool {
	all := make([]bool, len(line))
	begin, quote := 0, byte(0)
	end := func(n int) {
		if printing.MatchString(line[begin:n]) {
			for at := begin; at < n; at++ {
				all[at] = true
			}
		}
		begin = n
	}
	for n := 0; n < len(line); n++ {
		switch c := line[n]; {
		case c == '\\' && quote != '\'':
			n++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.IndexByte(";&|(){}`", c) >= 0, quote == '"' && c == '`', quote == '"' && strings.HasPrefix(line[n:], "$("):
			end(n)
		}
	}
	end(len(line))
	return all
}

// printing matches a command that prints its words, behind what separates it from the
// one before.
var printing = regex.New(`^[;&|(){}$` + "`" + `\s@]*(?:(?:if|then|elif|else|while|until|do|!)\s+)*(?:echo|printf)(?:\s|$)`)

// asksFor reports whether a script tests whether something below a folder exists.
func asksFor(lines []string, folder string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.Contains(line, folder) && (strings.Contains(line, "[ ") || strings.Contains(line, "test "))
	})
}
