package start

import (
	"strings"
	"testing"
)

func TestAScriptsVariablesHaveTheirValues(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"APP=shop.web\nuvicorn $APP:app --port ${PORT:-80}", "uvicorn shop.web:app --port 80"},
		{"export APP=${APP:-\"shop\"} # the module\nuvicorn \"${APP}:app\"", "uvicorn shop:app\""},
		{"MODULE=${MODULE:-shop.web}\nexport APP=${APP:-\"$MODULE:app\"}\nexec uvicorn \"$APP\"", "exec uvicorn shop.web:app"},
		{"args=(\n  shop.web:app\n  --port 80\n)\nuvicorn \"${args[@]}\"", "uvicorn  shop.web:app --port 80 "},
		{"readonly args=(a b)\nrun ${args[*]} $1 $OTHER", "run a b $1 $OTHER"},
		{"A=1 uvicorn $A:app", "A=1 uvicorn $A:app"},
		{"A=$(date)\nrun $A", "run $A"},
		{"A='b c'\nB=$IMAGE\nrun $A ${B}", "run b c of"},
		{"A=" + strings.Repeat("x", 400) + "\nA=$A$A\nA=$A$A\nrun ${A}", "run " + strings.Repeat("x", 400)},
		{"A=(", "A=("},
		{"A=\"b", "A=\"b"},
	} {
		lines := strings.Split(expanded(test.text, map[string]string{"IMAGE": "of"}), "\n")
		if got := lines[len(lines)-1]; got != test.want || len(lines) != strings.Count(test.text, "\n")+1 {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestTheVariablesOfADockerfile(t *testing.T) {
	got := imageVariables("FROM python\nARG FOLDER=/srv\nENV A=b C=\"d e\" \\\n  F=${FOLDER}/x\nENV OLD the old form\nENV NONE=$OTHER\nENV\n")
	for name, want := range map[string]string{"FOLDER": "/srv", "A": "b", "C": "d e", "F": "/srv/x", "OLD": "the old form", "NONE": ""} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestTheProgramOfAContainersScriptIsFound(t *testing.T) {
	const (
		web  = needs + "\"fastapi\", \"uvicorn\"]\n-- other.py --\n" + guard + "print(1)\n-- shop/api.py --\n" + fastapi + "-- shop/admin.py --\n" + fastapi
		want = "uvicorn shop.api:app --host 0.0.0.0 --port 8000"
	)
	for _, test := range []struct{ name, files, want string }{
		{"by its variables", web + "-- start.sh --\nMODULE=shop.api\nexec uvicorn \"$MODULE:app\"\n-- Dockerfile --\nFROM python\nCMD ./start.sh\n", want},
		{"by the image's variables", web + "-- Dockerfile --\nFROM python\nENV APP=shop.api:app\nCMD uvicorn $APP\n", want},
		{"in a start script without a Dockerfile", web + "-- start.sh --\nargs=(\n shop.api:app\n)\nuvicorn \"${args[@]}\"\n", want},
		{"in a Dockerfile of a service", web + "-- docker/backend.Dockerfile --\nFROM python\nCMD uvicorn shop.api:app\n", want},
		{"in a Containerfile", web + "-- Containerfile --\nFROM python\nCMD uvicorn shop.api:app\n", want},
		{"in one of several files with settings", needs + "\"flask\"]\n-- shop.py --\n" + flask + "-- update.py --\n" + guard + "print(1)\n-- conf/dev.ini --\nwsgi-file = shop.py\ncallable = app\n-- run-all --\nif [ $1 = dev ]; then\n  python store.py &\n  uwsgi --ini ./conf/dev.ini\nelse\n  python update.py\nfi\n-- Dockerfile --\nFROM python\nCMD sh ./run-all dev\n", "flask --app shop run --host 0.0.0.0 --port 8000"},
		{"by Flask's variable of the image", needs + "\"flask\"]\n-- shop/__init__.py --\n" + flask + "-- other/__init__.py --\n" + flask + "-- Dockerfile --\nFROM python\nENV FLASK_APP=shop\nCMD flask run --host=0.0.0.0\n", "flask --app shop run --host 0.0.0.0 --port 8000"},
		{"by Flask's variable of a script", needs + "\"flask\"]\n-- shop/__init__.py --\n" + flask + "-- other/__init__.py --\n" + flask + "-- run.sh --\nexport FLASK_APP=\"other:create()\"\nflask run\n", "flask --app other run --host 0.0.0.0 --port 8000"},
		{"by Flask, which calls a function of the file", needs + "\"flask\"]\n-- shop/local.py --\nfrom shop.made import build\ndef create_app():\n    return build()\n" + guard + "run_gunicorn(create_app(), host=\"127.0.0.1\")\n-- shop/made.py --\n-- README.md --\n    export FLASK_APP=shop.local\n    flask run\n", "flask --app shop.local run --host 0.0.0.0 --port 8000"},
		{"by Flask's file", needs + "\"flask\"]\n-- shop/__init__.py --\n" + flask + "-- other/__init__.py --\n" + flask + "-- .flaskenv --\n# FLASK_APP=shop\nFLASK_APP=other/__init__.py\n", "flask --app other run --host 0.0.0.0 --port 8000"},
		{"by Flask's variable in the README", needs + "\"flask\"]\n-- shop/__init__.py --\n" + flask + "-- other/__init__.py --\n" + flask + "-- README.md --\n    export FLASK_APP=other\n    export FLASK_ENV=development\n    flask run\n", "flask --app other run --host 0.0.0.0 --port 8000"},
		{"of an application that its file imports, without its server", needs + "\"flask\"]\n-- shop/made.py --\n" + flask + "-- site.py --\nfrom shop.made import app\napp.register_blueprint(web)\n-- update.py --\n" + guard + "print(1)\n-- Dockerfile --\nFROM python\nCMD uwsgi --module site:app\n", "flask --app site run --host 0.0.0.0 --port 8000"},
		{"in a module that is deep below src", needs + "\"fastapi\", \"uvicorn\"]\n-- src/shop/web/api/__init__.py --\n" + fastapi + "-- src/shop/__main__.py --\n" + guard + "print(1)\n-- Dockerfile --\nFROM python\nCMD uvicorn shop.web.api:app\n", "uvicorn --app-dir src shop.web.api:app --host 0.0.0.0 --port 8000"},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s:\ngot  %s (%s), %v\nwant %s", test.name, got, c.Reason, err, test.want)
		}
	}
}
