package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

func index(name, url, secret string, isDefault, explicit bool) project.Index {
	return project.Index{Name: name, URL: source.At[string]{V: url}, Secret: source.At[string]{V: secret}, Default: isDefault, Explicit: explicit}
}

func TestWhichIndexesAreAsked(t *testing.T) {
	main := index("main", "https://main.example.com/simple/", "main-password", true, false)
	extra := index("Extra", "https://extra.example.com/simple/", "", false, false)
	explicit := index("explicit", "https://explicit.example.com/simple/", "other-password", false, true)
	for _, test := range []struct {
		says    string
		indexes []project.Index
		lock    lock.Lock
		source  lock.Source
		want    string
	}{
		{"the default where nothing is said", nil, lock.Lock{}, lock.Source{}, indexpage.Default},
		{"one in its place", []project.Index{extra, main}, lock.Lock{}, lock.Source{}, main.URL.V + "+main-password " + extra.URL.V},
		{"one beside it", []project.Index{extra}, lock.Lock{}, lock.Source{}, indexpage.Default + " " + extra.URL.V},
		{"an explicit one is not asked for others", []project.Index{explicit}, lock.Lock{}, lock.Source{}, indexpage.Default},
		{"a package bound by a name", []project.Index{main, explicit}, lock.Lock{}, lock.Source{IndexName: "Explicit"}, explicit.URL.V + "+other-password"},
		{"the project's address of a name counts", []project.Index{main}, lock.Lock{}, lock.Source{IndexName: "main", Index: "https://old.example.com/simple"}, main.URL.V + "+main-password"},
		{"a package bound by an address", []project.Index{main, extra}, lock.Lock{}, lock.Source{Index: "https://main.example.com/simple"}, "https://main.example.com/simple+main-password"},
		{"an index the project does not know", []project.Index{main}, lock.Lock{}, lock.Source{Index: "https://user:pass@else.example.com/simple"}, "https://else.example.com/simple"},
		{"variables in a lock's address", nil, lock.Lock{Format: lock.Requirements, Indexes: []lock.Index{{URL: "https://${USER}:${PASSWORD}@own.example.com/simple", Default: true}}},
			lock.Source{}, "https://own.example.com/simple"},
		{"the project's index in place of one of a Pipfile", []project.Index{main}, lock.Lock{Format: lock.Pipenv, Indexes: []lock.Index{{Name: "main", URL: "https://old.example.com/simple", Default: true}}},
			lock.Source{}, main.URL.V + "+main-password"},
		{"a requirement file's extra index", nil, lock.Lock{Format: lock.Requirements, Indexes: []lock.Index{{URL: "https://own.example.com/simple"}}},
			lock.Source{}, indexpage.Default + " https://own.example.com/simple"},
	} {
		t.Run(test.says, func(t *testing.T) {
			c := lock.Chosen{Package: &lock.Package{Name: "a", Source: test.source}}
			got, err := indexesOf(&project.Project{Resolution: project.Resolution{Indexes: test.indexes}}, &test.lock, c)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, i := range got {
				s := i.URL
				if i.Secret != "" {
					s += "+" + i.Secret
				}
				all = append(all, s)
			}
			if text := strings.Join(all, " "); text != test.want {
				t.Errorf("got %s, want %s", text, test.want)
			}
		})
	}
}

func TestAPackageOfAnUnknownIndexIsAnErrorAtItsLine(t *testing.T) {
	file := &source.File{Name: "poetry.lock"}
	c := lock.Chosen{Package: &lock.Package{Name: "a", Pos: source.Pos{File: file, Line: 7}, Source: lock.Source{IndexName: "gone"}}}
	_, err := indexesOf(&project.Project{}, &lock.Lock{}, c)
	if err == nil || !strings.HasPrefix(err.Error(), "poetry.lock:7: ") || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("%v", err)
	}
}

func TestASecretIsForItsIndexsHostAlone(t *testing.T) {
	p := &project.Project{Resolution: project.Resolution{Indexes: []project.Index{index("main", "https://main.example.com/simple/", "main-password", true, false)}}}
	of := lock.Source{Kind: lock.FromIndex, Index: "https://main.example.com/simple"}
	for address, want := range map[string]string{
		"https://main.example.com/files/a.whl":      "main-password",
		"https://MAIN.example.com/files/a.whl":      "main-password",
		"http://main.example.com/files/a.whl":       "",
		"https://main.example.com:8443/files/a.whl": "",
		"https://files.example.com/a.whl":           "",
	} {
		if got := secretOf(p, of, address); got != want {
			t.Errorf("%s gets %q", address, got)
		}
	}
}

func TestOnlyTheFileThatFitsIsAskedFor(t *testing.T) {
	env := environment.Environment{
		Platform: environment.Platform{OS: "linux", Arch: "amd64"},
		Python:   environment.Python{Major: 3, Minor: 13},
		Libc:     environment.Libc{Family: "glibc", Major: 2, Minor: 36},
	}
	file := func(name, digit string) lock.Artifact {
		return lock.Artifact{Filename: name, Hashes: map[string]string{"sha256": strings.Repeat(digit, 64)}}
	}
	named := &lock.Package{Name: "named", Version: "1", Source: lock.Source{Kind: lock.FromIndex},
		Wheels: []lock.Artifact{file("named-1-cp312-cp312-manylinux_2_17_x86_64.whl", "a"), file("named-1-py3-none-any.whl", "b")}}
	hashed := &lock.Package{Name: "hashed", Version: "1", Source: lock.Source{Kind: lock.FromIndex}, Hashes: []string{"sha256:" + strings.Repeat("d", 64), "sha256:" + strings.Repeat("c", 64)}}
	addressed := &lock.Package{Name: "addressed", Version: "1", Source: lock.Source{Kind: lock.FromIndex},
		Wheels: []lock.Artifact{{Filename: "addressed-1-py3-none-any.whl", URL: "https://files.example.com/addressed-1-py3-none-any.whl"}}}
	r, err := IndexRequest(&project.Project{}, &lock.Lock{Format: lock.Poetry}, []lock.Chosen{{Package: addressed}, {Package: hashed}, {Package: named}}, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Packages) != 2 || r.Packages[1].Filename != "named-1-py3-none-any.whl" || !slices.Equal(r.Packages[1].Hashes, []string{"sha256:" + strings.Repeat("b", 64)}) {
		t.Fatalf("%+v", r)
	}
	if h := r.Packages[0]; h.Filename != "" || len(h.Hashes) != 2 || h.Hashes[0] > h.Hashes[1] {
		t.Errorf("%+v", h)
	}

	located, err := WithAddresses([]lock.Chosen{{Package: addressed}, {Package: hashed}, {Package: named}}, r, indexfiles.Answer{
		"named":  {{Filename: "named-1-py3-none-any.whl", URL: "https://files.example.com/n", Hashes: map[string]string{"sha256": strings.Repeat("b", 64)}, Size: 9}},
		"hashed": {{Filename: "hashed-1-py3-none-any.whl", URL: "https://files.example.com/h", Hashes: map[string]string{"sha256": strings.Repeat("c", 64)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if w := located[2].Wheels[1]; w.URL != "https://files.example.com/n" || w.Size != 9 || named.Wheels[1].URL != "" {
		t.Errorf("%+v, and the lock's own %+v", w, named.Wheels[1])
	}
	if len(located[1].Wheels) != 1 || located[1].Wheels[0].Filename != "hashed-1-py3-none-any.whl" {
		t.Errorf("%+v", located[1].Package)
	}
}

func TestAPackageWithoutListedFilesIsThatOfTheFirstIndexWhichHasIt(t *testing.T) {
	version, err := pep440.Parse("1.16.0")
	if err != nil {
		t.Fatal(err)
	}
	chosen := []lock.Chosen{{Package: &lock.Package{Name: "six", Version: "1.16.0", Parsed: version, Source: lock.Source{Kind: lock.FromIndex}, Unlisted: true}}}
	extra := index("extra", "https://extra.example.com/simple/", "", false, false)
	p := &project.Project{Resolution: project.Resolution{Indexes: []project.Index{extra}}}
	request, err := IndexRequest(p, &lock.Lock{}, chosen, environment.Environment{})
	if err != nil || len(request.Packages) != 1 || request.Packages[0].Version != "1.16.0" || len(request.Indexes) != 2 {
		t.Fatalf("%+v, %v", request, err)
	}
	hashed := func(digit string) map[string]string { return map[string]string{"sha256": strings.Repeat(digit, 64)} }
	located, err := WithAddresses(chosen, request, indexfiles.Answer{"six": {
		{Index: 1, Filename: "six-1.16.0-py2.py3-none-any.whl", URL: "https://extra.example.com/six.whl", Hashes: hashed("1")},
		{Index: 0, Filename: "six-1.16.0.tar.gz", URL: "https://first.example.com/six.tar.gz", Hashes: hashed("2")},
	}})
	if err != nil || len(located[0].Wheels) != 0 || located[0].Sdist == nil || located[0].Sdist.URL != "https://first.example.com/six.tar.gz" {
		t.Errorf("%+v, %v", located, err)
	}
}
