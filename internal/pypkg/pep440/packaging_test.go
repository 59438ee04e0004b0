package pep440

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/oracle"
)

func bit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

func TestVersionsAreReadAndWrittenAsPackagingDoes(t *testing.T) {
	var b struct{ Versions []oracle.Row }
	oracle.Load(t, &b)
	valid := 0
	for _, r := range b.Versions {
		v, err := Parse(r.Str(0))
		if r.Null(1) {
			if err == nil {
				t.Errorf("Parse(%q) = %s, want an error", r.Str(0), v)
			}
			continue
		}
		if err != nil {
			t.Errorf("Parse: %v", err)
			continue
		}
		valid++
		if v.String() != r.Str(1) || v.Canonical() != r.Str(2) {
			t.Errorf("Parse(%q) = %s, canonical %s; want %s, %s", r.Str(0), v, v.Canonical(), r.Str(1), r.Str(2))
		}
		if pre := r.Bool(3); v.IsPrerelease() != pre {
			t.Errorf("%s: IsPrerelease = %v", v, !pre)
		}
	}
	t.Logf("%d strings, %d of them versions", len(b.Versions), valid)
}

func TestVersionsAreOrderedAsPackagingDoes(t *testing.T) {
	var b struct{ Order []oracle.Row }
	oracle.Load(t, &b)
	type ranked struct {
		v    Version
		rank int
	}
	var all []ranked
	for _, r := range b.Order {
		v, err := Parse(r.Str(0))
		if err != nil {
			t.Fatal(err)
		}
		var rank int
		_ = json.Unmarshal(r[1], &rank)
		all = append(all, ranked{v, rank})
	}
	pairs := 0
	for i, x := range all {
		// Every neighbour closely, the rest in steps.
		for j := i; j < len(all); j += 1 + (j-i)/4 {
			y := all[j]
			pairs++
			want := compareInts(x.rank, y.rank)
			if x.v.Compare(y.v) != want || y.v.Compare(x.v) != -want {
				t.Errorf("%s and %s: got %d and %d, want %d", x.v, y.v, x.v.Compare(y.v), y.v.Compare(x.v), want)
			}
		}
	}
	t.Logf("%d pairs", pairs)
}

// specifierAnswers are the answers about specifiers and sets of them.
type specifierAnswers struct {
	Candidates, Base []string
	Specifiers, Sets []oracle.Row
	Equal            []oracle.Row
}

// check holds a set against what packaging says of each candidate.
func (b specifierAnswers) check(t *testing.T, text string, set SpecifierSet, want string, pre Prereleases) {
	t.Helper()
	for i, c := range b.Candidates {
		if got := set.ContainsString(c, pre); bit(got) != want[i] {
			t.Errorf("%q contains %q (%d): got %v", text, c, pre, got)
		}
	}
}

func TestSpecifiersAnswerAsPackagingDoes(t *testing.T) {
	var b specifierAnswers
	oracle.Load(t, &b)
	for _, r := range b.Specifiers {
		text := r.Str(0)
		set, err := ParseSpecifierSet(text)
		if r.Null(1) {
			if err == nil {
				t.Errorf("%q was read as %s, want an error", text, set)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if set.String() != r.Str(1) {
			t.Errorf("%q is written %q, want %q", text, set, r.Str(1))
		}
		b.check(t, text, set, r.Str(2), PrereleasesDefault)
		b.check(t, text, set, r.Str(3), PrereleasesDenied)
		for i, c := range b.Base {
			v, err := Parse(c)
			if err != nil {
				t.Fatal(err)
			}
			if got := set.Contains(v, PrereleasesDefault); bit(got) != r.Str(4)[i] {
				t.Errorf("%q contains version %s: got %v", text, v, got)
			}
		}
	}
}

func TestSetsOfSpecifiersAnswerAsPackagingDoes(t *testing.T) {
	var b specifierAnswers
	oracle.Load(t, &b)
	for _, r := range b.Sets {
		text := r.Str(0)
		set, err := ParseSpecifierSet(text)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if set.String() != r.Str(1) {
			t.Errorf("%q is written %q, want %q", text, set, r.Str(1))
		}
		b.check(t, text, set, r.Str(2), PrereleasesDefault)
		b.check(t, text, set, r.Str(3), PrereleasesDenied)
		var universe, want, got []string
		_ = json.Unmarshal(r[4], &universe)
		_ = json.Unmarshal(r[5], &want)
		var versions []Version
		for _, u := range universe {
			v, _ := Parse(u)
			versions = append(versions, v)
		}
		for _, v := range set.Filter(versions, PrereleasesDefault) {
			got = append(got, v.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q of %v: got %v, want %v", text, universe, got, want)
		}
	}
}

func TestSetsOfSpecifiersAreEqualWherePackagingSaysSo(t *testing.T) {
	var b specifierAnswers
	oracle.Load(t, &b)
	for _, r := range b.Equal {
		x, errX := ParseSpecifierSet(r.Str(0))
		y, errY := ParseSpecifierSet(r.Str(1))
		if errX != nil || errY != nil || x.EqualSet(y) != r.Bool(2) {
			t.Errorf("%q equals %q: got %v (%v, %v)", r.Str(0), r.Str(1), x.EqualSet(y), errX, errY)
		}
	}
}

func TestMinorReleasesOfPython(t *testing.T) {
	var b struct{ Minors []oracle.Row }
	oracle.Load(t, &b)
	for _, r := range b.Minors {
		set, err := ParseSpecifierSet(r.Str(0))
		if err != nil {
			t.Fatal(err)
		}
		for minor := 0; minor < len(r.Str(1)); minor++ {
			if got := AllowsMinor(set, 3, minor); bit(got) != r.Str(1)[minor] {
				t.Errorf("%q allows 3.%d: got %v", r.Str(0), minor, got)
			}
			if got := AllowsWholeMinor(set, 3, minor); bit(got) != r.Str(2)[minor] {
				t.Errorf("%q allows all of 3.%d: got %v", r.Str(0), minor, got)
			}
		}
	}
}
