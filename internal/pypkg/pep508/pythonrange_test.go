package pep508

import "testing"

// The values are those of Poetry 1.4, 1.8 and 2.5 with a lock that has no markers
// of packages, as far as the marker itself holds.
func TestTheRangeOfPythonThatAMarkerDescribes(t *testing.T) {
	for _, c := range []struct {
		marker, outside string // versions of 3.11.1, 3.11.2 and 3.11.7 that are not in it
	}{
		{`python_version <= "3.11.2"`, "7"},
		{`"3.11.2" >= python_version`, "7"},
		{`python_version < "3.11.2"`, "27"},
		{`python_version >= "3.11.2"`, "1"},
		{`python_version == "3.11.2"`, "17"},
		{`python_version != "3.11.2"`, "2"},
		{`python_version <= "3.11.2" or sys_platform == "win32"`, ""},
		{`python_version <= "3.11.2" and sys_platform == "win32"`, "7"},
		{`python_version <= "3.11.2" and sys_platform == "win32" or python_version > "3.12"`, "7"},
		{`sys_platform == "win32" and (python_version <= "3.11.2" or extra == "x")`, ""},
		{`python_version < "3.11.2" or python_version > "3.11.5"`, "2"},
		{`python_version <= "3.11"`, ""},
		{`python_version <= "3.11.0"`, "127"},
		{`python_version > "3.11"`, "127"},
		{`python_version == "3.11.*"`, ""},
		{`python_version in "3.10 3.11"`, ""},
		{`python_version in "3.11.2, 3.11.7"`, "127"},
		{`python_version not in "3.11.2 3.11.7"`, ""},
		{`python_full_version <= "3.11.2"`, "7"},
		{`sys_platform == "win32"`, ""},
	} {
		m, err := ParseMarker(c.marker)
		if err != nil {
			t.Fatal(err)
		}
		outside := ""
		for _, patch := range []string{"1", "2", "7"} {
			if !m.InPythonRange("3.11." + patch) {
				outside += patch
			}
		}
		if outside != c.outside {
			t.Errorf("%s: %q of 3.11 are outside, not %q", c.marker, outside, c.outside)
		}
	}
	var none *Marker
	if !none.InPythonRange("3.11.1") {
		t.Error("no marker restricts Python")
	}
}

// The values are those of Poetry 2.5 with a lock that has markers of packages.
func TestOnlyListsOfVersionsAreReadOtherwiseInTheMarkersOfALock(t *testing.T) {
	for marker, want := range map[string]bool{
		`python_full_version >= "3.11.5"`:                            true,
		`python_full_version < "3.11.5"`:                             false,
		`python_version <= "3.11.2"`:                                 true,
		`python_version >= "3.11.2"`:                                 false,
		`python_version in "3.10 3.11"`:                              true,
		`python_version in "3.10, 3.110"`:                            false,
		`python_full_version in "3.11.2 3.11.7"`:                     true,
		`python_full_version >= "3.11.5" and python_version < "3.9"`: false,
	} {
		m, err := ParseMarker(marker)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.InPythonLists("3.11.7"); got != want {
			t.Errorf("%s: %v", marker, got)
		}
	}
}
