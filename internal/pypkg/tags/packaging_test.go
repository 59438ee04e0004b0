package tags

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sort"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/oracle"
)

func target(r oracle.Row) Target {
	t := Target{Major: 3, Minor: r.Int(0), FreeThreaded: r.Bool(1), Arch: r.Str(2),
		Libc: Libc{Kind: LibcKind(r.Str(3)), Major: 2, Minor: r.Int(4)}}
	if t.Libc.Kind == Musl {
		t.Libc.Major = 1
	}
	return t
}

func TestTagsAreInPackagingsOrder(t *testing.T) {
	var b struct{ Environments []oracle.Row }
	oracle.Load(t, &b)
	total := 0
	for _, r := range b.Environments {
		var got []string
		for _, tag := range NewSupported(target(r)).Tags() {
			got = append(got, tag.String())
		}
		total += len(got)
		sum := sha256.Sum256([]byte(strings.Join(got, "\n")))
		if hex.EncodeToString(sum[:]) == r.Str(6) {
			continue
		}
		t.Errorf("%s: %d tags, want %d others", target(r), len(got), r.Int(5))
		for i, want := range r.Strs(7) {
			if i >= len(got) || got[i] != want {
				t.Errorf("tag %d is not %s", i, want)
				break
			}
		}
	}
	t.Logf("%d targets, %d tags", len(b.Environments), total)
}

func TestRanksAreTheSame(t *testing.T) {
	var b struct {
		Triples []string
		Ranks   []oracle.Row
	}
	oracle.Load(t, &b)
	for _, r := range b.Ranks {
		s := NewSupported(target(r))
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
				t.Errorf("%s: %s has rank %d, want %d", target(r), triple, got, want[i])
			}
			if why := s.WhyNot(set); (why == "") != ok {
				t.Errorf("%s: %s: reason %q, fits %v", target(r), triple, why, ok)
			}
		}
	}
}

func TestFileNamesAreReadAsPackagingDoes(t *testing.T) {
	var b struct{ Wheels, Sdists []oracle.Row }
	oracle.Load(t, &b)
	valid := 0
	for _, r := range b.Wheels {
		w, err := ParseWheelFilename(r.Str(0))
		if r.Null(1) {
			if err == nil {
				t.Errorf("%q was read as %+v, want an error", r.Str(0), w)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		valid++
		var build Build
		if parts := r.Strs(3); len(parts) == 2 {
			build = Build{parts[0], parts[1]}
		}
		var tags []string
		for _, tag := range w.Tags.Tags() {
			tags = append(tags, tag.String())
		}
		sort.Strings(tags)
		if w.Name != r.Str(1) || w.Version.String() != r.Str(2) || w.Build != build || strings.Join(tags, " ") != strings.Join(r.Strs(4), " ") {
			t.Errorf("%q was read as %+v, want %s", r.Str(0), w, r)
		}
	}
	t.Logf("%d names, %d of them wheels", len(b.Wheels), valid)
	valid = 0
	for _, r := range b.Sdists {
		name, version, err := ParseSdistFilename(r.Str(0))
		if r.Null(1) {
			if err == nil {
				t.Errorf("%q was read as %s %s, want an error", r.Str(0), name, version)
			}
			continue
		}
		valid++
		if err != nil || name != r.Str(1) || version.String() != r.Str(2) {
			t.Errorf("%q was read as %s %s (%v), want %s", r.Str(0), name, version, err, r)
		}
	}
	t.Logf("%d names, %d of them sdists", len(b.Sdists), valid)
}
