package build

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestAProgramThatIsKilledSaysSo(t *testing.T) {
	for signal, want := range map[string]struct {
		text string
		code int
	}{
		"KILL": {"too little memory", 137},
		"SEGV": {"signal 11 (segmentation fault)", 139},
	} {
		c := NewConsole(&bytes.Buffer{})
		err := c.command(t.Context(), nil, "", "/bin/sh", "-c", "kill -"+signal+" $$")
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Code != want.code || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v", signal, err)
		}
	}
}
