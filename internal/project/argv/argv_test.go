package argv

import (
	"fmt"
	"testing"
)

func TestTheCommandsOfAnArgumentList(t *testing.T) {
	for _, c := range []struct {
		args     []string
		want     string
		complete bool
	}{
		{[]string{"gunicorn", "a:b"}, "[[gunicorn a:b]]", true},
		{[]string{"sh", "run.sh"}, "[[sh run.sh]]", true},
		{[]string{"/bin/sh", "-c", "a x; b && exec c"}, "[[a x] [b] [exec c]]", true},
		{[]string{"bash", "-lc", "'a b' \"c\""}, "[[a b c]]", true},
		{[]string{"sh", "-e", "a"}, "[[sh -e a]]", true},
		{[]string{"sh", "-c", "a && cd x && b"}, "[[a]]", false},
		{[]string{"sh", "-c", "cd x && b"}, "[]", false},
		{[]string{"sh", "-c", "[ -e x ] && b"}, "[]", false},
		{[]string{"sh", "-c", "pip install x; b"}, "[[pip install x] [b]]", false},
		{[]string{"sh", "-c", "a | b"}, "[]", false},
		{[]string{"sh", "-c", "a $(b)"}, "[]", false},
		{[]string{"sh", "-c", ""}, "[]", true},
		{[]string{"sh", "-c", "echo 'a; b && ./c'; d"}, "[[echo a; b && ./c] [d]]", true},
		{[]string{"sh", "-c", "a; ./b& c"}, "[[a]]", false},
		{[]string{"sh", "-c", "a; ./b & c"}, "[[a]]", false},
		{[]string{"sh", "-c", "a; b 'c; d"}, "[[a]]", false},
		{[]string{"sh", "-c", "a; b # c; d"}, "[[a]]", false},
	} {
		if all, complete := Commands(c.args); fmt.Sprint(all) != c.want || complete != c.complete {
			t.Errorf("%q: %v %v, want %s %v", c.args, all, complete, c.want, c.complete)
		}
	}
}

func TestTheProgramOfACommand(t *testing.T) {
	for want, words := range map[string][]string{
		"a":    {"X=1", "exec", "a", "b"},
		"b":    {"env", "X=1", "b"},
		"env":  {"env", "-i", "b"},
		"":     {"X=1"},
		"./up": {"./up"},
	} {
		if got := Program(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
