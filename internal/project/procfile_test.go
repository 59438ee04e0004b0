package project

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheProcessesOfAProcfileAreTargets(t *testing.T) {
	const procfile = "-- Procfile --\nrelease: python migrate.py\nweb: gunicorn a:b\nworker: celery -A a worker\nbuilder: python b.py\n"
	for _, test := range []struct{ name, files, target, process, targets, err string }{
		{"all but those with a name of Moult's", "[project]\nname = \"a\"\n" + procfile, "worker", "worker", "release web worker", ""},
		{"the default is none", "[project]\nname = \"a\"\n" + procfile, "", "", "release web worker", ""},
		{"the first of those with one name", "[project]\nname = \"a\"\n" + procfile + "worker: a\n", "worker", "worker", "release web worker", ""},
		{"in a moult.toml", "-- moult.toml --\n" + procfile, "worker", "worker", "release web worker", ""},
		{"with a table of settings", "[tool.moult]\npython = \"3.13\"\n" + procfile, "release", "release", "release web worker", ""},
		{"a target of the build file precedes", "[tool.moult.target.worker]\ncmd = [\"a\"]\n" + procfile, "worker", "", "worker release web", ""},
		{"a command of the build file precedes", "[tool.moult]\ncmd = [\"a\"]\n" + procfile, "worker", "", "", `there is no target "worker"`},
		{"an unknown one", "[project]\nname = \"a\"\n" + procfile, "beat", "", "", `the targets are release (runs release of the Procfile), web`},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := tree(test.files)
			name := "pyproject.toml"
			if files["moult.toml"] != nil {
				name = "moult.toml"
			}
			p, err := Read(FS(files), name, Options{Target: test.target})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, target := range p.Targets {
				names = append(names, target.Name)
			}
			if got := strings.Join(names, " "); got != test.targets || p.Process != test.process || p.Settings.Target != test.target {
				t.Errorf("got %q, process %q, target %q", got, p.Process, p.Settings.Target)
			}
		})
	}
}

// unreadableFile is a context of which one file cannot be read.
type unreadableFile struct {
	Files
	name string
	err  error
}

func (u unreadableFile) ReadFile(name string) ([]byte, error) {
	if name == u.name {
		return nil, u.err
	}
	return u.Files.ReadFile(name)
}

func TestAProcfileThatCannotBeReadIsNotAMissingOne(t *testing.T) {
	failed := errors.New("input/output error")
	files := FS(fstest.MapFS{"pyproject.toml": {Data: []byte("[project]\nname = \"a\"\n")}, "Procfile": {Data: []byte("web: a\n")}})
	if _, err := Read(unreadableFile{files, "Procfile", failed}, "pyproject.toml", Options{}); !errors.Is(err, failed) {
		t.Error(err)
	}
}
