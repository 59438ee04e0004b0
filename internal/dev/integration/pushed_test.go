package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The guard on pushed bytes: what is new in the registry after a change is
// what the change concerns. Like the guard on executed steps it measures no
// time.

// pushed builds a project, pushes it and reads it back from the registry.
func pushed(t *testing.T, l *lab.Lab, b lab.Build, ref string) *lab.Image {
	t.Helper()
	mustBuild(t, l, b)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// fresh are the stored bytes of an image's layers that another has not: what a
// registry that has the other is sent.
func fresh(before, after *lab.Image) (size int64) {
	had := map[string]bool{}
	for _, layer := range before.Layers {
		had[layer.Digest] = true
	}
	for _, layer := range after.Layers {
		if !had[layer.Digest] {
			size += layer.Size
		}
	}
	return size
}

// holding are the stored bytes of the layers that files below a path are from.
func holding(t *testing.T, img *lab.Image, under string) (size int64) {
	t.Helper()
	files, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[int]bool{}
	for name, f := range files {
		if f.Mode.IsRegular() && strings.HasPrefix(name, under) && !counted[f.Layer] {
			counted[f.Layer] = true
			size += img.Layers[f.Layer].Size
		}
	}
	if size == 0 {
		t.Fatalf("no layer has a file below %s", under)
	}
	return size
}

func TestWhatIsPushedIsWhatTheChangeConcerns(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	wheels := []string{
		"lab_c-1.0-cp313-cp313-linux_x86_64.whl", "lab_cpp-1.0-cp313-cp313-linux_x86_64.whl",
		"lab_data-1.0-py3-none-any.whl", "lab_steps-1.0-py3-none-any.whl",
	}
	const module = "/opt/venv/lib/python3.13/site-packages/lab_steps/"
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"pushed\"\nrequires-python = \">=3.13,<3.14\"\n",
		"main.py":        "import lab_steps\nprint(lab_steps)\n",
		"site/page.py":   "text = 'a page'\n",
		"pylock.toml":    pylock(t, l, c, wheels...),
	})
	b, ref := push(l, moult(t, dir), "pushed:test")
	first := pushed(t, l, b, ref)

	if size := fresh(first, pushed(t, l, b, ref)); size > 0 {
		t.Errorf("nothing has changed, and %d bytes are pushed", size)
	}

	edit(t, filepath.Join(dir, "pyproject.toml"), "[project]\n", unique()+"[project]\n")
	write(t, filepath.Join(dir, "main.py"), "import lab_steps\nprint(lab_steps)\n"+unique())
	changed := pushed(t, l, b, ref)
	// The layers before a change give the measure, so that one which has come
	// to hold more than it should does not raise its own bound. The comment
	// that the change adds has fewer than 100 bytes.
	size, limit := fresh(first, changed), holding(t, first, "/app/")+100
	if size == 0 || size > limit {
		t.Errorf("a change of the code pushes %d bytes; the application's layers may have %d", size, limit)
	}

	wheels[3] = "lab_steps-1.1-py3-none-any.whl"
	write(t, filepath.Join(dir, "pylock.toml"), pylock(t, l, c, wheels...))
	upgraded := pushed(t, l, b, ref)
	size, limit = fresh(changed, upgraded), holding(t, changed, module)*3/2
	if size == 0 || size > limit {
		t.Errorf("an upgrade pushes %d bytes; one and a half times the package's layer is %d", size, limit)
	}
}
