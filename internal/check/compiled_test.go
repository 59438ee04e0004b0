package check

import (
	"fmt"
	"testing"

	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/source"
)

func TestFilesThatCannotBeCompiledAreToldAtTheirLinesAndTheOthersCounted(t *testing.T) {
	at := source.Pos{File: &source.File{Name: "pyproject.toml"}, Line: 7}
	in := Compiled{Python: "3.13", Application: at, File: func(at string) *source.File {
		if at == "/app/made.py" {
			return nil // a stage has made it
		}
		return &source.File{Name: "src" + at[len("/app"):]}
	}}
	in.Answer = compiled.Answer{Compiled: 3, Failed: 2, Failures: []compiled.Failure{
		{Path: "/app/a.py", Line: 2, Column: 5, Reason: "SyntaxError: invalid syntax"}, {Path: "/app/made.py", Line: 4, Reason: "SyntaxError: x"},
	}}
	found := in.Check()
	if len(found) != 2 || found[0].Pos.String() != "src/a.py:2:5" || found[0].Msg != "Python 3.13 cannot compile it (SyntaxError: invalid syntax)" {
		t.Errorf("found %v", Texts(found))
	}
	if found[1].Pos != at || found[1].Msg != "Python 3.13 cannot compile /app/made.py:4 (SyntaxError: x)" {
		t.Errorf("found %v", Texts(found))
	}

	in.Answer = compiled.Answer{Failed: 30}
	for n := range compiled.Most {
		in.Answer.Failures = append(in.Answer.Failures, compiled.Failure{Path: fmt.Sprintf("/app/tests/%02d.py", n), Reason: "SyntaxError: x"})
	}
	found = in.Check()
	if len(found) != maxInvalid+1 || found[maxInvalid].Msg != "Python 3.13 cannot compile 25 more files of the application" {
		t.Errorf("found %v", Texts(found))
	}
}
