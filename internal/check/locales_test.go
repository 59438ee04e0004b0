package check_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
)

func TestABuildFileWithLocalesIsNotReported(t *testing.T) {
	for _, test := range []struct {
		keys, locale, says string
	}{
		{"", "de_DE.UTF-8", "main.py sets the locale de_DE.UTF-8, which the image does not have, so that the program fails; write apt.run = [\"locales-all\"]"},
		{"apt.run = [\"curl\"]\n", "sr_RS@latin", `; write apt.run = ["locales-all"]`},
		{"", "Portuguese_Brazil.1252", "; name it as Linux does, as in pt_BR.UTF-8, and write"},
		{"apt.run = [\"locales-all\"]\n", "de_DE.UTF-8", ""},
		{"apt.run = [\"locales\"]\n", "de_DE.UTF-8", ""},
		{"[[steps]]\nrun = [\"localedef\", \"-i\", \"de_DE\", \"-f\", \"UTF-8\", \"de_DE.UTF-8\"]\n", "de_DE.UTF-8", ""},
		{"base = \"example.com/base:1\"\n", "de_DE.UTF-8", ""},
	} {
		p, err := project.Read(project.FS(fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n" + test.keys)}}), "moult.toml", project.Options{})
		if err != nil {
			t.Fatal(test.keys, err)
		}
		file := func(string) *source.File { return &source.File{Name: "main.py", Data: []byte("\n")} }
		found := check.Locales{Project: p, Plan: &plan.Plan{}, File: file, Set: []imports.Locale{{Locale: start.Locale{Name: test.locale, Line: 1, Col: 1}, File: "/app/main.py"}}}.Check()
		if len(found) > 0 != (test.says != "") || len(found) > 0 && !strings.Contains(found[0].Text(), test.says) {
			t.Errorf("%q, %s: %v", test.keys, test.locale, check.Texts(found))
		}
	}
}
