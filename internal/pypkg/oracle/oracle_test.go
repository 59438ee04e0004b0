package oracle

import (
	"compress/gzip"
	"os"
	"slices"
	"testing"
)

func TestColumnsOfDifferentTypes(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create("testdata/answers.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(`{"rows": [["a", ["b", "c"], 3, true, null]]}`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var b struct{ Rows []Row }
	Load(t, &b)
	r := b.Rows[0]
	if r.Str(0) != "a" || !slices.Equal(r.Strs(1), []string{"b", "c"}) || r.Int(2) != 3 || !r.Bool(3) || !r.Null(4) || r.Null(0) || r.Str(2) != "" {
		t.Errorf("%s", r)
	}
}
