package plan

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestAPackageIsReadBackFromItsJSON(t *testing.T) {
	for want, origin := range map[string]WheelOrigin{
		`"download":{"url":"https://x/?a&b","filename":"a.whl","sha256":"1"}`: &Download{URL: "https://x/?a&b", Filename: "a.whl", SHA256: "1"},
		`"file":"vendor/a.whl"`:                                                ContextFile{"vendor/a.whl", ""},
		`"file":"vendor/b.whl","fileSHA256":"1"`:                               ContextFile{"vendor/b.whl", "1"},
		`"git":{"url":"https://git","commit":"c","file":"a.whl","sha256":"1"}`: &Git{URL: "https://git", Commit: "c", File: "a.whl", SHA256: "1"},
		`"resolved":"a.whl"`:                                                   Resolved{"a.whl"},
		`"built":"a"`:                                                          Built{"a"},
	} {
		p := Package{Name: "a", Version: "1", Size: 2, Reason: "r", Origin: origin}
		data, err := encode([]Package{p})
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%+v is %s: %v", p, data, err)
		}
		var back []Package
		if err := json.Unmarshal(data, &back); err != nil || len(back) != 1 || !reflect.DeepEqual(back[0], p) {
			t.Errorf("%s is read as %+v: %v", data, back, err)
		}
	}
}

func TestASourceIsReadBackFromItsJSON(t *testing.T) {
	for want, origin := range map[string]TreeOrigin{
		`"dir":"libs/a","exclude":["x"],"added":[{"stage":"s","from":"/f","to":"t"}]`: &ContextFolder{Dir: "libs/a", Exclude: []string{"x"}, Added: []Added{{Stage: "s", From: "/f", To: "t"}}},
		`"file":"a.tar.gz"`: ContextFile{"a.tar.gz", ""},
		`"download":{"url":"https://x","filename":"a.tar.gz","sha256":"1"}`: &Download{URL: "https://x", Filename: "a.tar.gz", SHA256: "1"},
		`"git":{"url":"https://git","commit":"c"}`:                          &Git{URL: "https://git", Commit: "c"},
		`"choice":{"requirement":"a<2","indexes":null,"target":"t"}`:        &Choice{Requirement: "a<2", Target: "t"},
	} {
		s := Source{Name: "a", Subdirectory: "python", Origin: origin}
		data, err := encode([]Source{s})
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%+v is %s: %v", s, data, err)
		}
		var back []Source
		if err := json.Unmarshal(data, &back); err != nil || len(back) != 1 || !reflect.DeepEqual(back[0], s) {
			t.Errorf("%s is read as %+v: %v", data, back, err)
		}
	}
}

func TestAPlanWithTheProjectsOwnPackageAloneIsUnresolved(t *testing.T) {
	own, found := Package{Name: "shop", Origin: Built{}}, Package{Name: "flask", Origin: Resolved{"flask-3-py3-none-any.whl"}}
	asks := &Building{Resolve: &Resolve{Requirements: []string{"flask"}}}
	for _, test := range []struct {
		building   *Building
		packages   []Package
		unresolved bool
	}{
		{asks, nil, true}, {asks, []Package{own}, true}, {asks, []Package{own, found}, false}, {&Building{}, []Package{own}, false}, {nil, nil, false},
	} {
		if got := (&Plan{Building: test.building, Packages: test.packages}).Unresolved(); got != test.unresolved {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
