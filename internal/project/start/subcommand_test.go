package start

import (
	"strings"
	"testing"
)

func TestAProgramThatNeedsASubcommandGetsThatOfTheReadme(t *testing.T) {
	const (
		script = needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n-- shop/__init__.py --\n-- shop/cli.py --\n"
		group  = "import click\n@click.group()\ndef main(): pass\n@main.command()\ndef serve(): pass\n"
		parser = "import argparse\ndef main():\n    p = argparse.ArgumentParser()\n    commands = p.add_subparsers(dest='command', required=True)\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"of a script", script + group + "-- README.md --\n    uvx --from . shop serve --port 80\n    uv run shop serve\n", "shop serve"},
		{"of a script that starts as a module", script + group + "-- README.md --\n`python -m shop serve`\n", "shop serve"},
		{"of a script with subparsers", script + parser + "-- README.md --\n    $ shop serve\n    shop export\n", "shop serve"},
		{"of a script with commands of Typer", script + "import typer\nmain = typer.Typer()\n@main.command()\ndef one(): pass\n@main.command()\ndef two(): pass\n-- README.md --\n    shop run\n", "shop run"},
		{"of a file", needs + "]\n-- run.py --\n" + parser + guard + "main()\n-- README.md --\n    python run.py start\n", "python run.py start"},
		{"of a package", needs + "]\n-- shop/__init__.py --\n-- shop/cli.py --\n" + parser + "-- shop/__main__.py --\nfrom .cli import main\n" + guard + "main()\n-- README.md --\n    python -m shop start\n", "python -m shop start"},
		{"none of several", script + group + "-- README.md --\n    shop serve\n    shop run\n", "shop"},
		{"none that says little, beside another one", script + group + "-- README.md --\n    shop create all\n    shop run\n", "shop"},
		{"one that says little, alone", script + group + "-- README.md --\n    shop run\n", "shop run"},
		{"one that serves, beside others", script + group + "-- README.md --\n    shop create all\n    shop bot\n", "shop bot"},
		{"none with another name", script + group + "-- README.md --\n    shop export\n", "shop"},
		{"none of a sentence", script + group + "-- README.md --\nIn this shop run the robots.\n", "shop"},
		{"none of a program that needs none", script + "def main(): pass\n-- README.md --\n    shop serve\n", "shop"},
		{"none of a group that runs without one", script + strings.Replace(group, "group()", "group(invoke_without_command=True)", 1) + "-- README.md --\n    shop serve\n", "shop"},
		{"none of Typer's only command", script + "import typer\nmain = typer.Typer()\n@main.command()\ndef one(): pass\n-- README.md --\n    shop run\n", "shop"},
		{"of argparse with the file behind it", needs + "]\n-- run.py --\n" + parser + "    p = commands.add_parser('run')\n    p.add_argument('rows')\n    p.add_argument('--port')\n" + guard + "main()\n-- rows.csv --\n-- README.md --\nStart it: `python run.py run rows.csv --port 1` and look.\n", "python run.py run rows.csv"},
		{"of Click with the object behind it", needs + "]\n-- run.py --\nimport click\n@click.group()\ndef main(): pass\n@main.command()\n@click.argument('target')\ndef serve(target): pass\n" + guard + "main()\n-- sites/one.py --\n-- README.md --\n    python run.py serve sites.one:site # look\n", "python run.py serve sites.one:site"},
		{"of Typer, but not without its argument", needs + "]\n-- run.py --\nimport typer\nmain = typer.Typer()\n@main.command()\ndef run(rows: str): pass\n@main.command()\ndef two(): pass\n" + guard + "main()\n-- README.md --\n    python run.py run <rows>\n", "python run.py"},
		{"of Typer, where its argument has a default", needs + "]\n-- run.py --\nimport typer\nmain = typer.Typer()\n@main.command()\ndef run(rows: str = 'a'): pass\n@main.command()\ndef two(): pass\n" + guard + "main()\n-- README.md --\n    python run.py run <rows>\n", "python run.py run"},
		{"none whose argument is another one on each line", needs + "]\n-- run.py --\n" + parser + "    p = commands.add_parser('run')\n    p.add_argument('rows')\n" + guard + "main()\n-- a.csv --\n-- b.csv --\n-- README.md --\n    python run.py run a.csv\n    python run.py run b.csv\n", "python run.py"},
		{"none whose argument the project does not have", needs + "]\n-- run.py --\n" + parser + "    p = commands.add_parser('run')\n    p.add_argument('rows')\n" + guard + "main()\n-- README.md --\n    python run.py run ../a.csv\n", "python run.py"},
		{"none whose argument the image does not have", script + parser + "    p = commands.add_parser('run')\n    p.add_argument('rows')\n-- a.csv --\n-- README.md --\n    shop run a.csv\n", "shop"},
		{"that of the Dockerfile", script + group + "-- README.md --\n    shop serve\n-- Dockerfile --\nFROM python\nCMD shop web\n", "shop web"},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s:\ngot  %s (%s), %v\nwant %s", test.name, got, c.Reason, err, test.want)
		}
	}
}
