package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/dev/lab"
)

// A password in a file is an error that shows it neither in its message nor in
// the lines of the file that it is shown with.
func TestAnErrorAboutAPasswordDoesNotShowIt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const secret = "Hunter2"
	build := func(dependencies, more string) map[string]string {
		return map[string]string{"main.py": "", "pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n" +
			"dependencies = [" + dependencies + "]\n" + more + "\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n"}
	}
	lock := func(url string) map[string]string {
		files := build(`"a"`, "")
		files["uv.lock"] = "version = 1\nrequires-python = \">=3.13\"\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { virtual = \".\" }\n" +
			"[[package]]\nname = \"b\"\nversion = \"1\"\nsource = { registry = \"https://example.com/\" }\nwheels = [{ url = \"" + url + "\", hash = \"sha256:" + strings.Repeat("0", 64) + "\" }]\n"
		return files
	}
	requirements := func(line string) map[string]string {
		return map[string]string{"main.py": "", "requirements.txt": line + "\n",
			"pyproject.toml": "# syntax=registry.example.com/moult:1\n[tool.moult]\npython = \"3.13\"\nrequirements = [\"requirements.txt\"]\ncmd = [\"python\", \"main.py\"]\n"}
	}
	withBase := build("", "")
	withBase["pyproject.toml"] = strings.Replace(withBase["pyproject.toml"], "python = \"3.13\"", "base = \"https://me:Hunter2@registry.example.com/python:3.13\"", 1)
	for says, files := range map[string]map[string]string{
		"a requirement":                  build(`"b @ https://me:Hunter2@example.com/b-1-py3-none-any.whl"`, ""),
		"a requirement from git":         build(`"b @ git+https://Hunter2@example.com/b.git@v1"`, ""),
		"a token in a query":             build(`"b @ https://example.com/b-1-py3-none-any.whl?token=Hunter2"`, ""),
		"an invalid requirement":         build(`"b @@ https://me:Hunter2@example.com/b"`, ""),
		"an index":                       build("", "[[tool.moult.index]]\nurl = \"https://me:Hunter2@example.com/simple\"\n"),
		"an index with a slash in it":    build("", "[[tool.moult.index]]\nurl = \"https://me:Hun/Hunter2@example.com/simple\"\n"),
		"an index with a token":          build("", "[[tool.moult.index]]\nurl = \"https://example.com/simple?private_token=Hunter2\"\n"),
		"an index with a blank":          build("", "[[tool.moult.index]]\nurl = \"https://me:x Hunter2@example.com/simple\"\n"),
		"an index of uv":                 build("", "[[tool.uv.index]]\nname = \"x\"\nurl = \"https://me:Hunter2@example.com/simple\"\n"),
		"a source of uv":                 build(`"b"`, "[tool.uv.sources]\nb = { git = \"https://me:Hunter2@example.com/b.git\" }\n"),
		"a base":                         withBase,
		"a lock":                         lock("https://me:Hunter2@example.com/b-1-py3-none-any.whl"),
		"a token in a lock":              lock("https://example.com/b-1-py3-none-any.whl?X-Amz-Signature=Hunter2"),
		"a requirement file":             requirements("b @ https://me:Hunter2@example.com/b-1-py3-none-any.whl"),
		"an index of a requirement file": requirements("--index-url https://me:Hunter2@example.com/simple\nb"),
	} {
		t.Run(says, func(t *testing.T) {
			if !strings.Contains(fmt.Sprint(files), secret) {
				t.Fatal("no password in the project")
			}
			r, err := l.Build(t.Context(), moult(t, project(t, files)))
			if err == nil {
				t.Fatal("it was built")
			}
			shown := err.Error() + r.Log()
			if len(errdefs.Sources(err)) == 0 {
				t.Errorf("no line of a file is shown: %v", err)
			}
			for _, s := range errdefs.Sources(err) {
				shown += string(s.Info.Data)
			}
			if strings.Contains(shown, secret) {
				t.Errorf("it shows the password: %s", shown)
			}
		})
	}
}
