package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

// pylock is a lock of the lab's packages, each "wheel's file name".
func pylock(t *testing.T, l *lab.Lab, c *index.Client, wheels ...string) string {
	t.Helper()
	text := "lock-version = \"1.0\"\ncreated-by = \"test\"\n"
	for _, w := range wheels {
		part := strings.SplitN(w, "-", 3)
		text += fmt.Sprintf("\n[[packages]]\nname = %q\nversion = %q\nwheels = [{ url = \"{HOST}/files/%s\", hashes = { sha256 = \"{sha256:%s}\" } }]\n",
			strings.ReplaceAll(part[0], "_", "-"), part[1], w, w)
	}
	return filled(t, l, c, text)
}

func TestAddingAndRemovingAPackageConcernsItAlone(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	c := l.Packages.Scope(t.Name())
	two := []string{"lab_c-1.0-cp313-cp313-linux_x86_64.whl", "lab_steps-1.0-py3-none-any.whl"}
	three := append(slices.Clone(two), "lab_data-1.0-py3-none-any.whl")
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"growing\"\nrequires-python = \">=3.13,<3.14\"\n",
		"main.py":        "print(1)\n",
		"pylock.toml":    pylock(t, l, c, two...),
	})
	b := moult(t, dir)
	mustBuild(t, l, b)
	// What packages share is made anew when one of them comes or goes.
	shared := func(name string) bool {
		return name == compareThePackages || name == collectTheFindings || name == merge
	}

	forget(t, c)
	write(t, filepath.Join(dir, "pylock.toml"), pylock(t, l, c, three...))
	only(t, slices.DeleteFunc(steps(mustBuild(t, l, b)), shared), "wheels lab-data")
	if files, pages := fetched(t, c); !slices.Equal(files, []string{"lab_data-1.0-py3-none-any.whl"}) || len(pages) > 0 {
		t.Errorf("adding a package fetches %q %q", files, pages)
	}

	forget(t, c)
	write(t, filepath.Join(dir, "pylock.toml"), pylock(t, l, c, two...))
	only(t, slices.DeleteFunc(steps(mustBuild(t, l, b)), shared))
	if files, pages := fetched(t, c); len(files)+len(pages) > 0 {
		t.Errorf("removing a package fetches %q %q", files, pages)
	}
}
