package toml

import (
	"reflect"

	"github.com/moult-build/moult/internal/source"
)

// Entry is one key of a table with its value.
type Entry[T any] struct {
	Key    string
	KeyPos source.Pos
	V      T
}

// Entries is a table as a list: in the order of the file, every key with its
// position. Use it instead of a Go map if the order or the positions matter.
type Entries[T any] []Entry[T]

// Get returns the value of a key.
func (e Entries[T]) Get(key string) (v T, ok bool) {
	for _, entry := range e {
		if entry.Key == key {
			return entry.V, true
		}
	}
	return v, false
}

// Keys returns the keys in the order of the file.
func (e Entries[T]) Keys() []string {
	keys := make([]string, len(e))
	for i, entry := range e {
		keys[i] = entry.Key
	}
	return keys
}

func (e *Entries[T]) decodeTable(d *decoder, n *Node) {
	if n.Kind != Table {
		d.errs = append(d.errs, mismatch(n, "a table"))
		return
	}
	for _, item := range n.Items {
		entry := Entry[T]{Key: item.Key, KeyPos: item.KeyPos()}
		if d.ok(item, reflect.ValueOf(&entry.V).Elem()) {
			*e = append(*e, entry)
		}
	}
}

type tableDecoder interface{ decodeTable(*decoder, *Node) }
