package tags

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"sort"
	"strings"
	"testing"
)

// loadBattery reads the packaging library's answers; generate.py in
// internal/pep440/testdata writes them.
func loadBattery(t *testing.T, v any) {
	t.Helper()
	f, err := os.Open("testdata/battery.json.gz")
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

type row []json.RawMessage

func (r row) str(i int) string {
	var s string
	_ = json.Unmarshal(r[i], &s)
	return s
}

func (r row) strs(i int) []string {
	var s []string
	_ = json.Unmarshal(r[i], &s)
	return s
}

func (r row) int(i int) int {
	var n int
	_ = json.Unmarshal(r[i], &n)
	return n
}

func (r row) target() Target {
	t := Target{Major: 3, Minor: r.int(0), FreeThreaded: string(r[1]) == "true", Arch: r.str(2),
		Libc: Libc{Kind: LibcKind(r.str(3)), Major: 2, Minor: r.int(4)}}
	if t.Libc.Kind == Musl {
		t.Libc.Major = 1
	}
	return t
}

func TestBatteryTagsAreListedInPackagingsOrder(t *testing.T) {
	var b struct{ Environments []row }
	loadBattery(t, &b)
	total := 0
	for _, r := range b.Environments {
		var got []string
		for _, tag := range NewSupported(r.target()).Tags() {
			got = append(got, tag.String())
		}
		total += len(got)
		sum := sha256.Sum256([]byte(strings.Join(got, "\n")))
		if hex.EncodeToString(sum[:]) == r.str(6) {
			continue
		}
		t.Errorf("%s: %d tags, want %d others", r.target(), len(got), r.int(5))
		for i, want := range r.strs(7) {
			if i >= len(got) || got[i] != want {
				t.Errorf("tag %d is not %s", i, want)
				break
			}
		}
	}
	t.Logf("%d targets, %d tags", len(b.Environments), total)
}

func TestBatteryRanksAreTheSame(t *testing.T) {
	var b struct {
		Triples []string
		Ranks   []row
	}
	loadBattery(t, &b)
	for _, r := range b.Ranks {
		s := NewSupported(r.target())
		var want []int
		_ = json.Unmarshal(r[5], &want)
		for i, triple := range b.Triples {
			set, err := ParseTag(triple)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := s.Rank(set)
			if !ok {
				got = -1
			}
			if got != want[i] {
				t.Errorf("%s: %s has rank %d, want %d", r.target(), triple, got, want[i])
			}
			if why := s.WhyNot(set); (why == "") != ok {
				t.Errorf("%s: %s: reason %q, fits %v", r.target(), triple, why, ok)
			}
		}
	}
}

func TestBatteryFileNamesAreReadAsPackagingDoes(t *testing.T) {
	var b struct{ Wheels, Sdists []row }
	loadBattery(t, &b)
	valid := 0
	for _, r := range b.Wheels {
		w, err := ParseWheelFilename(r.str(0))
		if string(r[1]) == "null" {
			if err == nil {
				t.Errorf("%q was read as %+v, want an error", r.str(0), w)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		valid++
		var build Build
		if parts := r.strs(3); len(parts) == 2 {
			build = Build{parts[0], parts[1]}
		}
		var tags []string
		for _, tag := range w.Tags.Tags() {
			tags = append(tags, tag.String())
		}
		sort.Strings(tags)
		if w.Name != r.str(1) || w.Version.String() != r.str(2) || w.Build != build || strings.Join(tags, " ") != strings.Join(r.strs(4), " ") {
			t.Errorf("%q was read as %+v, want %s", r.str(0), w, r)
		}
	}
	t.Logf("%d names, %d of them wheels", len(b.Wheels), valid)
	valid = 0
	for _, r := range b.Sdists {
		name, version, err := ParseSdistFilename(r.str(0))
		if string(r[1]) == "null" {
			if err == nil {
				t.Errorf("%q was read as %s %s, want an error", r.str(0), name, version)
			}
			continue
		}
		valid++
		if err != nil || name != r.str(1) || version.String() != r.str(2) {
			t.Errorf("%q was read as %s %s (%v), want %s", r.str(0), name, version, err, r)
		}
	}
	t.Logf("%d names, %d of them sdists", len(b.Sdists), valid)
}
