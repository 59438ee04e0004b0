package fromdockerfile

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestAStageWithTheNameOfATargetThatEveryBuildFileHasIsTold(t *testing.T) {
	for _, name := range append([]string{"worker", "default"}, project.ReservedTargets...) {
		p, notes := reading(t, "FROM python:3.13-slim AS "+name+"\nCMD [\"python\", \"a.py\"]\nFROM "+name+" AS last\nCMD [\"python\", \"b.py\"]\n",
			map[string]string{"a.py": "", "b.py": ""}, Project{})
		reserved := name != "worker" && name != "default"
		if (len(p.Targets) == 0) != reserved || strings.Contains(notes, "a target cannot have this name") != reserved {
			t.Errorf("%s: the targets are %v, and it says %q", name, p.Targets, notes)
		}
	}
}

func TestATargetOnAnotherBaseNamesTheReleaseOfItsPython(t *testing.T) {
	p, _ := reading(t, "FROM python:3.12-slim AS app\nCMD [\"python\", \"a.py\"]\nFROM alpine AS docs\nRUN apk add nginx\nCMD [\"nginx\"]\nFROM app\nCMD [\"python\", \"b.py\"]\n",
		map[string]string{"a.py": "", "b.py": ""}, Project{})
	if text := p.TOML(true); !strings.Contains(text, `python = {version = "3.12", from = "python:3.12-alpine"}`) {
		t.Error(text)
	}
}
