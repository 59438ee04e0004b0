package project

import (
	"strings"
	"testing"
	"testing/fstest"
)

// tree makes a build context of a text: "-- name --" starts a file. What stands
// before the first is pyproject.toml.
func tree(text string) fstest.MapFS {
	files := fstest.MapFS{}
	name, body := "pyproject.toml", []string{}
	flush := func() {
		if len(body) > 0 {
			files[name] = &fstest.MapFile{Data: []byte(strings.Join(body, "\n"))}
		}
	}
	for _, line := range strings.Split(strings.TrimPrefix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --") {
			flush()
			name, body = strings.TrimSuffix(strings.TrimPrefix(line, "-- "), " --"), []string{""}[:0]
			files[name] = &fstest.MapFile{}
			continue
		}
		body = append(body, line)
	}
	flush()
	return files
}

// readTree reads the project of a tree from the build file that is there.
func readTree(text string) (*Project, error) {
	files := tree(text)
	for _, name := range DefaultBuildFiles {
		if files[name] != nil {
			return Read(FS(files), name, Options{})
		}
	}
	return Read(FS(files), "pyproject.toml", Options{})
}

func mustRead(t *testing.T, text string) *Project {
	t.Helper()
	p, err := readTree(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
