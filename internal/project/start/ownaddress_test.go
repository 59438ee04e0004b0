package start

import (
	"strings"
	"testing"
)

func TestAServerThatAsksAVariableForItsAddressIsReached(t *testing.T) {
	const (
		dash  = "import dash\napp = dash.Dash(__name__)\n"
		tools = "from fastmcp import FastMCP\ntools = FastMCP('shop')\n"

		official = "from mcp.server.fastmcp import FastMCP\ntools = FastMCP('shop')\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"of Dash", needs + "\"dash\"]\n-- app.py --\n" + dash + "app.layout = 1\n" + guard + "app.run(debug=True)\n", "env HOST=0.0.0.0 python app.py"},
		{"of Dash, with a server for its application", needs + "\"dash\", \"gunicorn\"]\n-- app.py --\n" + dash + "server = app.server\n" + guard + "app.run()\n", "gunicorn --bind 0.0.0.0:8000 app:server"},
		{"of Dash, with an address", needs + "\"dash\"]\n-- app.py --\n" + dash + guard + "app.run(host='0.0.0.0')\n", "python app.py"},
		{"of Dash, by the file that shows the application", needs + "\"dash\", \"gunicorn\"]\n-- app.py --\n" + dash + "server = app.server\n-- index.py --\nfrom app import app\napp.layout = 1\n" + guard + "app.run_server(debug=True)\n", "env HOST=0.0.0.0 python index.py"},
		{"of FastMCP", needs + "\"fastmcp\"]\n-- server.py --\n" + tools + "def main():\n    tools.run(transport='http', port=9000)\n" + guard + "main()\n", "env FASTMCP_HOST=0.0.0.0 python server.py"},
		{"of FastMCP, by its script", needs + "\"fastmcp\"]\n[project.scripts]\nshop = \"shop.server:main\"\n[build-system]\nrequires = []\n-- shop/server.py --\n" + tools + "def main():\n    tools.run(transport='sse')\n", "env FASTMCP_HOST=0.0.0.0 shop"},
		{"of FastMCP, with an address", needs + "\"fastmcp\"]\n-- server.py --\n" + tools + guard + "tools.run(transport='http', host='0.0.0.0')\n", "python server.py"},
		{"of NoneBot", needs + "\"nonebot2\"]\n-- bot.py --\nimport nonebot\nnonebot.init()\n" + guard + "nonebot.run()\n", "env HOST=0.0.0.0 python bot.py"},
		{"of the library mcp, by uvicorn", needs + "\"mcp\"]\n-- server.py --\n" + official + guard + "tools.run(transport='streamable-http')\n", "uvicorn --factory server:tools.streamable_http_app --host 0.0.0.0 --port 8000"},
		{"of the library mcp, by its script", needs + "\"mcp\"]\n[project.scripts]\nshop = \"shop.server:main\"\n[build-system]\nrequires = []\n-- shop/server.py --\n" + official + "def main():\n    \"\"\"Serves.\"\"\"\n    tools.run(transport=\"sse\")\n" + guard + "main()\n", "uvicorn --factory shop.server:tools.sse_app --host 0.0.0.0 --port 8000"},
		{"not where the library mcp reads its input", needs + "\"mcp\"]\n-- server.py --\n" + official + guard + "tools.run()\n", "python server.py"},
		{"not where the server of mcp has an address", needs + "\"mcp\"]\n-- server.py --\n" + strings.Replace(official, "'shop'", "'shop', host='0.0.0.0'", 1) + guard + "tools.run(transport='sse')\n", "python server.py"},
		{"not where the program of mcp does more", needs + "\"mcp\"]\n-- server.py --\n" + official + guard + "load()\n    tools.run(transport='sse')\n", "python server.py"},
		{"not where FastMCP reads its input", needs + "\"fastmcp\"]\n-- server.py --\n" + tools + guard + "tools.run()\n", "python server.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
