package fromdockerfile

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// servers run an application that a framework makes, by the framework's name
// in the code.
var servers = []struct {
	made  *regexp.Regexp
	needs string
	cmd   func(app string) []string
}{
	{regexp.MustCompile(`(?m)^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:fastapi\.)?(?:FastAPI|Starlette|Litestar)\(`), "uvicorn", func(app string) []string {
		return []string{"uvicorn", app, "--host", "0.0.0.0", "--port", "8000"}
	}},
	{regexp.MustCompile(`(?m)^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:flask\.)?Flask\(`), "gunicorn", func(app string) []string {
		return []string{"gunicorn", "--bind", "0.0.0.0:8000", app}
	}},
	{regexp.MustCompile(`(?m)^(application)\s*=\s*get_wsgi_application\(`), "gunicorn", func(app string) []string {
		return []string{"gunicorn", "--bind", "0.0.0.0:8000", app}
	}},
}

// maxCode is the size in bytes up to which a module is looked into.
const maxCode = 1 << 20

// GuessCommand looks for an application in the project's modules that a server
// can run, and for that server in the text of the project's requirements.
// Modules lie in the folder, in one below it, or in src.
func GuessCommand(project fs.FS, requirements string) (cmd []string, why string) {
	var names []string
	for _, pattern := range []string{"*.py", "*/*.py", "src/*/*.py"} {
		found, _ := fs.Glob(project, pattern)
		names = append(names, found...)
	}
	// Tests make applications as well.
	names = slices.DeleteFunc(names, func(name string) bool {
		return strings.Contains(name, "test") || strings.HasPrefix(name, ".") || strings.Contains(name, "venv/")
	})
	for _, s := range servers {
		if !regexp.MustCompile(`(?i)\b`+s.needs+`\b`).MatchString(requirements) &&
			!(s.needs == "uvicorn" && strings.Contains(requirements, "fastapi[")) {
			continue
		}
		for _, name := range names {
			info, err := fs.Stat(project, name)
			if err != nil || info.Size() > maxCode {
				continue
			}
			code, err := fs.ReadFile(project, name)
			if err != nil {
				continue
			}
			if m := s.made.FindSubmatch(code); m != nil {
				module := strings.TrimSuffix(strings.TrimPrefix(name, "src/"), ".py")
				module = strings.TrimSuffix(module, "/__init__")
				return s.cmd(strings.ReplaceAll(module, "/", ".") + ":" + string(m[1])), "a guess: " + name + " makes " + string(m[1])
			}
		}
	}
	return nil, ""
}

// HasProgram reports whether Moult finds the command by itself: a main.py or
// an app.py beside the build file.
func HasProgram(project fs.FS) bool {
	for _, name := range []string{"main.py", "app.py"} {
		if _, err := fs.Stat(project, path.Clean(name)); err == nil {
			return true
		}
	}
	return false
}
