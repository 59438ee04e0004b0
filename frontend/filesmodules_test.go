package frontend_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tonistiigi/fsutil"
)

// The plan looks for modules below folders and among what a pattern selects.
func TestAPlanSaysWhichFilesAreCompiled(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"moult.toml": "python = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n[[files]]\nfrom = \"deep\"\nto = \"/srv/deep\"\n[[files]]\nfrom = \"static\"\nto = \"/srv/static\"\n" +
			"[[files]]\nfrom = \"mixed/*.css\"\nto = \"/srv/css\"\n[[files]]\nfrom = \"mixed/*.py\"\nto = \"/srv/py\"\n[[files]]\nfrom = \"deep\"\nto = \"/srv/without\"\nexclude = [\"a\"]\n",
		"main.py": "", "deep/a/b/c.py": "", "deep/x.txt": "", "static/a.css": "", "mixed/a.css": "", "mixed/a.py": "",
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ask(t, folder, "moult.toml", "plan", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, compiles := string(answer["result.json"]), regexp.MustCompile(`"compile the modules of: [^"]*"`)
	for _, want := range []string{"compile the modules of: copy deep to /srv/deep", "compile the modules of: copy mixed/*.py to /srv/py"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plan does not say: %s", want)
		}
	}
	for _, other := range []string{"/srv/static", "/srv/css", "/srv/without"} {
		if !strings.Contains(text, " to "+other+`"`) || slices.ContainsFunc(compiles.FindAllString(text, -1), func(found string) bool { return strings.HasSuffix(found, other+`"`) }) {
			t.Errorf("the plan compiles %s", other)
		}
	}
}
