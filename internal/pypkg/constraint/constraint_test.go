package constraint

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
)

func TestConstraintsBecomeSpecifiers(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "*": "", "^1.2.3": ">=1.2.3,<2.0.0", "^1": ">=1,<2", "^0.2.3": ">=0.2.3,<0.3.0", "^0.0.3": ">=0.0.3,<0.0.4", "^0": ">=0,<1", "^0.0": ">=0.0,<0.1",
		"~1.2.3": ">=1.2.3,<1.3.0", "~1.2": ">=1.2,<1.3", "~1": ">=1,<2", "~=1.4": "~=1.4", "1.5": "==1.5", "=1.5": "==1.5", "1.2.*": "==1.2.*", "!=1.5": "!=1.5",
		">=1.0 <2.0": ">=1.0,<2.0", ">= 1.0, < 2.0": ">=1.0,<2.0", "^1 || ^2": ">=1,<3", "^2.0.1+cu118": ">=2.0.1,<3.0.0", "^2.0b1": ">=2.0b1,<3.0",
		"1.x": "==1.*", ">=1.*": ">=1", "^2 || ^1": ">=1,<3", "~3.9 || ^3.11": ">=3.9,!=3.10.*,<4.0", "~2.7 || >=3.8": "", "^1 || *": "", "<2 || >=1": "",
		"<1.5 || >=1.5,<2": "<2", ">=3.9,<3.9.7 || >3.9.7,<3.12": ">=3.9,!=3.9.7,<3.12", "<1.5 || >1.4": "", ">1 || >=1": ">=1",
	} {
		c, err := Parse(text)
		set, ok := c.Specifiers()
		if text == "~2.7 || >=3.8" {
			if ok {
				t.Errorf("%q: got %q", text, set)
			}
			continue
		}
		expected, wrong := pep440.ParseSpecifierSet(want)
		if err != nil || wrong != nil || !ok || set.String() != expected.String() {
			t.Errorf("%q: got %q, %v, %v, want %q", text, set, ok, err, want)
		}
	}
	for _, text := range []string{"<1 || >2", "^1 || ^5", "<=1.10 || >=1.16", "1.2 || 1.3"} {
		c, err := Parse(text)
		if set, ok := c.Specifiers(); ok || err != nil {
			t.Errorf("%q: got %q, %v", text, set, err)
		}
	}
	for _, text := range []string{"banana", ">=1.0.<2", "^", "~x", ">"} {
		if c, err := Parse(text); err == nil {
			t.Errorf("%q: got %q", text, c)
		}
	}
}

func TestAConstraintAllowsWhatOneOfItsAlternativesAllows(t *testing.T) {
	for _, test := range []struct {
		text, yes, no string
	}{
		{"^1 || ^5", "5.1", "2.0"},
		{"<=1.10 || >=1.16", "1.16", "1.11"},
		{"1.2 || 1.3", "1.3", "1.4"},
		{"!=1.0+cpu", "1.0", "1.0+cpu"},
		{"^2.0b1", "2.0b1", "3.0"},
		{">2, <3 | 7", "7", "6"},
	} {
		c, err := Parse(test.text)
		if err != nil || !c.Allows(mustParse(test.yes)) || c.Allows(mustParse(test.no)) {
			t.Errorf("%q: %v", test.text, err)
		}
	}
}

func TestAlternativesBeforeAMajorReleaseAreLeftOut(t *testing.T) {
	for text, want := range map[string]string{
		"~2.7 || ^3.4":            "<4.0,>=3.4",
		"2.7.* || >=3.5":          ">=3.5",
		"^2.7 || ~3.8 || ^3.10":   "!=3.9.*,<4.0,>=3.8",
		">=2.7,<=2.7.18 || ^3.6":  "<4.0,>=3.6",
		">=2.7,!=3.0.*,!=3.1.*":   "!=3.0.*,!=3.1.*,>=2.7",
		"~2.7":                    "<2.8,>=2.7",
		"*":                       "",
		">=2.7,<3 || >=3.3,<3.14": "<3.14,>=3.3",
	} {
		c, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		set, ok := c.FromMajor(3).Specifiers()
		if got := set.String(); !ok || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, ok, want)
		}
	}
	c, _ := Parse("~2.7 || ^3.4")
	if _, ok := c.Specifiers(); ok {
		t.Error("the gap between Python 2.7 and 3.4 is a specifier")
	}
}

func TestAConstraintOnPythonBecomesAMarker(t *testing.T) {
	for text, want := range map[string]string{
		"*": "", "^3.10": `python_version >= "3.10" and python_version < "4.0"`, "<3.12": `python_version < "3.12"`, ">=3.9.2": `python_full_version >= "3.9.2"`,
		"~3.9 || ^3.11":      `python_version >= "3.9" and python_version != "3.10.*" and python_version < "4.0"`,
		"<3.9.1 || >=3.11.2": `python_full_version < "3.9.1" or python_full_version >= "3.11.2"`,
		"~2.7 || ^3.8":       `(python_version >= "2.7" and python_version < "2.8") or (python_version >= "3.8" and python_version < "4.0")`,
	} {
		c, err := Parse(text)
		if got := c.PythonMarker(); err != nil || got != want {
			t.Errorf("%q: got %s, %v", text, got, err)
		}
		if want != "" {
			if _, err := pep508.ParseMarker(want); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestConstraintsOfRealLocks(t *testing.T) {
	for _, c := range []struct {
		text, yes, no string
	}{
		{"^1.2.3", "1.2.3 1.9", "1.2.2 2.0 2.0.dev1"},
		{"^0.2.3", "0.2.3 0.2.9", "0.3"},
		{"^0.0.3", "0.0.3", "0.0.4"},
		{"^0", "0.5", "1.0"},
		{"~1.2", "1.2 1.2.9", "1.3"},
		{"~1", "1 1.9", "2"},
		{"*", "0 99", ""},
		{"1.2.*", "1.2.5", "1.3"},
		{"1.2.3", "1.2.3", "1.2.4"},
		{">=1.0,<2.0 || >=3.0", "1.5 3.1", "2.5"},
		{">= 2.7, !=3.0.*, !=3.1.*", "2.7 3.2", "3.0.1 3.1"},
		{">=1.19.0,<2.0.0dev", "1.20", "2.0"},
		{">=0.14.0,!=0.15.0 <1", "0.16", "0.15.0 1.0"},
	} {
		parsed, err := Parse(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, text := range strings.Fields(c.yes + " " + c.no) {
			v := mustParse(text)
			want := strings.Contains(" "+c.yes+" ", " "+text+" ")
			if parsed.Allows(v) != want {
				t.Errorf("%q allows %s: %v", c.text, text, !want)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"^1.2", "~1", ">=1,<2 || ^3.0", "*", "> = 1.0", "1.x", "!=1.*", "~3.9 || ^3.11", "========\x98\"", `===1\`} {
		f.Add(s)
	}
	versions := []pep440.Version{mustParse("1.5"), mustParse("3.10.2"), mustParse("0.1b1"), mustParse("2.7")}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		if err != nil {
			return
		}
		set, ok := c.Specifiers()
		for _, v := range versions {
			if ok && c.Allows(v) != set.Contains(v, pep440.PrereleasesAllowed) && !v.IsPrerelease() {
				t.Fatalf("%q as %q and %s", s, set, v)
			}
		}
		if text := c.PythonMarker(); text != "" {
			if _, err := pep508.ParseMarker(text); err != nil {
				t.Fatalf("%q: %s: %v", s, text, err)
			}
		}
	})
}
