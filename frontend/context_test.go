package frontend

import (
	"errors"
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestAPatternThatIsWrongIsToldAtItsLine(t *testing.T) {
	got, err := ignorePatterns(".dockerignore", []byte("# a comment [\n*.pyc\n!keep.pyc\n\n/docs/\n"))
	if err != nil || !slices.Equal(got, []string{"*.pyc", "!keep.pyc", "docs"}) {
		t.Errorf("%q, %v", got, err)
	}
	for content, line := range map[string]int{"*.pyc\n\na[\n": 3, "!\n": 1, "[a-\n": 1} {
		_, err := ignorePatterns(".dockerignore", []byte(content))
		var placed *source.Error
		if !errors.As(err, &placed) || placed.Pos.Line != line || placed.Pos.File.Name != ".dockerignore" {
			t.Errorf("%q: %v", content, err)
		}
	}
}
