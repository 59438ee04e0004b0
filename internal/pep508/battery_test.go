package pep508

import (
	"compress/gzip"
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

func TestBatteryMarkersHoldWherePackagingSaysSo(t *testing.T) {
	var b struct {
		Environments []map[string]string
		Active       []row
		Markers      []row
	}
	loadBattery(t, &b)
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
		a := Active{Context: contexts[r.str(0)], Extras: r.strs(1), Groups: r.strs(3)}
		if a.Context == InLockFile {
			a.Extras = r.strs(2)
		}
		actives = append(actives, a)
	}
	answers, failures := 0, 0
	for _, r := range b.Markers {
		text := r.str(0)
		m, err := ParseMarker(text)
		if string(r[1]) == "null" {
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
		if m.String() != r.str(1) {
			t.Errorf("%q is written %q, want %q", text, m, r.str(1))
		}
		want := r.str(2)
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

func TestBatteryRequirementsAreReadAsPackagingDoes(t *testing.T) {
	var b struct{ Requirements []row }
	loadBattery(t, &b)
	valid := 0
	for _, c := range b.Requirements {
		text := c.str(0)
		r, err := ParseRequirement(text)
		if string(c[1]) == "null" {
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
		if r.String() != c.str(1) || r.Name != c.str(2) || strings.Join(sorted, ",") != strings.Join(c.strs(3), ",") ||
			r.Specifier.String() != c.str(4) || r.URL != c.str(5) || r.Marker.String() != c.str(6) {
			t.Errorf("%q was read as %s, want %s", text, r, c.str(1))
		}
	}
	t.Logf("%d texts, %d of them requirements", len(b.Requirements), valid)
}
