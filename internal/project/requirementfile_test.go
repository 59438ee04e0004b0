package project

import (
	"testing"
	"testing/fstest"
)

func TestConstraintsAtAnAddressSayWhatToDo(t *testing.T) {
	files := fstest.MapFS{
		"moult.toml":       {Data: []byte("python = \"3.13\"\n")},
		"requirements.txt": {Data: []byte("six\n-c https://example.com/c.txt\n")},
	}
	_, err := Read(FS(files), "moult.toml", Options{})
	const want = `requirements.txt:2:1: "https://example.com/c.txt" must be a file of the build context; save what is at the address in the project, and name that file`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
