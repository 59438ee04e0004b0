package project

import (
	"time"

	"github.com/moult-build/moult/internal/source"
)

// duration reads a Go duration such as "30s"; 0 if the key is missing.
// Docker accepts no value between 0 and a millisecond.
func (r *reader) duration(v *source.At[string], key string) time.Duration {
	if v == nil {
		return 0
	}
	d, err := time.ParseDuration(v.V)
	if err != nil {
		r.fail(source.Errorf(v.Pos, "%s: %q is not a duration", key, v.V).WithHint(`write one such as "30s" or "1m30s"`))
		return 0
	}
	if d < time.Millisecond {
		r.fail(source.Errorf(v.Pos, "%s: %q is shorter than a millisecond", key, v.V))
		return 0
	}
	return d
}
