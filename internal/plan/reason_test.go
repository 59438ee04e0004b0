package plan

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
)

func TestThePlanSaysWhyAFileIsTaken(t *testing.T) {
	supported := resolved("amd64").Plan.Environment.Tags()
	for _, c := range []struct{ files, want string }{
		{"a-1-py3-none-any.whl", "its only wheel"},
		{"a-1-cp313-cp313-win_amd64.whl a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "the only one of 2 wheels that fits"},
		{"a-1-py3-none-any.whl a-1-cp313-cp313-manylinux_2_17_x86_64.whl a-1-cp312-cp312-win32.whl", "the best of 2 wheels that fit, of 3"},
		{"a-1-py3-none-any.whl a-1.tar.gz no-wheel", "wheels are not allowed"},
		{"a-1.tar.gz", "it has no wheels"},
		{"a-1-cp312-cp312-manylinux_2_17_x86_64.whl a-1.tar.gz", "its only wheel does not fit: for Python 3.12"},
		{"a-1-cp312-cp312-manylinux_2_17_x86_64.whl a-1-cp313-cp313-musllinux_1_2_x86_64.whl a-1.tar.gz", "none of its 2 wheels fits: for Python 3.12, for Linux with musl"},
	} {
		p := &lock.Package{Name: "a", Version: "1", Source: lock.Source{Kind: lock.FromIndex}}
		for _, f := range strings.Fields(c.files) {
			switch a := (lock.Artifact{Filename: f, URL: "https://example.com/" + f}); {
			case f == "no-wheel":
				p.NoWheel = true
			case a.IsWheel():
				p.Wheels = append(p.Wheels, a)
			default:
				p.Sdist = &a
			}
		}
		choice, err := p.Choose(supported)
		if err != nil {
			t.Fatal(err)
		}
		if got := reason(lock.Chosen{Package: p}, choice, supported); got != c.want {
			t.Errorf("of %s: %q", c.files, got)
		}
	}
}

func TestThePlanSaysWhereTheResolversWheelsComeFrom(t *testing.T) {
	p := &project.Project{Dir: ".", Metadata: project.Metadata{Name: source.At[string]{V: "Own"}}}
	u := Unlocked{Building: &Building{Sources: []Source{
		{Name: "own", Origin: &ContextFolder{Dir: "."}}, {Name: "lib", Origin: &ContextFolder{Dir: "lib"}}, {Name: "bound", Origin: &Choice{}}, {Name: "compiled", Origin: &Choice{NoBinary: true}},
	}}}
	for file, want := range map[string]string{
		"a-1-py3-none-any.whl": reasonResolved, "a-1-cp313-cp313-linux_x86_64.whl": reasonCompiled, "own-1-py3-none-any.whl": ReasonOwn,
		"lib-1-py3-none-any.whl": reasonDirectory, "bound-1-py3-none-any.whl": reasonChosen, "compiled-1-py3-none-any.whl": reasonNoBinary,
	} {
		w, err := tags.ParseWheelFilename(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.reason(p, w); got != want {
			t.Errorf("%s: %q", file, got)
		}
	}
}
