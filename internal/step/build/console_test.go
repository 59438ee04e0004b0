package build

import (
	"bytes"
	"strings"
	"testing"
)

func TestAConsoleNeverPrintsAPassword(t *testing.T) {
	var out bytes.Buffer
	c := NewConsole(&out)
	if _, err := c.Write([]byte("before ")); err != nil {
		t.Fatal(err)
	}
	c.Hide("s3cret", "s3cret-longer", "")
	for _, part := range []string{"a s3", "cret b\nc s3cret-longer d", "\n", "the end is s3cr", "et"} {
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	c.flush()
	c.Remember("moult-build: s3cret")
	const want = "before a **** b\nc **** d\nthe end is ****"
	if out.String() != want {
		t.Errorf("printed %q", out.String())
	}
	if said := c.said(); said != want+"moult-build: ****\n" || strings.Contains(said, "s3cret") {
		t.Errorf("left %q", said)
	}
}
