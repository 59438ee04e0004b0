package start

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestAVariableWithASecretIsNoneOfTheProgram(t *testing.T) {
	for name, want := range map[string]bool{
		"SHOP_MODE": true, "DJANGO_SETTINGS_MODULE": true, "LOG_LEVEL": true, "WORKERS": true,
		"DB_PASS": false, "MYSQL_PWD": false, "SENTRY_DSN": false, "JWT_SALT": false, "CHAT_WEBHOOK": false, "API_KEY": false, "STORE_CREDS": false, "QUEUE_CONNECTION_STRING": false,
	} {
		if got := isOfProgram(project.CommandVariable{Name: name, Value: "x"}); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestTheProgramGetsTheVariablesOfTheDockerfileThatItReads(t *testing.T) {
	const (
		program = guard + "print(1)\n"
		shop    = needs + "\"django\", \"gunicorn\"]\n" + manage + "-- site/wsgi.py --\n" + django
		reads   = needs + "]\n-- main.py --\nimport os\nMODE = os.getenv(\"SHOP_MODE\")\nROWS = os.getenv('SHOP_ROWS', \"1\")\nKEY = os.environ[\"SHOP_KEY\"]\n" + program
	)
	for _, test := range []struct{ name, files, want string }{
		{"the settings of Django", shop + "-- Dockerfile --\nFROM python\nENV DJANGO_SETTINGS_MODULE=site.production \\\n  PYTHONUNBUFFERED=1\nCMD gunicorn site.wsgi\n", "DJANGO_SETTINGS_MODULE=site.production"},
		{"the settings that its command gives to manage.py", shop + "-- site/docker.py --\n-- Dockerfile --\nFROM python\nENV DJANGO_SETTINGS_MODULE=site.local\nCMD python manage.py migrate --settings=site.docker && python manage.py runserver --settings=site.docker 0.0.0.0:8000\n", "DJANGO_SETTINGS_MODULE=site.docker"},
		{"the same as a list", shop + "-- site/docker.py --\n-- Dockerfile --\nFROM python\nCMD [\"python\", \"manage.py\", \"runserver\", \"--settings\", \"site.docker\"]\n", "DJANGO_SETTINGS_MODULE=site.docker"},
		{"the settings that its command gives to a server", shop + "-- site/docker/__init__.py --\n-- Dockerfile --\nFROM python\nCMD DJANGO_SETTINGS_MODULE=site.docker gunicorn site.wsgi\n", "DJANGO_SETTINGS_MODULE=site.docker"},
		{"those that its start script exports", shop + "-- site/docker.py --\n-- start.sh --\nexport DJANGO_SETTINGS_MODULE=\"site.docker\"\nexec gunicorn site.wsgi\n-- Dockerfile --\nFROM python\nCOPY start.sh /\nCMD [\"/start.sh\"]\n", "DJANGO_SETTINGS_MODULE=site.docker"},
		{"those of a Dockerfile that only the Compose file names", shop + "-- site/docker.py --\n-- compose.yaml --\nservices:\n  app:\n    build:\n      context: .\n      dockerfile: images/app/Dockerfile\n-- images/app/Dockerfile --\nFROM python\nENV DJANGO_SETTINGS_MODULE=site.docker\nCMD python manage.py runserver\n", "DJANGO_SETTINGS_MODULE=site.docker"},
		{"not settings that the project does not have", shop + "-- Dockerfile --\nFROM python\nCMD python manage.py runserver --settings=site.docker\n", ""},
		{"in the old form", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE all\n", "SHOP_MODE=all"},
		{"with a value of a build argument", reads + "-- Dockerfile --\nFROM python\nARG MODE=all\nENV SHOP_MODE=\"$MODE\"\n", "SHOP_MODE=all"},
		{"of the stage that the last one extends", reads + "-- Dockerfile --\nFROM python AS base\nENV SHOP_MODE=all\nFROM base\nENV SHOP_ROWS=2\n", "SHOP_MODE=all SHOP_ROWS=2"},
		{"with a path of the project's folder", reads + "-- Dockerfile --\nFROM python\nWORKDIR /srv/shop\nENV SHOP_ROWS=/srv/shop/data/rows\n-- data/rows --\n", "SHOP_ROWS=/app/data/rows"},
		{"of settings that pydantic reads", needs + "]\n-- main.py --\nclass Settings(BaseSettings):\n    shop_mode: str\n" + program + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=all SHOP_ROWS=2\n", "SHOP_MODE=all"},
		{"of a Dockerfile in a folder that starts it", reads + "-- docker/Dockerfile --\nFROM python\nENV SHOP_MODE=all\nCMD [\"python\", \"main.py\"]\n", "SHOP_MODE=all"},

		{"not of a Dockerfile in a folder that starts nothing of it", reads + "-- docker/Dockerfile --\nFROM python\nENV SHOP_MODE=all\nCMD [\"sleep\", \"1\"]\n", ""},
		{"not of a stage behind it that tests it", reads + "-- Dockerfile --\nFROM python AS prod\nENV SHOP_MODE=all\nCMD python main.py\nFROM prod\nENV SHOP_MODE=test SHOP_ROWS=3\nCMD [\"pytest\"]\n", "SHOP_MODE=all"},
		{"not of another stage", reads + "-- Dockerfile --\nFROM python AS build\nENV SHOP_MODE=all\nFROM python\n", ""},
		{"not one that no source names", reads + "-- Dockerfile --\nFROM python\nENV SHOP_SIZE=2\n", ""},
		{"not one that only the build has", reads + "-- Dockerfile --\nFROM python\nARG SHOP_MODE=all\n", ""},
		{"of the stage that runs, where the last one tests", reads + "-- Dockerfile --\nFROM python AS shop\nENV SHOP_MODE=all\nCMD python main.py\nFROM shop\nENV SHOP_MODE=none SHOP_ROWS=2\nCMD pytest\n", "SHOP_MODE=all"},
		{"of several words in the old form", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE all of  it\n", "SHOP_MODE=all of  it"},
		{"with Windows' line ends", reads + "-- Dockerfile --\nFROM python\r\nENV SHOP_MODE=all \\\r\n  SHOP_ROWS='2 3'\r\n", "SHOP_MODE=all SHOP_ROWS=2 3"},
		{"not a path within a text", reads + "-- Dockerfile --\nFROM python\nWORKDIR /srv/shop\nENV SHOP_MODE=--rows=/srv/shop/rows SHOP_ROWS=file:///rows\n", ""},
		{"an address with the name of the project's folder", reads + "-- Dockerfile --\nFROM python\nWORKDIR /shop\nENV SHOP_MODE=https://example/shop/rows\n", "SHOP_MODE=https://example/shop/rows"},
		{"not one with an escape", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=a\\ b\n", ""},
		{"not one with quotes in it", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=a\"b c\"d SHOP_ROWS=\"2\"3\n", ""},
		{"not an address with a password", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=postgres://shop:abc@db/shop\n", ""},
		{"not a text with a password", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=\"host=db password=abc\"\n", ""},
		{"not a secret", reads + "-- Dockerfile --\nFROM python\nENV SHOP_KEY=abc\n", ""},
		{"not a path in the project's folder that the project does not have", reads + "-- Dockerfile --\nFROM python\nWORKDIR /srv\nENV SHOP_ROWS=/srv/data/rows\n", ""},
		{"not a path outside of the project's folder", reads + "-- Dockerfile --\nFROM python\nWORKDIR /srv\nENV SHOP_ROWS=/data/rows\n", ""},
		{"not one with a variable that nobody sets", reads + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=$MODE\n", ""},
		{"not one that the build file sets", reads[:len(needs)] + "]\n[tool.moult]\nenv.SHOP_MODE = \"none\"\n" + reads[len(needs)+2:] + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=all\n", ""},
		{"not for a command of the build file", reads[:len(needs)] + "]\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n" + reads[len(needs)+2:] + "-- Dockerfile --\nFROM python\nENV SHOP_MODE=all\n", ""},
	} {
		c, err := find(t, test.files)
		var all []string
		for _, v := range c.Env {
			all = append(all, fmt.Sprintf("%s=%s", v.Name, v.Value))
		}
		if got := strings.Join(all, " "); err != nil || c.Cmd == nil || got != test.want || (got != "") != strings.Contains(c.Reason, "Dockerfile") {
			t.Errorf("%s: got %s (%v, %s), %v, want %s", test.name, got, c.Cmd, c.Reason, err, test.want)
		}
	}
}
