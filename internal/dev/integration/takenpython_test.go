package integration

import (
	"archive/tar"
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/moult-build/moult/internal/dev/lab"
)

// What an official base has besides its Python changes with every update of its distribution.

// withFile pushes a copy of an official image that has one file more.
func withFile(t *testing.T, l *lab.Lab, official, file, content, ref string) string {
	t.Helper()
	from, err := name.ParseReference(l.Image("library/"+official), name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(from, remote.WithContext(t.Context()), remote.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"}))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, content); err != nil {
			return nil, err
		}
		return io.NopCloser(&b), w.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	if image, err = mutate.AppendLayers(image, layer); err != nil {
		t.Fatal(err)
	}
	to, err := name.ParseReference(l.Image(ref), name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(to, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return l.Image(ref)
}

// diffIDs are the digests of an image's layers; the base has one.
func diffIDs(t *testing.T, l *lab.Lab, ref string) (all []string) {
	t.Helper()
	image, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range image.Config.RootFS.DiffIDs {
		all = append(all, id.String())
	}
	return all
}

// lockedOnce is a locked project on an index of the test's own.
func lockedOnce(t *testing.T, l *lab.Lab) (dir string) {
	t.Helper()
	return locked(t, l, l.Packages.Scope(t.Name()), "1.0", "uv")
}

func TestANewBaseWithTheSamePythonInstallsNothingAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := lockedOnce(t, l)
	b, ref := push(l, moult(t, dir), "refreshed:test")
	mustBuild(t, l, b)
	before := diffIDs(t, l, ref)
	refreshed := withFile(t, l, "python:3.13-slim", "etc/refreshed", unique(), "bases/python-refreshed:test")
	ran := steps(mustBuild(t, l, inPlaceOf(b, "python:3.13-slim", refreshed)))
	only(t, ran, takeInterpreter, addTheUser, merge)
	if after := diffIDs(t, l, ref); !slices.Equal(after[2:], before[1:]) {
		t.Errorf("the layers are %q, and were %q", after, before)
	}
	if out := output(t, l, ref, "python", "-c", "print(open('/etc/refreshed').read())"); !strings.HasPrefix(out, "# changed at") {
		t.Errorf("it has not the new base: %q", out)
	}
}

func TestABaseWithAnotherPythonInstallsAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := lockedOnce(t, l)
	b, _ := push(l, moult(t, dir), "other-python:test")
	mustBuild(t, l, b)
	// A codec is part of what compiles.
	other := withFile(t, l, "python:3.13-slim", "usr/local/lib/python3.13/encodings/cp1252.py", unique()+"from encodings.latin_1 import *\n", "bases/python-other:test")
	if ran := steps(mustBuild(t, l, inPlaceOf(b, "python:3.13-slim", other))); !slices.ContainsFunc(ran, func(s string) bool { return strings.HasPrefix(s, "wheels ") }) {
		t.Errorf("what ran: %q", ran)
	}
}

func TestAnInterpreterThatNeedsItsImageCompilesThere(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := lockedOnce(t, l)
	// It imports a module at its start that is not taken.
	needs := withFile(t, l, "python:3.13-slim", "usr/local/lib/python3.13/encodings/aliases.py", "import colorsys\naliases = {}\n"+unique(), "bases/python-needs:test")
	b, ref := push(l, inPlaceOf(moult(t, dir), "python:3.13-slim", needs), "needs-its-image:test")
	mustBuild(t, l, b)
	output(t, l, ref)
}

func TestAFreshBuilderWithACacheOfModeMaxDoesNotUnpackTheBase(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := lockedOnce(t, l)
	fresh, b := cached(t, moult(t, dir), "no-base", "max")
	edit(t, filepath.Join(dir, "main.py"), "\n", "\n# changed\n")
	if ran := steps(mustBuild(t, fresh, b)); !slices.Contains(ran, compileApplication) {
		t.Errorf("what ran: %q", ran)
	}
	usage, err := fresh.Client.DiskUsage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range usage {
		if u.Size > 30<<20 && strings.Contains(u.Description, "python:3.13-slim") {
			t.Errorf("%s has %d bytes", u.Description, u.Size)
		}
	}
}
