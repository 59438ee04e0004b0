package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheFolderForWhatWasReadOfImages(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/caches")
	dir, forget, err := imageCache()
	if err != nil || dir != filepath.Join("/caches", "moult") {
		t.Errorf("%s: %v", dir, err)
	}
	forget()

	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	t.Setenv("TMPDIR", t.TempDir())
	one, forgetOne, err := imageCache()
	if err != nil {
		t.Fatal(err)
	}
	other, forgetOther, err := imageCache()
	if err != nil {
		t.Fatal(err)
	}
	defer forgetOther()
	if one == other {
		t.Errorf("both are %s", one)
	}
	if info, err := os.Stat(one); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v: %v", info, err)
	}
	forgetOne()
	if _, err := os.Stat(one); !os.IsNotExist(err) {
		t.Errorf("%s stays: %v", one, err)
	}
}
