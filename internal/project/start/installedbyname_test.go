package start

import (
	"maps"
	"strings"
	"testing"
)

func TestTheServerThatTheDockerfileInstallsByNameIsInstalled(t *testing.T) {
	const (
		bare  = "-- moult.toml --\n-- requirements.txt --\nredis\n-- app/main.py --\n" + fastapi
		site  = "-- moult.toml --\n-- requirements.txt --\ndjango\n" + manage + "-- site/wsgi.py --\n" + django
		serve = "CMD [\"uvicorn\", \"app.main:app\"]\n"
		both  = "-- Dockerfile --\nFROM python\nRUN apt-get update && pip3 install --no-cache-dir -i https://index.example/simple -U pip fastapi \\\n  \"uvicorn[standard]>=0.30\"\n"
	)
	for _, test := range []struct{ name, files, want, packages string }{
		{"with the framework", bare + both + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn[standard]>=0.30"},
		{"whatever it starts", bare + both + "CMD [\"sleep\", \"1\"]\n", "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn[standard]>=0.30"},
		{"without those of an index of its own", bare + strings.Replace(both, "-U pip", "-U pip shop-rows", 1) + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn[standard]>=0.30"},
		{"without what is no argument of pip", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi uvicorn 2>&1 | tee log.txt & wait || exit\n" + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn"},
		{"without the place of its output", bare + "-- Dockerfile --\nFROM python\nRUN pip --no-cache-dir install fastapi uvicorn > log.txt 2>&1\n" + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn"},
		{"with spaces in quotes", bare + "-- Dockerfile --\nFROM python\nRUN pip install 'fastapi >= 0.100' \"uvicorn >= 0.30, < 1\"\n" + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi>=0.100 uvicorn>=0.30,<1"},
		{"without a comment", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi uvicorn # the server\n" + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn"},
		{"without files, and without what is no requirement", bare + "-- Dockerfile --\nFROM python\nRUN pip install rows-1.0-py3-none-any.whl rows.tar.gz fastapi uvicorn six=1\n" + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn"},
		{"in place of Django's own", site + "-- Dockerfile --\nFROM python\nRUN python -m pip install -r requirements.txt gunicorn\nCMD gunicorn site.wsgi:application\n", "gunicorn --bind 0.0.0.0:8000 site.wsgi:application", "gunicorn"},
		{"for a program that imports it", "-- moult.toml --\n-- requirements.txt --\nsix\n-- main.py --\nimport psycopg2\n" + guard + "print(1)\n-- Dockerfile --\nFROM python\nRUN pip install psycopg2-binary rich\nCMD python main.py\n", "python main.py", "psycopg2-binary rich"},
		{"not for a program that does not import it", "-- moult.toml --\n-- requirements.txt --\nsix\n-- main.py --\n" + guard + "print(1)\n-- Dockerfile --\nFROM python\nRUN pip install rich\nCMD python main.py\n", "python main.py", ""},
		{"not one that it does not start, where there is another", site + "-- Dockerfile --\nFROM python\nRUN pip install gunicorn\nCMD python manage.py runserver\n", "python manage.py runserver --noreload 0.0.0.0:8000", ""},
		{"not beside a lock", bare + both + serve + "-- uv.lock --\n", "", ""},
		{"beside a lock that holds them", bare + both + serve + "-- pylock.toml --\n[[packages]]\nname = \"fastapi\"\n[[packages]]\nname = \"uvicorn\"\n", "uvicorn app.main:app --host 0.0.0.0 --port 8000", "fastapi uvicorn[standard]>=0.30"},
		{"not beside a lock that lacks one of them", bare + both + serve + "-- pylock.toml --\n[[packages]]\nname = \"uvicorn\"\n", "", ""},
		{"not beside requirements with hashes", strings.Replace(bare, "redis\n", "redis==1 --hash=sha256:"+strings.Repeat("a", 64)+"\n", 1) + both + serve, "", ""},
		{"not beside an extra that has the server", needs + "]\n[project.optional-dependencies]\nweb = [\"fastapi\", \"uvicorn\"]\n-- app/main.py --\n" + fastapi + both + serve, "uvicorn app.main:app --host 0.0.0.0 --port 8000", ""},
		{"not a variable", bare + "-- Dockerfile --\nFROM python\nRUN pip install $ALL\n" + serve, "", ""},
	} {
		c, err := find(t, test.files)
		var all []string
		for _, p := range c.Packages {
			all = append(all, p.V)
		}
		if got := strings.Join(c.Cmd, " "); (err == nil) != (test.want != "") || got != test.want || strings.Join(all, " ") != test.packages {
			t.Errorf("%s:\ngot  %s with %v (%s), %v\nwant %s with %s", test.name, got, all, c.Reason, err, test.want, test.packages)
		}
	}
}

func TestAPackageOfTheDockerfileHasThePlaceOfItsName(t *testing.T) {
	c, err := find(t, "-- moult.toml --\n-- requirements.txt --\nredis\n-- app/main.py --\n"+fastapi+
		"-- Dockerfile --\n# fastapi and uvicorn==0.30\nFROM python\nARG SERVER=0.30\nRUN mkdir fastapi\nRUN pip install fastapi \\\n  # fast\n  uvicorn==$SERVER\nCMD uvicorn app.main:app\n")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, p := range c.Packages {
		got[p.V] = p.Pos.Line
	}
	if want := map[string]int{"fastapi": 5, "uvicorn==0.30": 7}; !maps.Equal(got, want) {
		t.Errorf("the lines are %v, want %v", got, want)
	}
}
