package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestAGuessedCommandIsToldWithWhatItNeeds(t *testing.T) {
	p := Project{Project: &project.Project{File: &source.File{Name: "moult.toml"}}, Command: project.Command{Cmd: []string{"python", "start.py"}, Guessed: true, Reason: "x", Workdir: "/app/web"}}
	if found := guessedCommand(p); len(found) != 1 || !strings.HasPrefix(found[0].Hint, `write cmd = ["python", "start.py"] and workdir = "/app/web"`) {
		t.Errorf("%+v", found)
	}
	p.Command.Workdir, p.Command.Extra, p.Command.Group = "", "web", "prod"
	if found := guessedCommand(p); len(found) != 1 || !strings.HasPrefix(found[0].Hint, `write cmd = ["python", "start.py"] and extras = ["web"] and groups = ["prod"], or`) {
		t.Errorf("%+v", found)
	}
}
