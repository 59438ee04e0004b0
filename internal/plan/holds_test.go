package plan

import "testing"

func TestAnEntryOfFilesHoldsWhatItSelectsOfTheContext(t *testing.T) {
	for _, test := range []struct {
		files Files
		name  string
		want  bool
	}{
		{Files{From: "deploy"}, "deploy/sub/a.conf", true},
		{Files{From: "deploy/a.conf"}, "deploy/a.conf", true},
		{Files{From: "deploy"}, "deployed", false},
		{Files{From: "deploy", Include: []string{"*.conf"}}, "deploy/a.conf", true},
		{Files{From: "deploy", Include: []string{"*.conf"}}, "deploy/a.txt", false},
		{Files{From: "deploy", Exclude: []string{"sub"}}, "deploy/sub/a.conf", false},
		{Files{From: ".", Include: []string{"*.conf"}}, "a.conf", true},
		{Files{From: ".", Include: []string{"*.conf"}}, "main.py", false},
		{Files{From: "/deploy", Image: "nginx"}, "deploy/a.conf", false},
		{Files{From: "deploy", Context: "other"}, "deploy/a.conf", false},
	} {
		if got := test.files.Holds(test.name); got != test.want {
			t.Errorf("%+v, %s: %v", test.files, test.name, got)
		}
	}
}
