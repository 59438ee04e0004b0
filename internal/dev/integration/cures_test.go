package integration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// needsHeader is an sdist whose extension module includes a header.
func needsHeader(t *testing.T, header string) (file string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range [][2]string{
		{"PKG-INFO", "Metadata-Version: 2.1\nName: needs-header\nVersion: 1.0\n"},
		{"pyproject.toml", "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n"},
		{"setup.py", "from setuptools import setup, Extension\nsetup(name='needs-header', version='1.0', ext_modules=[Extension('needs', ['needs.c'])])\n"},
		{"needs.c", "#include <" + header + ">\n"},
	} {
		if err := w.WriteHeader(&tar.Header{Name: "needs_header-1.0/" + f[0], Mode: 0o644, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return "needs_header-1.0.tar.gz", b.Bytes()
}

func TestAMissingHeaderIsCured(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	file, content := needsHeader(t, "portaudio.h")
	if err := c.Add(file, content); err != nil {
		t.Fatal(err)
	}
	const cure = `portaudio.h is missing: write apt.build = ["portaudio19-dev"] under [tool.moult]`
	// Resolved by pip.
	failing(t, l, asking(c.URL(), "needs-header"), 6, cure)
	// From a lock.
	files := asking(c.URL(), "needs-header")
	files["pylock.toml"] = "lock-version = \"1.0\"\ncreated-by = \"test\"\n\n[[packages]]\nname = \"needs-header\"\nversion = \"1.0\"\nsdist = { url = \"" +
		c.FileURL(file) + "\", hashes = { sha256 = \"" + sum(content) + "\" } }\n"
	failing(t, l, files, 6, "needs-header could not be built; "+cure)
}

func TestWheelsForOtherMachinesAreNamed(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	file, content := wheelOf(t, "lab_elsewhere", map[string]string{"lab_elsewhere.py": ""})
	for _, platform := range []string{"macosx_11_0_arm64", "manylinux_2_99_x86_64"} {
		if err := c.Add(strings.Replace(file, "-py3-none-any", "-py3-none-"+platform, 1), content); err != nil {
			t.Fatal(err)
		}
	}
	failing(t, l, asking(c.URL(), "lab-elsewhere"), 6, "no wheel of lab-elsewhere 1.0 fits (needs glibc 2.99, for macOS): this is Python 3.13 on Linux x86_64")
}
