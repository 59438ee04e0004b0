package survey

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// Verdict is what a person who has read a project says of the answer.
type Verdict string

// The verdicts.
const (
	// Right is a plan with the command that the project's authors use.
	Right Verdict = "right"
	// Wrong is a plan with another one, or a refusal of a sound project.
	Wrong Verdict = "wrong"
	// Nothing is a project that has nothing to start.
	Nothing Verdict = "nothing"
	// Broken is a project that no tool installs or starts, such as one with a
	// stale lock.
	Broken Verdict = "broken"
)

// Verdicts reads a file of lines "NAME VERDICT", with "#" for comments.
func Verdicts(name string) (map[string]Verdict, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := map[string]Verdict{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("%s:%d: this is not NAME VERDICT", name, n)
		}
		switch v := Verdict(fields[1]); v {
		case Right, Wrong, Nothing, Broken:
			all[fields[0]] = v
		default:
			return nil, fmt.Errorf("%s:%d: %q is none of right, wrong, nothing and broken", name, n, v)
		}
	}
	return all, lines.Err()
}

// nothing reports whether a project has nothing to start, by what a person says
// or else by Moult's answer.
func (r Result) nothing() bool {
	return r.Verdict == Nothing || r.Verdict == "" && r.Plan.Nothing
}
