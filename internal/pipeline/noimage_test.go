package pipeline_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// withoutPythons is a world whose registry has no image of Python.
type withoutPythons struct{ worldtest.World }

func (w withoutPythons) Image(ctx context.Context, q pipeline.Question) (pipeline.Image, error) {
	if strings.HasPrefix(q.Ref, "python:") {
		return nil, source.Errorf(q.Pos, "the image %s was not found", q.Ref)
	}
	return w.World.Image(ctx, q)
}

func TestTheErrorForAMissingImageSaysWhichPythonWasChosenAndTheLineThatChangesIt(t *testing.T) {
	for _, test := range []struct{ name, text, more, want string }{
		{"by default", "[project]\nname = \"a\"\n", "", `the image python:3.14-slim was not found; Moult chose Python 3.14, the newest that is a year old, because many packages have no wheels for a younger one; write python = "3.13" under [tool.moult] for another`},
		{"by the oldest that is allowed", "[project]\nname = \"a\"\nrequires-python = \">=3.14,<3.15\"\n", "", `pyproject.toml:3:19: the image python:3.14-slim was not found; Moult chose Python 3.14, the newest that requires-python allows; the project allows no other; write base = "IMAGE" under [tool.moult], with an image that has it`},
		{"by .python-version", "[project]\nname = \"a\"\nrequires-python = \">=3.9\"\n", "3.9\n", `.python-version:1:1: the image python:3.9-slim was not found; Moult chose Python 3.9, from .python-version; write python = "3.10" under [tool.moult] for another`},
		{"by a patch version", "[tool.moult]\npython = \"3.12.99\"\n", "", `pyproject.toml:2:10: the image python:3.12.99-slim was not found; write python = "3.12" for the newest patch version that there is`},
		{"by the key, which says it itself", "[tool.moult]\npython = \"3.12\"\n", "", `pyproject.toml:2:10: the image python:3.12-slim was not found`},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{"pyproject.toml": {Data: []byte(test.text)}, "main.py": {Data: []byte("print(1)\n")}}
			if test.more != "" {
				files[".python-version"] = &fstest.MapFile{Data: []byte(test.more)}
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, withoutPythons{})
			if err == nil || strings.TrimPrefix(err.Error(), "pyproject.toml: ") != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}
