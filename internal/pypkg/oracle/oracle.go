// Package oracle reads the answers of the reference implementation, Python's
// packaging library, with which the tests of versions, names, markers and tags
// compare theirs. internal/pypkg/pep440/testdata/generate.py writes them. It is no
// part of a build.
package oracle

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// Load reads the answers in the testdata of the package under test into what v
// points to.
func Load(t testing.TB, v any) {
	t.Helper()
	f, err := os.Open("testdata/answers.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		t.Fatal(err)
	}
}

// Row is one case; its columns have different types. One that has another type
// than is asked for reads as the zero value.
type Row []json.RawMessage

// Str is a column with a text.
func (r Row) Str(i int) string { return column[string](r, i) }

// Strs is a column with a list of texts.
func (r Row) Strs(i int) []string { return column[[]string](r, i) }

// Int is a column with a number.
func (r Row) Int(i int) int { return column[int](r, i) }

// Bool is a column with true or false.
func (r Row) Bool(i int) bool { return column[bool](r, i) }

// Null reports whether a column holds nothing.
func (r Row) Null(i int) bool { return string(r[i]) == "null" }

func column[T any](r Row, i int) T {
	var v T
	_ = json.Unmarshal(r[i], &v)
	return v
}
