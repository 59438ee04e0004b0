package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/step/protocol"
)

func TestTheReportOnCompiledFilesHasTheLinesOfThoseThatCannotBe(t *testing.T) {
	python, _ := findPython(t)
	dir := t.TempDir()
	files := map[string]string{
		"good.py": "x = 1\n", "old.py": "x = 1\nprint 'x'\n", "encoding.py": "x = '\xe9'\n",
		"{{cookiecutter.name}}/main.py": "import {{cookiecutter.name}}\n", "{% if x %}a{% endif %}.py": "{{ x }\n",
	}
	for n := range compiled.Most + 3 {
		files[fmt.Sprintf("tests/case%02d.py", n)] = "def\n"
	}
	for name, data := range files {
		p := filepath.Join(dir, "src", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	do(t, protocol.Compile{Interpreter: python, Source: dir + "/src", Path: "/app", Output: dir + "/out", Report: dir})
	content, err := os.ReadFile(filepath.Join(dir, compiled.AnswerFile))
	if err != nil {
		t.Fatal(err)
	}
	a, err := compiled.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	if a.Compiled != 1 || a.Failed != compiled.Most+5 || len(a.Failures) != compiled.Most {
		t.Errorf("%d compiled, %d failed, %d told", a.Compiled, a.Failed, len(a.Failures))
	}
	old := a.Failures[1]
	if old.Path != "/app/old.py" || old.Line != 2 || old.Column != 1 || !strings.HasPrefix(old.Reason, "SyntaxError: Missing parentheses in call to 'print'") {
		t.Errorf("%+v", old)
	}
	if left, _ := os.ReadDir(dir + "/out"); len(left) != 1 {
		t.Errorf("the layer has %v", left)
	}
}
