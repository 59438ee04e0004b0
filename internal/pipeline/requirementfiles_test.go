package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

// hashed is a line of a requirement file that is pinned and has a hash.
func hashed(pin string) string { return pin + " --hash=sha256:" + strings.Repeat("0", 64) + "\n" }

// lockedSix is a pylock.toml that holds six 1.17.0.
const lockedSix = `lock-version = "1.0"
created-by = "uv"
[[packages]]
name = "six"
version = "1.17.0"
wheels = [{ url = "https://files.example.com/six-1.17.0-py2.py3-none-any.whl", hashes = { sha256 = "000000000000000000000000000000000000000000000000000000000000001f" } }]
`

func TestALineOfARequirementFileIsInTheLockOrAnError(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		files      map[string]string
		want       string // of the error; "" is none
	}{
		{"the lock has what the file asks for", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "six>=1.16\n"}, ""},
		{"a line for another system", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "six\nidna; os_name == 'nt'\n"}, ""},
		{"the project itself", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "six\n-e .\n", "pyproject.toml": "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = []\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"}, ""},
		{"a package that the lock does not have", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "six\nidna\n"},
			"more.txt:2:1: idna is not in pylock.toml"},
		{"a folder that the lock does not have", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "./tool\n", "tool/pyproject.toml": "[project]\nname = \"tool\"\nversion = \"1\"\n"},
			"more.txt:1:1: tool is not in pylock.toml"},
		{"another version", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "six<1.17\n"},
			"more.txt:1:1: more.txt asks for six<1.17, but pylock.toml holds 1.17.0"},
		{"a constraint", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "-c limits.txt\n", "limits.txt": "six<1\nidna<1\n"},
			"limits.txt:1:1: the constraint six<1 is broken by pylock.toml"},
		{"a file that includes what is missing", `requirements = ["more.txt"]`, map[string]string{"pylock.toml": lockedSix, "more.txt": "-r base.txt\n", "base.txt": "idna\n"},
			"base.txt:1:1: idna is not in pylock.toml"},
		{"the file that nobody named", "", map[string]string{"pylock.toml": lockedSix, "requirements.txt": "idna\n"}, "requirements.txt:1:1: idna is not in pylock.toml"},
		{"one of two files is the lock", "requirements = [\"a.txt\", \"b.txt\"]\nlock = \"b.txt\"", map[string]string{"a.txt": hashed("idna==3.10"), "b.txt": hashed("six==1.17.0")},
			"a.txt:1:1: idna is not in b.txt"},
		{"what the lock was made from", "requirements = [\"a.in\"]\nlock = \"a.txt\"", map[string]string{"a.in": "six\n", "a.txt": hashed("six==1.17.0")}, ""},
		{"the lock has to be off", "requirements = [\"more.txt\"]\nlock = false", map[string]string{"pylock.toml": lockedSix, "more.txt": "idna\n"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\ncmd = [\"python\"]\n" + c.keys + "\n")}}
			for name, text := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSeveralRequirementFilesAreOneLockIfEveryLineIsPinnedAndHashed(t *testing.T) {
	for _, c := range []struct{ name, a, b, lock, packages string }{
		{"both", hashed("six==1.17.0"), hashed("idna==3.10"), "a.txt, b.pip", "idna six"},
		{"the same package in both", hashed("six==1.17.0"), hashed("six==1.17.0"), "a.txt, b.pip", "six"},
		{"only one", hashed("six==1.17.0"), "idna==3.10\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{
				"moult.toml": {Data: []byte("python = \"3.13\"\ncmd = [\"python\"]\nrequirements = [\"a.txt\", \"b.pip\"]\n")},
				"a.txt":      {Data: []byte(c.a)}, "b.pip": {Data: []byte(c.b)},
			}
			p, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
			if err != nil {
				t.Fatal(err)
			}
			names := ""
			if l := p.Lock(); l != nil {
				names = l.Names()
			}
			var packages []string
			for _, pkg := range d.Plan.Packages {
				packages = append(packages, pkg.Name)
			}
			if got := strings.Join(packages, " "); names != c.lock || names != "" && got != c.packages {
				t.Errorf("the lock is %q with %q", names, got)
			}
		})
	}
}
