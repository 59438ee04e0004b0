package toml

import (
	"errors"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// ErrUnknownKey is the cause of the error for a key that Decode, or UnknownKey,
// does not know.
var ErrUnknownKey = errors.New("unknown key")

func (d *decoder) unknownKey(n *Node, known []string) *source.Error {
	err := UnknownKey(n, known)
	if word := d.synonyms[n.Key]; word != "" {
		if first, _, _ := strings.Cut(word, "."); slices.Contains(known, first) {
			return err.WithHint("did you mean %q?", word)
		}
	}
	return err
}

// UnknownKey returns the error for a node whose key is not among the known
// keys.
func UnknownKey(n *Node, known []string) *source.Error {
	err := source.Errorf(n.KeyPos(), "unknown key %q in %s", n.Key, n.parent.TablePath())
	err.Err = ErrUnknownKey
	if near := Nearest(n.Key, known); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	sorted := slices.Sorted(slices.Values(known))
	if len(sorted) > 0 {
		return err.WithHint("the keys are %s", strings.Join(sorted, ", "))
	}
	return err
}
