package applications

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/moult-build/moult/internal/project"
)

const docs = "../../../docs/"

func TestEachApplicationHasABuildFileAndARow(t *testing.T) {
	all, err := Table()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(docs + "applications.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		content, err := os.ReadFile(docs + "applications/built/" + a.Name + ".toml")
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := project.Read(project.FS(sources(t, a, content)), "moult.toml", project.Options{}); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		if !strings.HasPrefix(string(content), "# "+a.Package+" "+a.Version+", "+a.Repository+"\n") {
			t.Errorf("the build file of %s does not say what it was made from", a.Name)
		}
		if sum, err := hex.DecodeString(a.SHA256); err != nil || len(sum) != 32 {
			t.Errorf("%s: %q is no SHA-256", a.Name, a.SHA256)
		}
		if n := strings.Count(string(page), "(applications/built/"+a.Name+".toml)"); n != 1 {
			t.Errorf("%s has %d rows", a.Name, n)
		}
	}
	if built, err := filepath.Glob(docs + "applications/built/*.toml"); err != nil || len(built) != len(all) {
		t.Errorf("there are %d build files for %d applications: %v", len(built), len(all), err)
	}
}

// sources are a build file with what it names of the application's sources: the
// extras and the requirement files.
func sources(t *testing.T, a Application, content []byte) fstest.MapFS {
	t.Helper()
	var named struct{ Extras, Requirements []string }
	if err := gotoml.Unmarshal(content, &named); err != nil {
		t.Fatal(err)
	}
	pyproject := "[project]\nname = \"" + a.Name + "\"\nversion = \"1\"\n[project.optional-dependencies]\n"
	for _, extra := range named.Extras {
		pyproject += extra + " = []\n"
	}
	files := fstest.MapFS{"moult.toml": {Data: content}, "pyproject.toml": {Data: []byte(pyproject)}}
	for _, name := range named.Requirements {
		files[name] = &fstest.MapFile{}
	}
	for name, text := range a.Files {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestAnUnknownApplicationIsAnError(t *testing.T) {
	all := []Application{{Name: "a"}, {Name: "b"}}
	if selected, err := Select(all, "b,a"); err != nil || len(selected) != 2 || selected[0].Name != "b" {
		t.Errorf("%v, %v", selected, err)
	}
	if _, err := Select(all, "a,c"); err == nil || !strings.Contains(err.Error(), `"c"`) {
		t.Errorf("the error is %v", err)
	}
}

func TestThePageIsWrittenFromTheResults(t *testing.T) {
	all := []Application{
		{Name: "one", Package: "one", Version: "1.0", Repository: "https://example.com/one", Port: 80, Path: "/", ReadOnly: true, Note: "a note"},
		{Name: "two", Package: "two.py", Version: "2.0", Repository: "https://example.com/two", Args: []string{"--version"}},
	}
	name := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(name, []byte("before\n"+tableStart+"old\n"+tableEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	known := map[string]Result{
		"one": {Name: "one", Version: "1.0", Moult: &Image{First: 12.4, Second: 3, Size: 120_400_000}, Own: &Image{First: 20, Second: 9, Size: 400_000_000}},
		"two": {Name: "two", Version: "1.9", Moult: &Image{First: 1, Size: 1_000_000}},
	}
	if err := WritePage(name, all, known); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n" + tableStart + `| application | made from | called by | image | first build | after a change | note |
|---|---|---|---|---|---|---|
| [one](applications/built/one.toml) | one 1.0, https://example.com/one | ` + "`GET /`, read-only" + ` | 120 MB (400 MB) | 12 s (20 s) | 3 s (9 s) | a note |
| [two](applications/built/two.toml) | two.py 2.0, https://example.com/two | ` + "`--version`" + ` |  |  |  |  |
` + tableEnd + "after\n"
	if string(content) != want {
		t.Errorf("got\n%s\nwant\n%s", content, want)
	}
	if err := os.WriteFile(name, []byte("no table"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WritePage(name, all, known); err == nil {
		t.Error("a page without a place for the table is no error")
	}
}
