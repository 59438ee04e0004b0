package start

import (
	"strings"
	"testing"
)

func TestTheFileWithTheRoutesOfAnImportedApplicationIsServed(t *testing.T) {
	const (
		api  = needs + "\"fastapi\", \"uvicorn\"]\n"
		web  = needs + "\"flask\"]\n"
		core = "-- shop/__init__.py --\n-- shop/core.py --\n" + fastapi + "-- shop/users.py --\nrouter = 1\n"
	)
	for _, test := range []struct{ name, files, want, reason string }{
		{"that includes a router", api + core + "-- shop/boot.py --\nfrom shop.core import app\nfrom shop.users import router\napp.include_router(router)\n-- shop/main.py --\n", "uvicorn shop.boot:app", "shop/boot.py imports the FastAPI application app"},
		{"that includes a router, with the usual name", api + core + "-- shop/main.py --\nfrom shop.core import app\nfrom shop.users import router\napp.include_router(router)\n", "uvicorn shop.main:app", "shop/main.py imports the FastAPI application app"},
		{"that only imports it and the routes", api + core + "-- shop/main.py --\nfrom shop.core import app\nimport shop.users\n__all__ = ['app']\n", "uvicorn shop.main:app", "shop/main.py imports the FastAPI application app"},
		{"by a relative import", api + core + "-- shop/main.py --\nfrom .core import app\nfrom . import users\n", "uvicorn shop.main:app", "shop/main.py imports"},
		{"of its package", web + "-- shop/__init__.py --\n" + flask + "-- shop/wsgi.py --\nfrom . import app\nfrom . import users\n-- shop/users.py --\n", "flask --app shop.wsgi run", "shop/wsgi.py imports the Flask application app"},
		{"under another name", web + "-- shop/core.py --\nfrom flask import Flask\nflask_app = Flask(__name__)\n-- wsgi.py --\nfrom shop.core import flask_app as application\n", "flask --app wsgi run", "wsgi.py imports the Flask application application"},
		{"not if another file imports it", api + core + "-- shop/main.py --\nfrom shop.core import app\n-- shop/other.py --\nimport shop.main\n", "uvicorn shop.core:app", "shop/core.py makes"},
		{"not if it is a program", api + core + "-- shop/main.py --\nfrom shop.core import app\n" + guard + "print(app)\n", "uvicorn shop.core:app", "shop/core.py makes"},
		{"not if it imports a module of this name", api + core + "-- shop/app.py --\n-- main.py --\nfrom shop import app\n", "uvicorn shop.core:app", "shop/core.py makes"},
		{"that the Dockerfile names", api + core + "-- shop/other.py --\nfrom shop.core import app\n-- Dockerfile --\nFROM python\nCMD uvicorn shop.other:app\n", "uvicorn shop.other:app", "shop/other.py imports the application app"},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || !strings.HasPrefix(got, test.want+" ") || !strings.HasPrefix(c.Reason, test.reason) {
			t.Errorf("%s: %s (%s), %v", test.name, got, c.Reason, err)
		}
	}
}

func TestAScriptIsFoundThroughRelativeImports(t *testing.T) {
	const script = needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n"
	docker := "-- Dockerfile --\nFROM python\nCMD python -m shop serve\n"
	for name, test := range map[string]struct{ files, want string }{
		"of a name in the module":  {"-- shop/__main__.py --\nfrom .cli import main\nmain()\n-- shop/cli.py --\ndef main(): pass\n", "shop serve"},
		"of the module":            {"-- shop/__main__.py --\nfrom . import cli\ncli.main()\n-- shop/cli.py --\ndef main(): pass\n", "shop serve"},
		"in src":                   {"-- src/shop/__main__.py --\nfrom .cli import main\nmain()\n-- src/shop/cli.py --\ndef main(): pass\n", "shop serve"},
		"from a folder below":      {"-- shop/__main__.py --\nfrom .run import main\nmain()\n-- shop/run/__init__.py --\nfrom ..cli import main\n-- shop/cli.py --\ndef main(): pass\n", "python -m shop serve"},
		"of another module":        {"-- shop/__main__.py --\nfrom .other import main\nmain()\n-- shop/cli.py --\ndef main(): pass\n-- shop/other.py --\n", "python -m shop serve"},
		"of a module of this name": {"-- shop/__main__.py --\nfrom .sub.cli import main\nmain()\n-- shop/cli.py --\ndef main(): pass\n-- shop/sub/cli.py --\n", "python -m shop serve"},
	} {
		c, err := find(t, script+"-- shop/__init__.py --\n"+test.files+docker)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s: %s (%s), %v", name, got, c.Reason, err)
		}
	}
}
