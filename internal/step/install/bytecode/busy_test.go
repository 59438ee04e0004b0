package bytecode

import (
	"os"
	"path/filepath"
	"testing"
)

func TestABusyMachineHasMoreProcessesThanProcessors(t *testing.T) {
	for content, want := range map[string]bool{
		"0.20 0.18 0.12 2/257 11206\n": false,
		"0.20 0.18 0.12 3/257 11206\n": true,
		"9.00 9.00 9.00 1/257 11206\n": false,
		"":                             false,
		"0.20 0.18 0.12 x/257 11206\n": false,
	} {
		name := filepath.Join(t.TempDir(), "loadavg")
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := busy(name, 2); got != want {
			t.Errorf("%q: %v", content, got)
		}
	}
	if busy(filepath.Join(t.TempDir(), "none"), 2) {
		t.Error("a system without the file is busy")
	}
}

func TestNoInterpreterStartsWhileTheProcessorsHaveOtherWork(t *testing.T) {
	c := &Compiler{interpreter: filepath.Join(t.TempDir(), "none")}
	q := &queue{sources: []Source{{Size: parallelFrom}}, left: parallelFrom}
	looks := 0
	never := func() bool {
		if looks++; looks == 3 {
			q.take()
		}
		return false
	}
	if err := c.help(nil, q, never); err != nil || looks < 3 {
		t.Errorf("after %d looks: %v", looks, err)
	}
	q = &queue{sources: []Source{{Size: parallelFrom}}, left: parallelFrom}
	if err := c.help(nil, q, func() bool { return true }); err == nil {
		t.Error("a free processor starts no interpreter")
	}
}
