package pep508

import (
	"sort"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/oracle"
)

func TestMarkersHoldWherePackagingSaysSo(t *testing.T) {
	var b struct {
		Environments []map[string]string
		Active       []oracle.Row
		Markers      []oracle.Row
	}
	oracle.Load(t, &b)
	var envs []Environment
	for _, e := range b.Environments {
		envs = append(envs, Environment{
			ImplementationName: e["implementation_name"], ImplementationVersion: e["implementation_version"],
			OSName: e["os_name"], PlatformMachine: e["platform_machine"],
			PlatformPythonImplementation: e["platform_python_implementation"],
			PlatformRelease:              e["platform_release"], PlatformSystem: e["platform_system"],
			PlatformVersion: e["platform_version"], PythonFullVersion: e["python_full_version"],
			PythonVersion: e["python_version"], SysPlatform: e["sys_platform"],
		})
	}
	contexts := map[string]Context{"metadata": InMetadata, "lock_file": InLockFile, "requirement": InRequirement}
	var actives []Active
	for _, r := range b.Active {
		a := Active{Context: contexts[r.Str(0)], Extras: r.Strs(1), Groups: r.Strs(3)}
		if a.Context == InLockFile {
			a.Extras = r.Strs(2)
		}
		actives = append(actives, a)
	}
	answers, failures := 0, 0
	for _, r := range b.Markers {
		text := r.Str(0)
		m, err := ParseMarker(text)
		if r.Null(1) {
			answers++
			if err == nil {
				t.Errorf("%q was read as %s, want an error", text, m)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if m.String() != r.Str(1) {
			t.Errorf("%q is written %q, want %q", text, m, r.Str(1))
		}
		want := r.Str(2)
		i := 0
		for _, a := range actives {
			for _, e := range envs {
				got := byte('0')
				if v, err := m.Evaluate(e, a); err != nil {
					got = 'e'
					failures++
				} else if v {
					got = '1'
				}
				answers++
				if got != want[i] {
					t.Errorf("%q with %+v in %+v: got %c, want %c", text, a, e, got, want[i])
				}
				i++
			}
		}
	}
	t.Logf("%d answers, %d of them errors", answers, failures)
}

func TestRequirementsAreReadAsPackagingDoes(t *testing.T) {
	var b struct{ Requirements []oracle.Row }
	oracle.Load(t, &b)
	valid := 0
	for _, c := range b.Requirements {
		text := c.Str(0)
		r, err := ParseRequirement(text)
		if c.Null(1) {
			if err == nil {
				t.Errorf("%q was read as %s, want an error", text, r)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		valid++
		extras := map[string]bool{}
		for _, e := range r.Extras {
			extras[e] = true
		}
		var sorted []string
		for e := range extras {
			sorted = append(sorted, e)
		}
		sort.Strings(sorted)
		if r.String() != c.Str(1) || r.Name != c.Str(2) || strings.Join(sorted, ",") != strings.Join(c.Strs(3), ",") ||
			r.Specifier.String() != c.Str(4) || r.URL != c.Str(5) || r.Marker.String() != c.Str(6) {
			t.Errorf("%q was read as %s, want %s", text, r, c.Str(1))
		}
	}
	t.Logf("%d texts, %d of them requirements", len(b.Requirements), valid)
}
