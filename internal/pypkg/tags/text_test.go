package tags

import "testing"

func TestATargetIsReadAsItWasWritten(t *testing.T) {
	for _, target := range []Target{
		{Major: 3, Minor: 13, Arch: "x86_64", Libc: Libc{Glibc, 2, 41}},
		{Major: 3, Minor: 14, FreeThreaded: true, Arch: "aarch64", Libc: Libc{Musl, 1, 2}},
	} {
		got, err := ParseTarget(target.Text())
		if err != nil || got != target {
			t.Errorf("%q is read as %+v, %v", target.Text(), got, err)
		}
	}
	for _, bad := range []string{"", "3.13", "3 x86_64 glibc 2.41", "3.13 x86_64 glibc two"} {
		if _, err := ParseTarget(bad); err == nil {
			t.Errorf("%q is taken for a target", bad)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	f.Add("3.13 x86_64 glibc 2.41")
	f.Fuzz(func(t *testing.T, text string) {
		target, err := ParseTarget(text)
		if err != nil {
			return
		}
		if again, err := ParseTarget(target.Text()); err != nil || again != target {
			t.Errorf("%q becomes %q", text, target.Text())
		}
	})
}
