package build

import (
	"slices"
	"testing"
)

func TestTheFoldersAboveAChangedFileGetItsTime(t *testing.T) {
	got := withFolders([]string{"/etc", "/etc/ld.so.cache", "/usr/lib/x86_64-linux-gnu/libpq.so.5", "/var/lib/dpkg/status", "/var/lib/dpkg"})
	want := []string{
		"/etc", "/etc/ld.so.cache", "/usr/lib/x86_64-linux-gnu/libpq.so.5", "/var/lib/dpkg/status", "/var/lib/dpkg",
		"/usr/lib/x86_64-linux-gnu", "/usr/lib", "/usr", "/var/lib", "/var",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
