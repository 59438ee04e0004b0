package plan

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

func TestAnIndexWithoutFilesIsToldForHoweverManyPackages(t *testing.T) {
	l := &lock.Lock{File: &source.File{Name: "poetry.lock"}}
	problem := indexfiles.Problem{Package: "six", Kind: indexfiles.Missing, Index: "https://x.invalid/simple"}
	for more, want := range map[int]string{
		0: "does not have six;",
		1: "does not have six, nor the files of 1 other package;",
		2: "does not have six, nor the files of 2 other packages;",
	} {
		if err := ExplainIndexProblem(&project.Project{}, l, nil, problem, more); !strings.Contains(err.Error(), want) {
			t.Errorf("%d more: %v", more, err)
		}
	}
}
