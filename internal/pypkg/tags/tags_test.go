package tags

import (
	"strings"
	"testing"
)

var slim = Target{Major: 3, Minor: 13, Libc: Libc{Glibc, 2, 31}, Arch: "x86_64"}

func wheels(t *testing.T, names ...string) []Wheel {
	t.Helper()
	var all []Wheel
	for _, n := range names {
		w, err := ParseWheelFilename(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	return all
}

func TestTheBestWheelHasTheBestTagThenTheHighestBuild(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  int
	}{
		{[]string{"a-1-py3-none-any.whl", "a-1-cp313-cp313-manylinux_2_17_x86_64.whl"}, 1},
		{[]string{"a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "a-1-cp313-cp313-manylinux_2_28_x86_64.whl"}, 1},
		{[]string{"a-1-cp313-cp313-manylinux_2_28_x86_64.whl", "a-1-cp313-cp313-linux_x86_64.whl"}, 1},
		{[]string{"a-1-cp39-abi3-manylinux2014_x86_64.whl", "a-1-cp311-abi3-manylinux2014_x86_64.whl"}, 1},
		{[]string{"a-1-2-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-py3-none-any.whl"}, 1},
		{[]string{"a-1-1a-py3-none-any.whl", "a-1-1b-py3-none-any.whl"}, 1},
		{[]string{"a-1-py2.py3-none-any.whl", "a-1-py3-none-any.whl"}, 0},
		{[]string{"a-1-cp313-cp313t-manylinux_2_17_x86_64.whl", "a-1-cp313-cp313-manylinux_2_34_x86_64.whl"}, -1},
	} {
		got, ok := NewSupported(slim).Best(wheels(t, c.names...))
		if !ok {
			got = -1
		}
		if got != c.want {
			t.Errorf("%v: got %d, want %d", c.names, got, c.want)
		}
	}
}

func TestAWheelThatDoesNotFitSaysWhy(t *testing.T) {
	free := slim
	free.FreeThreaded = true
	for _, c := range []struct {
		target Target
		tag    string
		want   string
	}{
		{slim, "cp313-cp313-manylinux_2_34_x86_64", "needs glibc 2.34"},
		{slim, "cp313-cp313-manylinux_2_34_x86_64.manylinux_2_39_x86_64", "needs glibc 2.34"},
		{slim, "cp312-cp312-manylinux_2_17_x86_64", "for Python 3.12"},
		{slim, "cp312-cp312-macosx_11_0_arm64", "for macOS"},
		{slim, "cp313-cp313-win_amd64", "for Windows"},
		{slim, "cp313-cp313-musllinux_1_2_x86_64", "for Linux with musl"},
		{slim, "cp313-cp313-manylinux2014_aarch64", "for Linux aarch64"},
		{slim, "cp313-cp313t-manylinux2014_x86_64", "for Python 3.13t"},
		{slim, "pp310-pypy310_pp73-manylinux2014_x86_64", "for PyPy"},
		{slim, "cp314-abi3-manylinux2014_x86_64", "for Python 3.14 and newer"},
		{slim, "py2-none-any", "for Python 2"},
		{slim, "py3-none-any", ""},
		{free, "cp39-abi3-manylinux2014_x86_64", "for Python with the global lock"},
		{free, "cp313-cp313-manylinux2014_x86_64", "for Python 3.13 with the global lock"},
	} {
		set, err := ParseTag(c.tag)
		if err != nil {
			t.Fatal(err)
		}
		got := NewSupported(c.target).WhyNot(set)
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.tag, got, c.want)
		}
	}
	all := wheels(t, "a-1-cp313-cp313-win_amd64.whl", "a-1-cp313-cp313-manylinux_2_34_x86_64.whl", "a-1-cp312-cp312-manylinux2014_x86_64.whl",
		"a-1-cp39-cp39-manylinux2014_x86_64.whl", "a-1-cp314-cp314t-manylinux2014_x86_64.whl")
	if got, want := NewSupported(slim).WhyNone(all), "needs glibc 2.34, for Python 3.9, 3.12, 3.14t, for Windows"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestACompressedTagSetMayNotStandForTooMany(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("a.", 200), ".")
	if _, err := ParseTag(many + "-" + many + "-any"); err == nil {
		t.Error("40,000 tags were accepted")
	}
}

func FuzzParseWheelFilename(f *testing.F) {
	f.Add("foo-1.0-1-cp312.cp313-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
	f.Add("foo-1.0-py3-none-any.whl")
	s := NewSupported(slim)
	f.Fuzz(func(t *testing.T, name string) {
		w, err := ParseWheelFilename(name)
		if err != nil {
			return
		}
		_, fits := s.Rank(w.Tags)
		if why := s.WhyNot(w.Tags); (why == "") != fits {
			t.Fatalf("%q fits: %v, reason %q", name, fits, why)
		}
	})
}

func FuzzParseSdistFilename(f *testing.F) {
	f.Add("foo-1.0.tar.gz")
	f.Fuzz(func(_ *testing.T, name string) { _, _, _ = ParseSdistFilename(name) })
}
