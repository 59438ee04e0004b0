package lock

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

// written are locks in this package's testdata and in the examples.
func pylocks(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"testdata/*/pylock*.toml", "testdata/pylock*.toml", "testdata/*/*/pylock*.toml", "../../examples/*/pylock.toml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// bare takes out of a lock what writing it does not keep: positions, and what
// its format cannot hold.
func bare(l *Lock) []Package {
	var all []Package
	files := func(list []Artifact) (out []Artifact) {
		for _, a := range list {
			a.Pos = source.Pos{}
			out = append(out, a)
		}
		return out
	}
	for _, p := range l.Packages {
		q := Package{Name: p.Name, Version: p.Version, RequiresPython: p.RequiresPython, Source: p.Source, Wheels: files(p.Wheels)}
		q.Source.Editable, q.Source.LFS = false, false
		if p.Sdist != nil {
			q.Sdist = &files([]Artifact{*p.Sdist})[0]
		}
		all = append(all, q)
	}
	return all
}

func TestAWrittenLockReadsAsTheOneItWasMadeOf(t *testing.T) {
	found := pylocks(t)
	if len(found) == 0 {
		t.Fatal("there is no pylock.toml to write again")
	}
	for _, name := range found {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Read(&source.File{Name: "pylock.toml", Data: content}, Options{})
		if err != nil {
			continue // one that is wrong on purpose
		}
		dt, err := WritePylock(l, "a comment")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := Read(&source.File{Name: "pylock.toml", Data: dt}, Options{})
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, dt)
			continue
		}
		want, got := bare(l), bare(again)
		for n := range want {
			// Specifiers are told in another order.
			if want[n].RequiresPython.String() != got[n].RequiresPython.String() {
				t.Errorf("%s: %s is for Python %s, now for %s", name, want[n].Name, want[n].RequiresPython, got[n].RequiresPython)
			}
			want[n].RequiresPython = got[n].RequiresPython
			if !reflect.DeepEqual(want[n], got[n]) {
				t.Errorf("%s:\n%+v is now\n%+v", name, want[n], got[n])
			}
			if a, b := l.Packages[n].Marker.String(), again.Packages[n].Marker.String(); a != b {
				t.Errorf("%s: the marker %s is now %s", name, a, b)
			}
		}
	}
}

func TestWhatTheFormatCannotHoldIsAnError(t *testing.T) {
	for want, p := range map[string]Package{
		"no files":       {Name: "a", Version: "1", Source: Source{Kind: FromIndex}},
		"no hash":        {Name: "a", Version: "1", Wheels: []Artifact{{Filename: "a-1-py3-none-any.whl", URL: "https://example.com/a"}}},
		"not known wher": {Name: "a", Version: "1", Wheels: []Artifact{{Filename: "a-1-py3-none-any.whl", Hashes: map[string]string{"sha256": "0"}}}},
		"its commit":     {Name: "a", Source: Source{Kind: FromGit, URL: "https://example.com/a"}},
	} {
		if _, err := WritePylock(&Lock{Packages: []*Package{&p}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is expected, the error is %v", want, err)
		}
	}
}

func TestTheToolThatMadeALockMakesItAnew(t *testing.T) {
	for tool, want := range map[string]string{"": "--call lock", "uv": "uv export", "pip": "pip lock"} {
		content, err := WritePylock(&Lock{Tool: tool})
		if err != nil {
			t.Fatal(err)
		}
		l, err := Read(&source.File{Name: "pylock.toml", Data: content}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Refresh(); !strings.Contains(got, want) {
			t.Errorf("one of %q is made anew by %s", tool, got)
		}
	}
}

func TestAnEmptyLockIsNotTakenForABrokenOne(t *testing.T) {
	_, err := Read(&source.File{Name: "pylock.toml", Data: []byte("\n# nothing\n")}, Options{})
	if err == nil || !strings.Contains(err.Error(), "the lock is empty") {
		t.Errorf("the error is %v", err)
	}
}

func TestStringsAreQuotedAsTOMLReadsThem(t *testing.T) {
	if got := quote(`os_name == "posix"`); got != `'os_name == "posix"'` {
		t.Errorf("it is %s", got)
	}
	if got := quote("a\"b\\c\nd\x7f\xff"); got != `"a\"b\\c\u000Ad\u007F`+"\uFFFD\"" {
		t.Errorf("it is %s", got)
	}
}

func FuzzWritePylock(f *testing.F) {
	f.Add([]byte("lock-version = '1.0'\ncreated-by = 'x'\nenvironments = [\"sys_platform == 'linux'\"]\nextras = ['a']\n[[packages]]\nname = 'a'\nversion = '1'\n" +
		"marker = 'os_name == \"posix\"'\nwheels = [{url = 'https://example.com/a-1-py3-none-any.whl', size = 1, hashes = {md5 = '00000000000000000000000000000000'}}]\n" +
		"[[packages]]\nname = 'b'\nvcs = {type = 'git', url = 'https://example.com/b', commit-id = '0'}\n[[packages]]\nname = 'c'\ndirectory = {path = '../c'}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		l, err := Read(&source.File{Name: "pylock.toml", Data: content}, Options{})
		if err != nil {
			return
		}
		dt, err := WritePylock(l)
		if err != nil {
			return
		}
		again, err := Read(&source.File{Name: "pylock.toml", Data: dt}, Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, dt)
		}
		if len(again.Packages) != len(l.Packages) {
			t.Errorf("%d packages become %d", len(l.Packages), len(again.Packages))
		}
	})
}
