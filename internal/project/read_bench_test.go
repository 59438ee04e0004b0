package project

import "testing"

// BenchmarkReadWithTargets reads a build file with all there is and three targets,
// which every build does once.
func BenchmarkReadWithTargets(b *testing.B) {
	files := FS(tree(real))
	for b.Loop() {
		if _, err := Read(files, "pyproject.toml", Options{Target: "test", Args: map[string]string{"TOKENLESS": "x"}}); err != nil {
			b.Fatal(err)
		}
	}
}
