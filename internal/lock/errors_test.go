package lock

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

const sha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestABrokenLockIsAnErrorAtItsLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"package-lock.json", "", "package-lock.json: package-lock.json is not the name of a lock file"},
		{"uv.lock", "version = 2\n", "uv.lock:1:11: format version 2 of uv.lock is not supported"},
		{"uv.lock", "x = ", "uv.lock:1:"},
		{"uv.lock", "version = 1\n[[package]]\nname = \"a\"\n", `package[0] has no key "source"`},
		{"uv.lock", "version = 1\n[[package]]\nname = \"../a\"\nsource = {virtual = \".\"}\n", `uv.lock:3:8: "../a" is not a project's name`},
		{"uv.lock", "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {registry = \"https://x.invalid\"}\ndependencies = [\n{ name = \"b\" }]\n", "uv.lock:7:1: b is needed here, but the lock has no such package"},
		{"uv.lock", "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {registry = \"https://x.invalid\"}\nwheels = [{url = \"https://x.invalid/..%2Fa.whl\"}]\n", `uv.lock:6:11: "../a.whl" is not a plain file name`},
		{"uv.lock", "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {registry = \"https://x.invalid\"}\nwheels = [{url = \"https://x.invalid/a.whl\", hash = \"sha256:12\"}]\n", `"12" is not a sha256 digest`},
		{"uv.lock", "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {git = \"https://x.invalid/r\"}\n", "the repository has no locked commit"},
		{"uv.lock", "version = 1\n[[package]]\nname = \"a\"\nsource = {virtual = \".\"}\n[[package]]\nname = \"a\"\nsource = {virtual = \".\"}\n", "uv.lock:5:3: a  is listed twice"},
		{"poetry.lock", "[metadata]\n", "poetry.lock:1:2: the lock has no lock-version: it is from before Poetry 1.0; run: poetry lock"},
		{"poetry.lock", "[metadata]\nlock-version = \"3.0\"\n", "format version 3.0 of poetry.lock is not supported"},
		{"poetry.lock", "package = []\n", "the lock has no [metadata]; run: poetry lock"},
		{"poetry.lock", "[[package]]\nname = \"a\"\nversion = \"1\"\npython-versions = \"nonsense\"\ngroups=[\"main\"]\n[metadata]\nlock-version = \"2.1\"\n", `poetry.lock:4:19: "nonsense" is not a version constraint`},
		{"pdm.lock", "[metadata]\nlock_version = \"3.1\"\n", "pdm.lock:2:16: format version 3.1 of pdm.lock is not supported, Moult reads version 4; run: pdm lock"},
		{"pdm.lock", "[metadata]\n", "the lock has no lock_version"},
		{"pdm.lock", "[metadata]\nlock_version = \"4.5.0\"\n[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"b>=\"]\n", `pdm.lock:6:17: "b>=": column 2: `},
		{"Pipfile.lock", "{\n \"_meta\": {},\n \"default\": {\n  \"a\": {\"version\": \">=1\"}}}", `Pipfile.lock:4:20: a: ">=1" is not a locked version`},
		{"Pipfile.lock", "{\"_meta\": {}, \"default\": {\"a\": {\"version\": \"==1\"}}}", "a has no hashes"},
		{"Pipfile.lock", "{\"_meta\": {\"pipfile-spec\": 7}}", "pipfile-spec 7 is not supported"},
		{"Pipfile.lock", "{\n\"a\": ,}", "Pipfile.lock:2:6: not JSON"},
		{"Pipfile.lock", "{\"_meta\": ", "the JSON document ends too early"},
		{"Pipfile.lock", "{\"_meta\": {}} x", "something follows the end"},
		{"Pipfile.lock", "[]", "the lock must be a JSON object"},
		{"Pipfile.lock", strings.Repeat("[", 100000), "more than 64 levels"},
		{"pylock.toml", "lock-version = \"2.0\"\n", "pylock.toml:1:16: format version 2.0 of pylock.toml is not supported"},
		{"pylock.toml", "lock-version = \"1.0\"\n", `the lock has no key "created-by"`},
		{"pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"me\"\n[[packages]]\nname = \"A\"\n[packages.directory]\npath = \".\"\n", `the name "A" is not normalized, it must be "a"`},
		{"pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"me\"\n[[packages]]\nname = \"a\"\n", "pylock.toml:3:3: a has no source"},
		{"pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"me\"\n[[packages]]\nname = \"a\"\nversion = \"2\"\nwheels = [{url = \"https://x.invalid/a-1-py3-none-any.whl\", hashes = {sha256 = \"" + sha + "\"}}]\n", `"a-1-py3-none-any.whl" is not a file of version 2`},
		{"pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"me\"\n[[packages]]\nname = \"a\"\nmarker = \"os_name =\"\n", "pylock.toml:5:10: not a marker"},
	} {
		_, err := Read(&source.File{Name: c.name, Data: []byte(c.text)}, Options{})
		var placed *source.Error
		if !errors.As(err, &placed) || !placed.Pos.IsValid() || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestTwoEntriesOfOneNameAreAnError(t *testing.T) {
	text := "lock-version = \"1.0\"\ncreated-by = \"me\"\n" +
		"[[packages]]\nname = \"a\"\nversion = \"1\"\nmarker = \"'x' in extras\"\ndirectory = {path = \"./one\"}\n" +
		"[[packages]]\nname = \"a\"\nversion = \"2\"\ndirectory = {path = \"../two\"}\n"
	l, err := Read(&source.File{Name: "pylock.toml", Data: []byte("extras = [\"x\"]\n" + text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := linux("3.12.1", "x86_64")
	chosen, err := Select(l, Selection{}, env)
	if err != nil || len(chosen) != 1 || chosen[0].Version != "2" || !chosen[0].Source.Outside() {
		t.Errorf("%+v, %v", chosen, err)
	}
	_, err = Select(l, Selection{Extras: []string{"x"}}, env)
	if err == nil || !strings.Contains(err.Error(), "pylock.toml:9:3: the lock gives a twice for this environment: ../two, and one on line 4") {
		t.Errorf("got %v", err)
	}
}

func TestAWorkspaceRootThatIsNoProjectHasRequirementsOfItsOwn(t *testing.T) {
	text := `version = 1
requires-python = ">=3.11"
[manifest]
members = ["m"]
requirements = [{ name = "a", specifier = ">=1", marker = "sys_platform == 'linux'" }]
[manifest.dependency-groups]
dev = [{ name = "b" }]
[[package]]
name = "a"
version = "1"
source = { registry = "https://x.invalid/simple" }
resolution-markers = ["python_full_version < '3.12'"]
[[package]]
name = "a"
version = "2"
source = { registry = "https://x.invalid/simple" }
resolution-markers = ["python_full_version >= '3.12'"]
[[package]]
name = "b"
version = "1"
source = { path = "wheels/b-1-py3-none-any.whl" }
wheels = [{ filename = "b-1-py3-none-any.whl", hash = "sha256:` + sha + `" }]
[[package]]
name = "m"
version = "1"
source = { editable = "m" }
`
	l, err := Read(&source.File{Name: "uv.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for python, want := range map[string]string{"3.11.2": "a==1 b==1 m==1", "3.13.0": "a==2 b==1 m==1"} {
		chosen, err := Select(l, Selection{Groups: []string{"dev"}}, linux(python, "x86_64"))
		if err != nil || pins(chosen) != want {
			t.Errorf("Python %s: got %s (%v), want %s", python, pins(chosen), err, want)
			continue
		}
		choice, err := chosen[1].Choose(supported(12, "x86_64", bookworm))
		if err != nil || !choice.Wheel || choice.Artifact.Path != "wheels/b-1-py3-none-any.whl" || choice.Artifact.Digest() != "sha256:"+sha {
			t.Errorf("%+v, %v", choice.Artifact, err)
		}
	}
}

func TestURLsWithCredentialsAreFound(t *testing.T) {
	text := `{"_meta": {"sources": [
 {"name": "a", "url": "https://user:secret@x.invalid/simple"},
 {"name": "b", "url": "https://${TOKEN}@x.invalid/simple"},
 {"name": "c", "url": "https://x.invalid/a@b"},
 {"name": "d", "url": "https://user:secret@x.invalid/${X}"}]},
"default": {
 "one": {"git": "ssh://git@x.invalid/r", "ref": "` + sha[:40] + `"},
 "two": {"file": "https://token@x.invalid/two-1.zip"}}}`
	l, err := Read(&source.File{Name: "Pipfile.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range l.Credentials() {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{2, 5, 8}) {
		t.Errorf("got lines %v", lines)
	}
}

// uv can also declare that members of a workspace exclude each other.
func TestMembersThatExcludeEachOtherChooseTheFork(t *testing.T) {
	text := `version = 1
requires-python = ">=3.11"
conflicts = [[{ package = "one" }, { package = "two" }]]
[manifest]
members = ["one", "two"]
[[package]]
name = "one"
version = "1"
source = { virtual = "one" }
dependencies = [{ name = "shared", marker = "extra == 'project-3-one'" }]
[[package]]
name = "shared"
version = "1"
source = { directory = "shared" }
dependencies = [
    { name = "h11", version = "0.13.0", source = { registry = "https://x.invalid" }, marker = "extra == 'project-3-one'" },
    { name = "h11", version = "0.14.0", source = { registry = "https://x.invalid" }, marker = "extra != 'project-3-one'" },
]
[[package]]
name = "two"
version = "1"
source = { virtual = "two" }
dependencies = [{ name = "shared", marker = "extra == 'project-3-two'" }]
[[package]]
name = "h11"
version = "0.13.0"
source = { registry = "https://x.invalid" }
[[package]]
name = "h11"
version = "0.14.0"
source = { registry = "https://x.invalid" }
`
	l, err := Read(&source.File{Name: "uv.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := linux("3.12.1", "x86_64")
	for member, want := range map[string]string{"one": "h11==0.13.0 shared==1", "two": "h11==0.14.0 shared==1"} {
		if chosen, err := Select(l, Selection{Member: member}, env); err != nil || pins(chosen) != want {
			t.Errorf("%s: got %s, %v", member, pins(chosen), err)
		}
	}
	if _, err := Select(l, Selection{}, env); err == nil || !strings.Contains(err.Error(), "the project one and the project two exclude each other") {
		t.Errorf("got %v", err)
	}
}

func TestOldPoetryLocksListTheFilesOfAllReleasesTogether(t *testing.T) {
	text := `[[package]]
name = "A"
version = "1.0"
optional = false
python-versions = "*"
[[package]]
name = "A"
version = "2.0"
optional = false
python-versions = ">=3.8"
[metadata]
lock-version = "1.1"
python-versions = "*"
content-hash = "x"
[metadata.files]
A = [
    {file = "A-1.0-py3-none-any.whl", hash = "sha256:` + sha + `"},
    {file = "A-2.0-py3-none-any.whl", hash = "sha256:` + sha + `"},
    {file = "A-2.0.tar.gz", hash = "sha256:` + sha + `"},
    {file = "A-2.0-py3.8.egg", hash = "sha256:` + sha + `"},
]
`
	l, err := Read(&source.File{Name: "poetry.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, two := l.Packages[0], l.Packages[1]
	if len(one.Wheels) != 1 || one.Wheels[0].Filename != "A-1.0-py3-none-any.whl" || one.Sdist != nil || len(two.Wheels) != 1 || two.Sdist == nil {
		t.Errorf("%+v\n%+v", one, two)
	}
}

// Pipenv leaves an entry without a version where its own platform had no use
// for a package; that matters only where another platform has.
func TestAnEntryPipenvLeftOpenIsAnErrorOnlyWhereItIsWanted(t *testing.T) {
	text := `{"_meta": {}, "default": {"a": {"version": "*", "markers": "sys_platform == 'win32'"}, "b": {"version": "*"}}}`
	l, err := Read(&source.File{Name: "Pipfile.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := Select(l, Selection{}, linux("3.12.1", "x86_64"))
	if err != nil || len(chosen) != 1 {
		t.Fatalf("%v, %v", chosen, err)
	}
	if _, err := chosen[0].Choose(supported(12, "x86_64", bookworm)); err == nil || !strings.Contains(err.Error(), "b has no files in the lock; lock again") {
		t.Errorf("got %v", err)
	}
}

func TestARepositoryWithLFSIsAnErrorWhereItIsInstalled(t *testing.T) {
	text := "version = 1\n[[package]]\nname = \"x\"\nsource = {virtual = \".\"}\ndependencies = [{name = \"a\"}]\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {git = \"https://x.invalid/r?lfs=true#" + sha[:40] + "\"}\n"
	l, err := Read(&source.File{Name: "uv.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := Select(l, Selection{}, linux("3.12.1", "x86_64"))
	if err != nil || len(chosen) != 2 {
		t.Fatal(err)
	}
	if _, err = chosen[0].Choose(supported(12, "x86_64", bookworm)); err == nil || !strings.HasPrefix(err.Error(), "uv.lock:6:3: a comes from a repository with Git LFS") {
		t.Error(err)
	}
}

func TestNewerFormsOfUVsLockAreRead(t *testing.T) {
	wheel := func(name, more string) string {
		return "{url = \"https://x.invalid/" + name + "\", hash = \"sha256:" + sha + "\"" + more + "}"
	}
	text := "version = 1\nrevision = 9\n[[package]]\nname = \"x\"\nsource = {virtual = \".\"}\ndependencies = [{name = \"a\"}, {name = \"b\"}]\n" +
		"[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {registry = \"https://x.invalid/simple\"}\nwheels = [" +
		wheel("a-1-py3-none-any-x86_64_v3.whl", "") + ", " + wheel("a-1-py3-none-any.whl.tar.zst", "") + ", " +
		wheel("a-1-py3-none-any.whl", ", zstd = {hash = \"sha256:"+sha+"\", size = 3}") + "]\n" +
		"[[package]]\nname = \"b\"\nversion = \"1\"\nsource = {git = \"https://x.invalid/r?path=dist%2Fb-1-py3-none-any.whl#" + sha[:40] + "\"}\n"
	l, err := Read(&source.File{Name: "uv.lock", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := Select(l, Selection{}, linux("3.12.1", "x86_64"))
	if err != nil || pins(chosen) != "a==1 b==1" {
		t.Fatal(pins(chosen), err)
	}
	// pip knows no variants either; it takes the wheel for everybody.
	c, err := chosen[0].Choose(supported(12, "x86_64", bookworm))
	if err != nil || !c.Wheel || c.Artifact.Filename != "a-1-py3-none-any.whl" {
		t.Errorf("%+v, %v", c.Artifact, err)
	}
	// The lock of a file may have no entry for it.
	c, err = chosen[1].Choose(supported(12, "x86_64", bookworm))
	if err != nil || !c.Wheel || c.Artifact.Filename != "b-1-py3-none-any.whl" || chosen[1].Source.File != "dist/b-1-py3-none-any.whl" {
		t.Errorf("%+v, %v", c.Artifact, err)
	}
}

func TestAWheelOfAVariantIsPassedOverInAPylock(t *testing.T) {
	wheel := func(name string) string {
		return "{url = \"https://x.invalid/" + name + "\", hashes = {sha256 = \"" + sha + "\"}}"
	}
	text := "lock-version = \"1.0\"\ncreated-by = \"me\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [" +
		wheel("a-1-py3-none-any-x86_64_v3.whl") + ", " + wheel("a-1-3-py3-none-any-cu126.whl") + ", " + wheel("a-1-py3-none-any.whl") + "]\n"
	l, err := Read(&source.File{Name: "pylock.toml", Data: []byte(text)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if names := l.Packages[0].Wheels; len(names) != 1 || names[0].Filename != "a-1-py3-none-any.whl" {
		t.Errorf("%+v", names)
	}
}
