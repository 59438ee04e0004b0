package pipeline_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// index is a world whose index has these files, or fails.
type index struct {
	worldtest.World
	answer indexfiles.Answer
	err    error
}

func (i index) Locate(context.Context, indexfiles.Request) (indexfiles.Answer, error) {
	return i.answer, i.err
}

func TestPinnedRequirementsChooseTheImagesPython(t *testing.T) {
	files := worldtest.Files(fstest.MapFS{
		"moult.toml": {Data: []byte("cmd = [\"python\"]\n")}, "requirements.txt": {Data: []byte("cffi==1.15.1\n")},
	})
	old := indexfiles.Answer{"cffi": {{Filename: "cffi-1.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"}}}
	for _, test := range []struct {
		name  string
		world index
		want  string
	}{
		{"by their wheels", index{answer: old}, "3.11"},
		{"not where the index does not answer", index{err: indexfiles.Failure{{Package: "cffi"}}}, "3.14"},
		{"not where nothing is built with a container", index{err: errors.New("no container")}, "3.14"},
	} {
		_, d, err := worldtest.Decide(t.Context(), files, "moult.toml", project.Options{}, test.world)
		if err != nil || d.Python.Minor != test.want {
			t.Errorf("%s: %+v, %v", test.name, d, err)
		}
	}
}
