package embedded

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"
)

func TestAFolderIsRemovedThoughALateGoroutineStillWritesIntoIt(t *testing.T) {
	t.Setenv(temporaryVariable, t.TempDir())
	l := leftovers{root: t.TempDir(), runc: "runc"}
	dir, err := l.makeTemporary()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); {
			_, _ = os.MkdirTemp(dir, "late")
		}
	}()
	time.Sleep(10 * time.Millisecond)
	if err := l.remove(); err != nil {
		t.Error(err)
	}
	<-ended
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	if _, err := os.Lstat(l.record()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the record is there: %v", err)
	}
}
