package hostile

import (
	"strings"
	"testing"
	"unicode"
)

// Check compares what became of a vector with its outcome: err is what the
// reader said of it. It looks for control characters because one of the input
// would change what a terminal shows of the message.
func (v Vector) Check(t *testing.T, err error) {
	t.Helper()
	said := ""
	if err != nil {
		said = err.Error()
	}
	oneLine := said
	if v.Kind == Project {
		// A project's faults are told together, each on its line.
		oneLine = strings.ReplaceAll(said, "\n", "")
	}
	switch {
	case v.Outcome == Refused && err == nil:
		t.Error("it was accepted")
	case v.Outcome == Accepted && err != nil:
		t.Errorf("it was refused: %.500v", err)
	case err != nil && !strings.Contains(said, v.Message):
		t.Errorf("error %.500q, want one that says %q", said, v.Message)
	case strings.ContainsFunc(oneLine, unicode.IsControl):
		t.Errorf("the error has control characters: %.500q", said)
	}
}
