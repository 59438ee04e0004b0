package start

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

// The package does not have the file that its program is started with.
func TestTheFileBehindASubcommandIsCopiedBesideThePackage(t *testing.T) {
	files := tree(needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n-- rows.csv --\n-- README.md --\n    uv run shop run rows.csv\n-- shop/__init__.py --\n-- shop/cli.py --\n" +
		"import argparse\ndef main():\n    p = argparse.ArgumentParser()\n    commands = p.add_subparsers(required=True)\n    run = commands.add_parser('run')\n    run.add_argument('rows')\n")
	p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Command(Input{
		Project: p, Files: FS(files), Has: func(string) bool { return false },
		Copied: func(string) bool { return false }, Copyable: func(string) bool { return true },
	})
	if got := strings.Join(c.Cmd, " "); err != nil || got != "shop run rows.csv" || !c.NextToPackage || !strings.Contains(c.Reason, "copied beside its package for rows.csv") {
		t.Errorf("%s (%s, copied: %v), %v", got, c.Reason, c.NextToPackage, err)
	}
}
