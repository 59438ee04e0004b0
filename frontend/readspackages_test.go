package frontend

import (
	"testing"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/plan"
)

// Findings that somebody asks for, or that end the build, do not depend on the
// caches that a build imports.
func TestWhenThePackagesAreRead(t *testing.T) {
	for _, c := range []struct {
		name                          string
		imports, asked, error, builds bool
		want                          bool
	}{
		{name: "a build", want: true},
		{name: "a build that compiles", builds: true, want: true},
		{name: "a build with a cache", imports: true},
		{name: "a build with a cache that a finding ends", imports: true, error: true, want: true},
		{name: "a check", asked: true, want: true},
		{name: "a check with a cache", asked: true, imports: true, want: true},
		{name: "a check that would have to compile", asked: true, builds: true},
		{name: "a check with a cache that would have to compile", asked: true, imports: true, builds: true},
	} {
		b := &build{conversation: conversation{Client: &dockerui.Client{}}, findings: &findings{asked: c.asked, options: check.Options{Error: c.error}}}
		if c.imports {
			b.CacheImports = []client.CacheOptionsEntry{{Type: "registry"}}
		}
		p := &plan.Plan{Packages: []plan.Package{{Name: "six"}}}
		if c.builds {
			p.Building = &plan.Building{}
		}
		if got := b.readsPackages(p); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
