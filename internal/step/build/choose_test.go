package build

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

func TestTheFileThatIsChosen(t *testing.T) {
	target := tags.Target{Major: 3, Minor: 13, Arch: "x86_64", Libc: tags.Libc{Kind: tags.Glibc, Major: 2, Minor: 41}}
	file := func(name string) found { return found{File: indexpage.File{Filename: name}} }
	all := []found{
		file("one-1.0.tar.gz"), file("one-1.0-py3-none-any.whl"), file("one-2.0-cp313-cp313-manylinux_2_28_x86_64.whl"), file("one-2.0-py3-none-any.whl"),
		file("one-2.0.tar.gz"), file("one-2.1-cp313-cp313-win_amd64.whl"), file("one-3.0rc1-py3-none-any.whl"), file("other-9.0-py3-none-any.whl"),
		file("one-0.9.tar.gz"), file("one-4.0.exe"),
	}
	yanked := file("one-5.0-py3-none-any.whl")
	yanked.Yanked = true
	old := file("one-6.0-py3-none-any.whl")
	old.RequiresPython = "<3.13"
	all = append(all, yanked, old)
	for _, test := range []struct {
		says, requirement string
		noBinary, pre     bool
		want              string
	}{
		{"the newest with the best wheel", "one", false, false, "one-2.0-cp313-cp313-manylinux_2_28_x86_64.whl"},
		{"an sdist where no wheel may be taken", "one", true, false, "one-2.0.tar.gz"},
		{"what is asked for", "one<2", false, false, "one-1.0-py3-none-any.whl"},
		{"an sdist where there is no wheel", "one<1", false, false, "one-0.9.tar.gz"},
		{"a pre-release that is asked for", "one>=3.0rc1", false, false, "one-3.0rc1-py3-none-any.whl"},
		{"a pre-release that may be taken", "one", false, true, "one-3.0rc1-py3-none-any.whl"},
		{"one that was taken back, if it alone is asked for", "one==5.0", false, false, "one-5.0-py3-none-any.whl"},
		{"none for another Python", "one>=6", false, false, ""},
		{"none that was taken back", "one>=4", false, false, ""},
	} {
		req, err := pep508.ParseRequirement(test.requirement)
		if err != nil {
			t.Fatal(err)
		}
		p := Choose{Requirement: test.requirement, Target: target, NoBinary: test.noBinary, Pre: test.pre, Indexes: []Index{{URL: "https://own.example.com/simple"}}}
		got, err := p.best(req, all)
		if test.want == "" {
			if err == nil || !strings.HasPrefix(err.Error(), "https://own.example.com/simple has no version of "+test.requirement) {
				t.Errorf("%s: %v, %v", test.says, got.Filename, err)
			}
		} else if err != nil || got.Filename != test.want {
			t.Errorf("%s: %q, %v", test.says, got.Filename, err)
		}
	}
	req, _ := pep508.ParseRequirement("one")
	p := Choose{Requirement: "one", Target: target, Indexes: []Index{{URL: "https://own.example.com/simple"}}}
	if _, err := p.best(req, nil); err == nil || err.Error() != "https://own.example.com/simple has no package one" {
		t.Errorf("%v", err)
	}
	if _, err := p.best(req, []found{file("one-2.1-cp313-cp313-win_amd64.whl")}); err == nil || !strings.Contains(err.Error(), "its wheels are for Windows") {
		t.Errorf("%v", err)
	}
}

func TestABuildRequirementTakesThePlaceOfOneOfItsName(t *testing.T) {
	got := override([]string{"setuptools>=77", "Cython", "wheel"}, []string{"setuptools<70", "ninja"})
	if want := []string{"Cython", "wheel", "setuptools<70", "ninja"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSettingsOfABackendMayHaveSeveralValues(t *testing.T) {
	got := ParseConfig([]string{"a=1", "b=x=y", "a=2", "a=3", "c="})
	want := map[string]any{"a": []string{"1", "2", "3"}, "b": "x=y", "c": ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAPasswordIsForItsHostAlone(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"https://own.example.com/files/x.whl", "https://own.example.com/simple/", true},
		{"https://OWN.example.com/x", "https://own.example.com/simple/", true},
		{"http://own.example.com/x", "https://own.example.com/simple/", false},
		{"https://own.example.com:8443/x", "https://own.example.com/simple/", false},
		{"https://files.example.com/x", "https://own.example.com/simple/", false},
	} {
		if got := sameHost(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}
