package start

import (
	"strings"
	"testing"
)

// Nobody reaches these programs at the container's own address, which is what they take
// where nothing says another one.
func TestAProgramListensWhereItCanBeReached(t *testing.T) {
	const (
		parser = "import argparse\nfrom http.server import HTTPServer\nparser = argparse.ArgumentParser()\n"
		serve  = "def main():\n    args = parser.parse_args()\n    web.run(port=args.port, host=args.host)\n" + guard + "main()\n"
		script = needs + "\"click\"]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n-- shop/__init__.py --\n-- shop/cli.py --\n"
		option = "parser.add_argument('--host', type=str, default='127.0.0.1', help='(address)')\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"by an option", needs + "]\n-- run.py --\n" + parser + option + serve, "python run.py --host 0.0.0.0"},
		{"by an option of a main.py", needs + "]\n-- main.py --\n" + parser + option + serve, "python main.py --host 0.0.0.0"},
		{"by an option whose default is a name", needs + "]\n-- run.py --\nHERE = 'localhost'\n" + parser + strings.Replace(option, "'127.0.0.1'", "HERE", 1) + serve, "python run.py --host 0.0.0.0"},
		{"by an option whose default another file has", needs + "]\n-- shop/run.py --\nfrom shop.conf import HOST\n" + parser + strings.Replace(option, "'127.0.0.1'", "HOST", 1) + serve + "-- shop/conf.py --\nHOST = 'localhost'\n", "python -m shop.run --host 0.0.0.0"},
		{"by no option whose default in another file is another one", needs + "]\n-- shop/run.py --\nfrom shop.conf import HOST\n" + parser + strings.Replace(option, "'127.0.0.1'", "HOST", 1) + serve + "-- shop/conf.py --\nHOST = '0.0.0.0'\n", "python -m shop.run"},
		{"by an option that a function passes on", needs + "]\n-- run.py --\nimport asyncio\n" + parser + option + "async def work(host):\n    await asyncio.start_server(f, host=host, port=1)\n" + guard + "asyncio.run(work(parser.parse_args().host))\n", "python run.py --host 0.0.0.0"},
		{"by an option that is the first argument", needs + "]\n-- run.py --\n" + parser + option + strings.Replace(serve, "port=args.port, host=args.host", "args.host, args.port", 1), "python run.py --host 0.0.0.0"},
		{"by the option of a script", script + "import click\n@click.command()\n@click.option('--host', default='localhost')\n@click.option('--port', default=1)\ndef main(host, port):\n    web.run(host=host, port=port)\n", "shop --host 0.0.0.0"},
		{"by no option of a subcommand", script + "import click\n@click.group()\ndef main(): pass\n@main.command()\n@click.option('--host', default='localhost')\ndef serve(host):\n    web.run(host=host)\n", "shop"},
		{"by no option for another server's address", needs + "]\n-- run.py --\n" + parser + option + "args = parser.parse_args()\nconnect(args.host)\n", "python run.py"},
		{"by the words of the Dockerfile", needs + "]\n-- run.py --\n" + parser + option + serve + "-- Dockerfile --\nFROM python\nCMD python run.py --host=::\n", "python run.py --host=::"},
		{"by the Procfile's words", needs + "]\n-- run.py --\n" + parser + option + serve + "-- Procfile --\nweb: python run.py\n", "python run.py --host 0.0.0.0"},

		{"by a variable", needs + "]\n-- run.py --\nimport os\n" + guard + "web.run(host=os.getenv('SHOP_HOST', '127.0.0.1'), port=int(os.getenv('PORT', '1')))\n", "env SHOP_HOST=0.0.0.0 python run.py"},
		{"by a variable that has a name", needs + "]\n-- run.py --\nfrom os import environ\nHOST: str = environ.get('HOST') or 'localhost'\n" + guard + "web.run(host=HOST)\n", "env HOST=0.0.0.0 python run.py"},
		{"by a variable of the build file", needs + "]\n[tool.moult]\nenv = {HOST = \"::\"}\n-- run.py --\nfrom os import environ\n" + guard + "web.run(host=environ.get('HOST', 'localhost'))\n", "python run.py"},
		{"by no variable whose default is another one", needs + "]\n-- run.py --\nimport os\n" + guard + "web.run(host=os.getenv('HOST', '0.0.0.0'))\n", "python run.py"},

		{"under a server, if a name has the address", needs + "\"flask\"]\n-- run.py --\n" + flask + "HOST = '127.0.0.1'\n" + guard + "app.run(host=HOST)\n", "flask --app run run --host 0.0.0.0 --port 8000"},
		{"by itself, if the name has another one, too", needs + "\"flask\"]\n-- run.py --\n" + flask + "host = '127.0.0.1'\nif LIVE:\n    host = '0.0.0.0'\n" + guard + "app.run(host=host)\n", "python run.py"},
		{"by its option and not under a server", needs + "\"flask\"]\n-- run.py --\n" + flask + parser + option + guard + "app.run(host=parser.parse_args().host)\n    app.run(host=args.host)\n", "python run.py --host 0.0.0.0"},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s:\ngot  %s (%s), %v\nwant %s", test.name, got, c.Reason, err, test.want)
		}
	}
}
