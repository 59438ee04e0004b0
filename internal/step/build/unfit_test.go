package build

import (
	"slices"
	"testing"
)

func TestWheelsThatDoNotFitAreFoundInPipsLog(t *testing.T) {
	log := `2026-11-23T19:58:02,781   Skipping link: No sources permitted for ruamel-yaml-clib: https://files.example.com/ruamel.yaml.clib-0.1.0.tar.gz (from https://index.example.com/simple/ruamel-yaml-clib/)
2026-11-23T19:58:02,782   Skipping link: none of the wheel's tags (cp35-cp35m-macosx_10_6_intel) are compatible (run pip debug --verbose to show compatible tags): https://files.example.com/ruamel.yaml.clib-0.2.0-cp35-cp35m-macosx_10_6_intel.whl (from https://index.example.com/simple/ruamel-yaml-clib/)
2026-11-23T19:58:02,930   Skipping link: none of the wheel's tags (cp311-cp311-win32) are compatible (run pip debug --verbose to show compatible tags): https://files.example.com/ruamel.yaml.clib-0.2.14-cp311-cp311-win32.whl (from https://index.example.com/simple/ruamel-yaml-clib/)
2026-11-23T19:58:02,931   Skipping link: none of the wheel's tags (cp311-cp311-musllinux_1_2_x86_64) are compatible (run pip debug --verbose to show compatible tags): https://files.example.com/ruamel.yaml.clib-0.2.14-cp311-cp311-musllinux_1_2_x86_64.whl (from https://index.example.com/simple/ruamel-yaml-clib/)
2026-11-23T19:58:02,932   Skipping link: none of the wheel's tags (cp311-cp311-win32) are compatible (run pip debug --verbose to show compatible tags): https://files.example.com/other-1-cp311-cp311-win32.whl (from https://index.example.com/simple/other/)
`
	got := unfitWheels("ERROR: No matching distribution found for ruamel.yaml.clib>=0.2.1\n", log)
	want := []string{"ruamel.yaml.clib-0.2.14-cp311-cp311-musllinux_1_2_x86_64.whl", "ruamel.yaml.clib-0.2.14-cp311-cp311-win32.whl"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, output := range []string{
		"ERROR: No matching distribution found for ruamel.yaml.clib==0.2.99\n",
		"Collecting ruamel.yaml.clib~=0.2.15 (from -r /requirements.txt (line 1))\nERROR: Failed building wheel for ruamel.yaml.clib\n",
	} {
		if got := unfitWheels(output, log); len(got) != 0 {
			t.Errorf("got %q, which are of another version", got)
		}
	}
	if got := unfitWheels("Collecting ruamel.yaml.clib==0.2.0\nERROR: Failed building wheel for ruamel.yaml.clib\n", log); len(got) != 1 {
		t.Errorf("got %q", got)
	}
	if got := unfitWheels("error: something else\n", log); len(got) != 0 {
		t.Errorf("got %q where nothing was looked for", got)
	}
}
