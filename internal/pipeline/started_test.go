package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestWhatTheImageStartsIsInItAndCanStart(t *testing.T) {
	const crlf = "#!/bin/sh\r\nexec python main.py\r\n"
	for _, c := range []struct {
		name, keys string
		files      map[string]string
		want       string // of the error; "" is none
	}{
		{"a script of the application", `entrypoint = ["./start.sh"]`, map[string]string{"start.sh": "#!/bin/sh\n"}, ""},
		{"by its path in the image", `entrypoint = ["/app/start.sh"]`, map[string]string{"start.sh": "#!/bin/sh\n"}, ""},
		{"a script that is not there", `entrypoint = ["/app/start.sh"]`, nil, "moult.toml:2:14: entrypoint: /app/start.sh would be start.sh of the build context"},
		{"a script of the base in the application's folder", `entrypoint = ["/app/base.sh"]`, nil, ""},
		{"for a shell", `cmd = ["sh", "run/start.sh"]`, nil, "moult.toml:2:7: cmd: /app/run/start.sh would be run/start.sh"},
		{"for Python", `cmd = ["python", "serve.py"]`, nil, "moult.toml:2:7: cmd: /app/serve.py would be serve.py"},
		{"for Python with options", `cmd = ["python", "-W", "ignore", "-u", "serve.py"]`, nil, "moult.toml:2:7: cmd: /app/serve.py would be serve.py"},
		{"a module of Python's with options", `cmd = ["python", "-um", "serve.py"]`, nil, ""},
		{"a health check", "cmd = [\"python\", \"main.py\"]\nhealthcheck = {cmd = [\"/app/up.sh\"]}", nil, "moult.toml:3:15: healthcheck: /app/up.sh"},
		{"at the root of the image", `entrypoint = ["/start.sh"]`, map[string]string{"start.sh": "#!/bin/sh\n"}, "moult.toml:2:14: entrypoint: nothing puts a file at /start.sh"},
		{"a program of a package", `cmd = ["/opt/venv/bin/gunicorn"]`, nil, ""},
		{"a program of the base", `cmd = ["/bin/sh"]`, nil, ""},
		{"what a package may have", "cmd = [\"/usr/sbin/nginx\"]\n[apt]\nrun = [\"nginx\"]", nil, ""},
		{"what a step may write", "cmd = [\"/app/made.sh\"]\n[[steps]]\nrun = [\"make\"]", nil, ""},
		{"what a step cannot write", "cmd = [\"/app/made.sh\"]\n[[steps]]\nrun = [\"make\"]\noutputs = [\"/app/static\"]", nil, "moult.toml:2:7: cmd: /app/made.sh"},
		{"what is left out", "cmd = [\"/app/a.sh\"]\napp.exclude = [\"a.sh\"]", map[string]string{"a.sh": "#!/bin/sh\n"}, "moult.toml:2:7: cmd: a.sh is not copied into the image"},
		{"Windows line ends", `entrypoint = ["./start.sh"]`, map[string]string{"start.sh": crlf}, "moult.toml:2:14: entrypoint: start.sh has the line ends of Windows"},
		{"Windows line ends for a shell", `entrypoint = ["sh", "start.sh"]`, map[string]string{"start.sh": "cd x\r\n"}, "moult.toml:2:14: entrypoint: start.sh has the line ends of Windows"},
		{"Windows line ends for Python", `cmd = ["python", "a.py"]`, map[string]string{"a.py": "#!/usr/bin/python\r\n"}, ""},
		{"Windows line ends in a file that is copied", "cmd = [\"/srv/x.sh\"]\n[[files]]\nfrom = \"x.sh\"\nto = \"/srv/\"", map[string]string{"x.sh": crlf}, "moult.toml:2:7: cmd: x.sh has the line ends of Windows"},
		{"an interpreter that the base lacks", `cmd = ["./a.sh"]`, map[string]string{"a.sh": "#!/bin/bash -e\n"}, "moult.toml:2:7: cmd: the first line of a.sh asks for /bin/bash"},
		{"an interpreter that is searched for", `cmd = ["./a.sh"]`, map[string]string{"a.sh": "#!/usr/bin/env bash\n"}, "moult.toml:2:7: cmd: the first line of a.sh asks for bash"},
		{"an interpreter of the environment", `cmd = ["./a"]`, map[string]string{"a": "#!/opt/venv/bin/python\n"}, ""},
		{"no interpreter", `cmd = ["./a.sh"]`, map[string]string{"a.sh": "exec python main.py\n"}, "moult.toml:2:7: cmd: the first line of a.sh names no interpreter"},
		{"no interpreter for a shell", `cmd = ["sh", "a.sh"]`, map[string]string{"a.sh": "exec python main.py\n"}, ""},
		{"no interpreter, and an init process", "cmd = [\"./a.sh\"]\ninit = true", map[string]string{"a.sh": "exec python main.py\n"}, ""},
		{"no interpreter, and a shell starts it", `cmd = ["sh", "-c", "exec ./a.sh"]`, map[string]string{"a.sh": "exec python main.py\n"}, ""},
		{"no interpreter, and env starts it", `cmd = ["env", "A=1", "./a.sh"]`, map[string]string{"a.sh": "exec python main.py\n"}, ""},
		{"a byte order mark, and a shell starts it", `cmd = ["sh", "-c", "./a.sh"]`, map[string]string{"a.sh": "\ufeff#!/bin/sh\n"}, ""},
		{"a name that a shell completes", `cmd = ["sh", "-c", "python $FOLDER/x.py"]`, nil, ""},
		{"a folder that a shell completes", `cmd = ["sh", "-c", "~/a.sh"]`, nil, ""},
		{"a program in the background", `cmd = ["sh", "-c", "./a& python main.py"]`, nil, ""},
		{"text with a semicolon", `cmd = ["sh", "-c", "echo 'see; ./a' && python main.py"]`, nil, ""},
		{"a program of the kernel", `cmd = ["./a"]`, map[string]string{"a": "\x7fELF\x00"}, ""},
		{"a byte order mark", `cmd = ["./a.sh"]`, map[string]string{"a.sh": "\ufeff#!/bin/sh\n"}, "moult.toml:2:7: cmd: a.sh begins with a byte order mark"},
		{"a script that a shell starts", `cmd = ["sh", "-c", "exec ./a.sh"]`, map[string]string{"a.sh": crlf}, "moult.toml:2:7: cmd: a.sh has the line ends of Windows"},
		{"a script that a shell starts and that is not there", `cmd = ["sh", "-c", "A=1 exec ./a.sh"]`, nil, "moult.toml:2:7: cmd: /app/a.sh would be a.sh"},
		{"what an earlier command may make", `cmd = ["sh", "-c", "python main.py && exec ./a.sh"]`, nil, ""},
		{"what a script asks for first", `cmd = ["sh", "-c", "[ -e a.sh ] && ./a.sh"]`, nil, ""},
		{"in a folder that a script enters", `cmd = ["sh", "-c", "cd sub && ./a.sh"]`, nil, ""},
		{"a shell with options that is searched for", `cmd = ["./a.sh"]`, map[string]string{"a.sh": "#!/usr/bin/env -S bash -e\n"}, "moult.toml:2:7: cmd: the first line of a.sh asks for bash"},
		{"an environment elsewhere", `cmd = ["/venv/bin/gunicorn", "x:app"]`, nil, "moult.toml:2:7: cmd: nothing puts a file at /venv/bin/gunicorn, and the image python:3.13-slim has none; the environment is /opt/venv and its programs come first in the search path: write gunicorn; or make a link by run = [\"ln\", \"-s\", \"/opt/venv\", \"/venv\"] in [[tool.moult.steps]]"},
		{"an environment in the application's folder", `cmd = ["/app/.venv/bin/python", "main.py"]`, nil, "moult.toml:2:7: cmd: nothing puts a file at /app/.venv/bin/python; the environment is /opt/venv and its programs come first in the search path: write python;"},
		{"a Python that the image lacks", `cmd = ["/usr/bin/python3", "main.py"]`, nil, "moult.toml:2:7: cmd: nothing puts a file at /usr/bin/python3"},
		{"an environment elsewhere in a script's first line", `cmd = ["./a"]`, map[string]string{"a": "#!/venv/bin/python\n"}, "moult.toml:2:7: cmd: the first line of a asks for /venv/bin/python, which the image python:3.13-slim does not have; the environment is /opt/venv"},
		{"an environment elsewhere that a step links", "cmd = [\"/venv/bin/python\", \"main.py\"]\n[[steps]]\nrun = [\"ln\", \"-s\", \"/opt/venv\", \"/venv\"]\ninputs = []", nil, ""},
		{"Python by the search path", `cmd = ["./a"]`, map[string]string{"a": "#!/usr/bin/env python\n"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n" + c.keys + "\n")}, "main.py": {Data: []byte("print()\n")}}
			for name, text := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{Programs: []string{"/usr/bin/sh", "/app/base.sh"}})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Only the packages' files tell whether one of them has such a program.
func TestProgramsThatOnlyAPackageMayHave(t *testing.T) {
	const lib, nginx = "\n[apt]\nrun = [\"libpq5\"]", "\n[apt]\nrun = [\"nginx\"]"
	for keys, want := range map[string]string{
		`cmd = ["gunicorn", "app:app"]`:                                "cmd gunicorn",
		`cmd = ["gunicorn", "app:app"]` + lib:                          "cmd gunicorn",
		`cmd = ["gunicorn", "app:app"]` + nginx:                        "",
		`cmd = ["sleep", "9"]`:                                         "",
		`cmd = ["python", "main.py"]`:                                  "",
		`cmd = ["sh", "-c", "echo x; A=1 exec gunicorn app:app"]`:      "cmd gunicorn",
		`cmd = ["sh", "-c", "uv run gunicorn app:app"]`:                "cmd uv",
		`cmd = ["sh", "-c", "cd /srv && gunicorn app:app"]`:            "",
		`cmd = ["sh", "-c", "$SERVER app:app"]`:                        "",
		`cmd = ["./up.rb"]`:                                            "cmd ruby",
		`cmd = ["./set.rb"]`:                                           "cmd ruby",
		`cmd = ["./path.rb"]`:                                          "",
		`cmd = ["sh", "-c", "echo 'Up; wait'; exec gunicorn app:app"]`: "cmd gunicorn",
		`cmd = ["sh", "-c", "exec -a x python main.py"]`:               "",
		"cmd = [\"up\"]\nentrypoint = [\"go\"]":                        "entrypoint go",
		"cmd = [\"python\"]\nhealthcheck = {cmd = [\"curl\", \"x\"]}":  "healthcheck curl",
		"cmd = [\"up\"]\n[[steps]]\nrun = [\"make\"]":                  "",
		"cmd = [\"up\"]\n[[files]]\nfrom = \"up\"\nto = \"/usr/bin/\"": "",
	} {
		files := fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n" + keys + "\n")}, "main.py": {Data: []byte("print()\n")}, "up": {Data: []byte("#!/bin/sh\n")}, "up.rb": {Data: []byte("#!/usr/bin/env -S ruby -w\n")},
			"set.rb": {Data: []byte("#!/usr/bin/env -S A=1 ruby\n")}, "path.rb": {Data: []byte("#!/usr/bin/env /opt/ruby/bin/ruby\n")}}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{Programs: []string{"/usr/bin/sh", "/usr/bin/sleep"}})
		if err != nil {
			t.Fatalf("%s: %v", keys, err)
		}
		var got []string
		for _, a := range d.Absent {
			got = append(got, a.Key+" "+a.Name)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", keys, got, want)
		}
	}
}

func TestAFileThatTheImageStartsIsMadeExecutable(t *testing.T) {
	for _, c := range []struct {
		keys string
		want uint32
	}{
		{"entrypoint = [\"/srv/x.sh\"]\n[[files]]\nfrom = \"x.sh\"\nto = \"/srv/\"", 0o755},
		{"entrypoint = [\"/srv/x.sh\"]\n[[files]]\nfrom = \"x.sh\"\nto = \"/srv/x.sh\"", 0o755},
		{"entrypoint = [\"/srv/x.sh\"]\n[[files]]\nfrom = \"x.sh\"\nto = \"/srv/x.sh\"\nmode = \"0750\"", 0o750},
		{"entrypoint = [\"sh\", \"/srv/x.sh\"]\n[[files]]\nfrom = \"x.sh\"\nto = \"/srv/x.sh\"", 0},
		{"cmd = [\"python\"]\n[[files]]\nfrom = \"x.sh\"\nto = \"/srv/x.sh\"", 0},
	} {
		_, d, err := worldtest.Decide(t.Context(), anything("python = \"3.13\"\n"+c.keys+"\n"), "moult.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Plan.Files[0].Mode; got != c.want {
			t.Errorf("%s: mode %o, want %o", c.keys, got, c.want)
		}
	}
}

func TestAScriptThatNamesAnotherEnvironmentIsToldAtItsLine(t *testing.T) {
	for _, c := range []struct {
		name, keys, script string
		want               string
	}{
		{"a program", `cmd = ["./a.sh"]`, "#!/bin/sh\nset -e\nexec /venv/bin/gunicorn x:app\n", "a.sh:3:6 /venv/bin/gunicorn"},
		{"activate, by a shell", `entrypoint = ["sh", "a.sh"]`, "source .venv/bin/activate\n", "a.sh:1:8 /app/.venv/bin/activate"},
		{"each line", `cmd = ["./a.sh"]`, "#!/usr/bin/env sh\n. /app/.venv/bin/activate\nX=/app/venv/bin/python3\n", "a.sh:2:3 /app/.venv/bin/activate, a.sh:3:3 /app/venv/bin/python3"},
		{"that of the image", `cmd = ["./a.sh"]`, "#!/bin/sh\n. /opt/venv/bin/activate\n", ""},
		{"one that is copied", "cmd = [\"./a.sh\"]\n[[files]]\nfrom = \"a.sh\"\nto = \"/srv/venv/bin/tool\"", "#!/bin/sh\n/srv/venv/bin/tool\n", ""},
		{"a comment", `cmd = ["./a.sh"]`, "#!/bin/sh\n# /venv/bin/python\n", ""},
		{"what the script asks for", `cmd = ["./a.sh"]`, "#!/bin/sh\nif [ -d /venv ]; then\n. /venv/bin/activate\nfi\n", ""},
		{"one that the script makes", `cmd = ["./a.sh"]`, "#!/bin/sh\npython -m venv /tmp/venv\n. /tmp/venv/bin/activate\n", ""},
		{"in a folder that it enters", `cmd = ["./a.sh"]`, "#!/bin/sh\ncd sub\n. .venv/bin/activate\n", ""},
		{"what the script prints", `cmd = ["./a.sh"]`, "#!/bin/sh\nif true; then echo \"first; run . /venv/bin/activate\"; fi\nprintf 'see %s' /venv/bin/python\n", ""},
		{"what the script runs behind what it prints", `cmd = ["./a.sh"]`, "#!/bin/sh\necho 'go' && /venv/bin/python\necho \"$(/venv/bin/pip list)\"\n", "a.sh:2:14 /venv/bin/python, a.sh:3:9 /venv/bin/pip"},
		{"what the script runs behind a quote that is text", `cmd = ["./a.sh"]`, "#!/bin/sh\necho it\\'s up; /venv/bin/python\n", "a.sh:2:16 /venv/bin/python"},
		{"nothing of a line of many paths that are printed", `cmd = ["./a.sh"]`, "#!/bin/sh\nif ! echo " + strings.Repeat("/venv/bin/x ", 5000) + "; then :; fi\n", ""},
		{"of a variable", `cmd = ["./a.sh"]`, "#!/bin/sh\n. $HOME/venv/bin/activate\n", ""},
		{"a link", "cmd = [\"./a.sh\"]\n[[steps]]\nrun = [\"ln\", \"-s\", \"/opt/venv\", \"/venv\"]\ninputs = []", "#!/bin/sh\n. /venv/bin/activate\n", ""},
		{"a script of Python", `cmd = ["python", "a.sh"]`, "x = '/venv/bin/python'\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n" + c.keys + "\n")}, "a.sh": {Data: []byte(c.script)}}
			_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{Programs: []string{"/usr/bin/sh"}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range d.OtherEnvironments {
				got = append(got, o.Pos.String()+" "+o.Path)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
