package embedded

import "testing"

func TestTheFolderOfTheCache(t *testing.T) {
	for _, test := range []struct {
		name, root, stage, data, home, want string
	}{
		{"what is asked for", "/cache", "", "/data", "/home/me", "/cache"},
		{"the user's data", "", stageNamespace, "/data", "/home/me", "/data/moult"},
		{"the user's home", "", stageNamespace, "", "/home/me", "/home/me/.local/share/moult"},
		{"no home", "", stageNamespace, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(RootVariable, test.root)
			t.Setenv(stageVariable, test.stage)
			t.Setenv("XDG_DATA_HOME", test.data)
			t.Setenv("HOME", test.home)
			got, err := DefaultRoot()
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
