package start

import (
	"path"
	"slices"
	"testing"
)

func TestTheFilesOfSystemdAreThoseThatAClientSends(t *testing.T) {
	for name, want := range map[string]bool{
		"app.service": true, "deploy/shop.service": true, "deploy/systemd/web.service": true,
		"shop/app.service": false, "deploy/app.py": false, "deploy/systemd/other/app.service": false, "../app.service": false,
	} {
		sent := slices.ContainsFunc(UnitPatterns(), func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok })
		if sent != want || MatchesUnit(name) != want {
			t.Errorf("%s: sent %t, matched %t", name, sent, MatchesUnit(name))
		}
	}
}
