package project

import (
	"errors"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

// everything asks all that is asked of a project, and gives the first error.
func everything(p *Project) error {
	if _, err := ChoosePython(p); err != nil {
		return err
	}
	if _, err := Requirements(p, Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups}); err != nil {
		return err
	}
	_, err := ImageCommand(p, func(name string) bool { ok, err := p.files.has(name); return ok && err == nil })
	return err
}

func TestBadInputIsOneClearErrorWithItsLine(t *testing.T) {
	tests := []struct{ name, files, want string }{
		{"invalid TOML", "[project]\nname = \"a\nversion = \"1\"",
			`pyproject.toml:2:10: invalid TOML: basic strings cannot have new lines`},
		{"a key twice", "[tool.moult]\ncmd = []\ncmd = []",
			`pyproject.toml:3:1: tool.moult.cmd is already defined at line 2, a key may be written once`},
		{"an unknown key", "[tool.moult]\nenviroment = {A = \"1\"}",
			`pyproject.toml:2:1: unknown key "enviroment" in [tool.moult]; did you mean "env"?`},
		{"a Dockerfile's or Compose's word", "[tool.moult]\nports = [8000]\ncommand = [\"x\"]",
			"pyproject.toml:2:1: unknown key \"ports\" in [tool.moult]; did you mean \"expose\"?\npyproject.toml:3:1: unknown key \"command\" in [tool.moult]; did you mean \"cmd\"?"},
		{"an unknown key that is like none", "[tool.moult.apt]\nxyzzy = []",
			`pyproject.toml:2:1: unknown key "xyzzy" in [tool.moult.apt]; the keys are build, env, repositories, run`},
		{"an unknown key of a step", "[[tool.moult.steps]]\nrun = [\"a\"]\nsecret = [\"x\"]",
			`pyproject.toml:3:1: unknown key "secret" in tool.moult.steps[0]; did you mean "secrets"?`},
		{"a setting at the top level", "cmd = [\"x\"]\n[project]\nname = \"a\"",
			`pyproject.toml:1:1: "cmd" stands at the top level of a pyproject.toml; write it under [tool.moult]`},
		{"a wrong type", "[tool.moult]\nextras = \"dev\"",
			`pyproject.toml:2:10: tool.moult.extras must be an array, not a string; write extras = ["dev"]`},
		{"a version that is a number", "[tool.moult]\npython = 3.13",
			`pyproject.toml:2:10: tool.moult.python must be a string, not a number; write python = "3.13"`},
		{"a variable that is a number", "[tool.moult.env]\nPORT = 8000",
			`pyproject.toml:2:8: tool.moult.env.PORT must be a string, not an integer; write "8000"`},
		{"a variable's name", "[tool.moult.env]\n\"1X\" = \"\"",
			`pyproject.toml:2:1: "1X" is not the name of an environment variable; use letters, digits and '_', with no digit at the start`},

		{"an invalid requires-python", "[project]\nname = \"a\"\nrequires-python = \"3.12+\"",
			`pyproject.toml:3:19: requires-python: "3.12+" is not a valid version specifier; write one such as ">=3.12"`},
		{"a bare version as requires-python", "[project]\nname = \"a\"\nrequires-python = \"3.12\"",
			`pyproject.toml:3:19: requires-python: "3.12" is not a valid version specifier; write ">=3.12"`},
		{"an impossible requires-python", "[project]\nname = \"a\"\nrequires-python = \">=3.12,<3.11\"",
			`pyproject.toml:3:19: no release of Python fits requires-python = ">=3.12,<3.11"; known are 3.8 to 3.15`},
		{"a Python that does not fit", "[project]\nname = \"a\"\nrequires-python = \">=3.13\"\n[tool.moult]\npython = \"3.12\"",
			`pyproject.toml:5:10: Python 3.12 does not fit requires-python = ">=3.13" at pyproject.toml:3:19; write "3.15" here, or change requires-python`},
		{"a .python-version that does not fit", "[project]\nname = \"a\"\nrequires-python = \">=3.13\"\n-- .python-version --\n# ours\n3.12",
			`.python-version:2:1: Python 3.12 does not fit requires-python = ">=3.13" at pyproject.toml:3:19; write "3.15" here, or change requires-python`},
		{"an unknown Python", "[tool.moult]\npython = \"3.99\"",
			`pyproject.toml:2:10: there is no Python 3.99 that can be built for; known are 3.8 to 3.15`},
		{"a word for a Python", "[tool.moult]\npython = \"banana\"",
			`pyproject.toml:2:10: "banana" is not a Python version; write one such as "3.15"`},
		{"a Python 2", "[tool.moult]\npython = \"2.7\"",
			`pyproject.toml:2:10: Python 2.7 is Python 2; Moult builds for Python 3.8 and newer`},
		{"a PyPy", "[project]\nname = \"a\"\n-- .python-version --\npypy3.10-7.3.12\n",
			`.python-version:1:1: "pypy3.10-7.3.12" is not CPython, the only Python that images are built with; write a version such as "3.15"`},
		{"a free-threaded Python", "[tool.moult]\npython = \"3.14t\"",
			`pyproject.toml:2:10: "3.14t" is a free-threaded Python, for which there are no base images; write "3.14"`},
		{"a pre-release of Python", "[tool.moult]\npython = \"3.15.0rc1\"",
			`pyproject.toml:2:10: "3.15.0rc1" is a pre-release of Python; write a released version such as "3.15"`},

		{"a project without a name", "[project]\nversion = \"1\"\n[build-system]\nrequires = []",
			`pyproject.toml:1:2: [project] needs the key "name"`},
		{"an invalid name", "[project]\nname = \"a b\"",
			`pyproject.toml:2:8: "a b" is not a valid project name; use letters, digits, '-', '_' and '.', with a letter or a digit at both ends`},
		{"an invalid version", "[project]\nname = \"a\"\nversion = \"one\"",
			`pyproject.toml:3:11: "one" is not a valid version; write one such as "1.0.0"`},
		{"an invalid requirement", "[project]\nname = \"a\"\ndependencies = [\n  \"numpy\",\n  \"flask >> 3\",\n]",
			`pyproject.toml:5:3: "flask >> 3" is not a valid requirement: column 7: …`},
		{"credentials in a requirement", "[project]\nname = \"a\"\ndependencies = [\"b @ https://me:pass@example.com/b.whl\"]",
			`pyproject.toml:3:17: the URL of example.com has credentials in it; take the credentials out of the URL and give them to the build as a secret`},
		{"a token in a repository's URL", "[project]\nname = \"a\"\ndependencies = [\"b @ git+https://tok@example.com/b\"]",
			`pyproject.toml:3:17: the URL of example.com has credentials in it; take them out: the build's SSH agent or the secret GIT_AUTH_TOKEN.example.com gives access to a private repository`},
		{"a script that is none", "[project]\nname = \"a\"\n[project.scripts]\nrun = \":main\"",
			`pyproject.toml:4:7: ":main" is not an entry point; write "package.module:function"`},
		{"two extras of one name", "[project]\nname = \"a\"\n[project.optional-dependencies]\na_b = []\nA-B = []",
			`pyproject.toml:5:1: the extra "A-B" is the same as "a_b" at line 4`},

		{"an unknown extra", "[project]\nname = \"a\"\n[project.optional-dependencies]\npostgres = []\n[tool.moult]\nextras = [\"postgers\"]",
			`pyproject.toml:6:11: there is no extra "postgers"; did you mean "postgres"?`},
		{"an unknown group", "[dependency-groups]\ndev = []\nprod = []\n[tool.moult]\ngroups = [\"x\"]",
			`pyproject.toml:5:11: there is no dependency group "x"; the project has dev, prod`},
		{"a group that is an extra", "[project]\nname = \"a\"\n[project.optional-dependencies]\ngpu = []\n[tool.moult]\ngroups = [\"gpu\"]",
			`pyproject.toml:6:11: there is no dependency group "gpu"; "gpu" is an extra: write it into extras`},
		{"a group that includes itself", "[dependency-groups]\na = [{include-group = \"b\"}]\nb = [\"x\", {include-group = \"a\"}]",
			`pyproject.toml:3:28: the dependency group "a" includes itself: a → b → a`},
		{"a group that includes an unknown one", "[dependency-groups]\ntest = []\nb = [{include-group = \"tests\"}]",
			`pyproject.toml:3:23: there is no dependency group "tests"; did you mean "test"?`},

		{"a requirement file that is missing", "[tool.moult]\nrequirements = [\"requirements/prod.txt\"]",
			`pyproject.toml:2:17: there is no file "requirements/prod.txt" in the build context; check the name, and that .dockerignore does not leave it out`},
		{"a lock that is missing", "[tool.moult]\nlock = \"uv.lock\"",
			`pyproject.toml:2:8: there is no lock file "uv.lock" in the build context; check the name, and that .dockerignore does not leave it out`},
		{"a lock that is true", "[tool.moult]\nlock = true",
			`pyproject.toml:2:8: lock must be the name of a lock file, or false`},
		{"a path that leaves the context", "[tool.moult]\nrequirements = [\"../requirements.txt\"]",
			`pyproject.toml:2:17: "../requirements.txt" leaves the build context; a build sees only the files of its context: build from a folder that contains both, with -f naming the build file`},
		{"an absolute path", "[tool.moult]\nlock = \"/etc/uv.lock\"",
			`pyproject.toml:2:8: "/etc/uv.lock" is not in the build context; write a path relative to the file's folder`},
		{"a readme outside the context", "[project]\nname = \"a\"\nreadme = \"../README.md\"",
			`pyproject.toml:3:10: "../README.md" leaves the build context; a build sees only the files of its context: build from a folder that contains both, with -f naming the build file`},
		{"a pattern that leaves the context", "[tool.moult.app]\nexclude = [\"../x\"]",
			`pyproject.toml:2:12: "../x" leaves the build context`},
		{"a pattern that is none", "[tool.moult.app]\ninclude = [\"a[\"]",
			`pyproject.toml:2:12: "a[" is not a pattern: syntax error in pattern`},
		{"an empty application", "[tool.moult.app]\ninclude = []",
			`pyproject.toml:2:11: app.include is empty, so the image would not hold the application; leave the key out to include everything`},

		{"an image reference", "[tool.moult]\nbase = \"Python:3.13\"",
			`pyproject.toml:2:8: base: "Python:3.13" is not an image reference: invalid reference format: repository name (library/Python) must be lowercase`},
		{"credentials in an index", "[[tool.moult.index]]\nurl = \"https://me:pass@example.com/simple\"",
			`pyproject.toml:2:7: the URL of the index example.com has credentials in it; take them out and write secret = "ID" in the index's table: the build secret of that id holds user:password or a token`},
		{"an index that is no URL", "[[tool.moult.index]]\nurl = \"pypi\"",
			`pyproject.toml:2:7: "pypi" is not the URL of a package index; write one such as "https://packages.example.com/simple"`},
		{"an index without a URL", "[[tool.moult.index]]\nname = \"corp\"\nsecret = \"s\"\n[[tool.uv.index]]\nname = \"corpo\"\nurl = \"https://example.com/simple\"",
			`pyproject.toml:1:14: the index "corp" has no url; did you mean "corpo"?`},
		{"a password where a secret's id belongs", "[[tool.moult.index]]\nurl = \"https://example.com/simple\"\nsecret = \"user:password\"",
			`pyproject.toml:3:10: "user…" is not the id of a secret; write the id that the build gives it: docker buildx build --secret id=ID,...`},
		{"two default indexes", "[[tool.moult.index]]\nurl = \"https://a.example.com\"\ndefault = true\n[[tool.moult.index]]\nurl = \"https://b.example.com\"\ndefault = true",
			`pyproject.toml:4:14: there are two default indexes, the first is at line 1`},

		{"a Debian package", "[tool.moult]\napt = {run = [\"libpq5 curl\"]}",
			`pyproject.toml:2:15: "libpq5 curl" is not a Debian package; write one package for each element, such as "libpq5" or "libpq5=16.4-1"`},
		{"an option as a Debian package", "[tool.moult.apt]\nbuild = [\"-oX=y\"]",
			`pyproject.toml:2:10: "-oX=y" is not a Debian package; write one package for each element, such as "libpq5" or "libpq5=16.4-1"`},
		{"a shell command", "[tool.moult]\ncmd = \"gunicorn app:app\"",
			`pyproject.toml:2:7: tool.moult.cmd must be a list of arguments, not a string: no shell reads it; write ["gunicorn", "app:app"]`},
		{"a command only a shell understands", "[tool.moult]\nentrypoint = \"a && b $X\"",
			`pyproject.toml:2:14: tool.moult.entrypoint must be a list of arguments, not a string: no shell reads it; write ["sh", "-c", "a && b $X"]`},
		{"an argument that is a number", "[tool.moult]\ncmd = [\"serve\", 8000]",
			`pyproject.toml:2:17: tool.moult.cmd[1] must be a string, not an integer; write "8000"`},
		{"a user that is a number", "[tool.moult]\nuser = 1000",
			`pyproject.toml:2:8: user must be a string, not an integer; write user = "1000"`},
		{"a user that is none", "[tool.moult]\nuser = \"a b\"",
			`pyproject.toml:2:8: user: "a b" is not a user; write a number, a name that the base image knows, or either with a group: "1000", "www-data", "1000:1000"`},
		{"a relative working folder", "[tool.moult]\nworkdir = \"srv\"",
			`pyproject.toml:2:11: workdir: "srv" must be an absolute path; write "/srv"`},
		{"a mapped port", "[tool.moult]\nexpose = [\"80:8000\"]",
			`pyproject.toml:2:11: expose: "80:8000" is not a port; write the container's port alone; docker run -p maps it`},
		{"a port too large", "[tool.moult]\nexpose = [8000, 70000]",
			`pyproject.toml:2:17: expose: "70000" is not a port; write a number from 1 to 65535, or "8000/udp", or "8000-8010"`},
		{"one port", "[tool.moult]\nexpose = 8000",
			`pyproject.toml:2:10: tool.moult.expose must be an array, not an integer; write expose = [8000]`},
		{"a duration", "[tool.moult.healthcheck]\ncmd = [\"x\"]\ninterval = \"30\"",
			`pyproject.toml:3:12: healthcheck.interval: "30" is not a duration; write one such as "30s" or "1m30s"`},
		{"a health check without a command", "[tool.moult.healthcheck]\ninterval = \"30s\"",
			`pyproject.toml:1:13: [tool.moult.healthcheck] needs the key "cmd"`},
		{"Compose's word for a health check", "[tool.moult.healthcheck]\ncmd = [\"CMD\", \"x\"]\n",
			`pyproject.toml:2:8: healthcheck.cmd is the command itself, without "CMD"`},
		{"a signal", "[tool.moult]\nstopsignal = \"SIGTREM\"",
			`pyproject.toml:2:14: stopsignal: "SIGTREM" is not a signal; did you mean "SIGTERM"?`},
		{"a relative volume", "[tool.moult]\nvolumes = [\"data\"]",
			`pyproject.toml:2:12: volumes: "data" must be an absolute path; write "/data"`},
		{"a step without a command", "[[tool.moult.steps]]\nname = \"x\"",
			`pyproject.toml:1:14: tool.moult.steps[0] needs the key "run"`},
		{"a step's secret", "[[tool.moult.steps]]\nrun = [\"a\"]\nsecrets = [\"a b\"]",
			`pyproject.toml:3:12: "a b" is not the id of a secret; write the id that the build gives it: docker buildx build --secret id=ID,...`},
		{"a step's cache", "[[tool.moult.steps]]\nrun = [\"a\"]\ncaches = [\"cache\"]",
			`pyproject.toml:3:11: caches: "cache" must be an absolute path; write "/cache"`},

		{"an unknown option in a requirement file", "-- moult.toml --\nrequirements = [\"r.txt\"]\n-- r.txt --\nflask\n--extra-index https://example.com/simple\n",
			`r.txt:2:1: unknown option "--extra-index"; did you mean "--extra-index-url"?`},
		{"an invalid line in a requirement file", "-- moult.toml --\n-- requirements.txt --\n# x\nflask==\n",
			`requirements.txt:2:1: "flask==" is not a valid requirement: column 6: …`},
		{"a requirement file that includes itself", "-- moult.toml --\n-- requirements.txt --\n-r a.txt\n-- a.txt --\n\n-r requirements.txt\n",
			`a.txt:2:1: requirements.txt includes itself: requirements.txt → a.txt → requirements.txt`},
		{"a requirement file that includes a missing one", "-- moult.toml --\n-- requirements.txt --\nflask\n-r base.txt\n",
			`requirements.txt:2:1: there is no file "base.txt" in the build context; check the name, and that .dockerignore does not leave it out`},
		{"a requirement file that leaves the context", "-- moult.toml --\n-- requirements.txt --\n-r ../base.txt\n",
			`requirements.txt:1:1: "../base.txt" leaves the build context; a build sees only the files of its context: build from a folder that contains both, with -f naming the build file`},
		{"a missing folder in a requirement file", "-- moult.toml --\n-- requirements.txt --\n-e ./lib\n",
			`requirements.txt:1:1: there is no folder or file "lib" in the build context; check the name, and that .dockerignore does not leave it out`},
		{"a variable in a requirement file", "-- moult.toml --\n-- requirements.txt --\nflask==${FLASK}\n",
			`requirements.txt:1:1: the build has no variable ${FLASK}; write its value; credentials belong into a build secret`},
		{"credentials as variables without a secret", "-- moult.toml --\n-- requirements.txt --\n--index-url https://${USER}:${PASS}@example.com/simple\n",
			`requirements.txt:1:1: the build has no variables for the credentials of https://example.com/simple; add an entry to [[tool.moult.index]]: url = "https://example.com/simple", secret = "ID"; the build secret of that id holds user:password or a token`},
		{"a requirement file that is half UTF-16", "-- moult.toml --\n-- requirements.txt --\nflask\nf\x00a\x00",
			`requirements.txt:2: requirements.txt has a zero byte in it: part of it is UTF-16; save it as UTF-8`},
		{"a hash that is none", "-- moult.toml --\n-- requirements.txt --\nflask==1 \\\n  --hash=sha256:abc\n",
			`requirements.txt:1:1: "sha256:abc" is not a hash; write --hash=sha256:...`},
		{"a requirement file in Latin-1", "-- moult.toml --\n-- requirements.txt --\n# f\xfcr\nflask",
			`requirements.txt: requirements.txt is not UTF-8; save it as UTF-8`},
		{"a Mercurial repository", "-- moult.toml --\n-- requirements.txt --\nhg+https://example.com/x#egg=x\n",
			`requirements.txt:1:1: "hg+https://example.com/x#egg=x": of version control systems only git is supported`},

		{"a source that is missing", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[tool.uv.sources]\nb = {path = \"b\"}",
			`pyproject.toml:5:13: there is no folder or file "b" in the build context; check the name, and that .dockerignore does not leave it out`},
		{"a source of two kinds", "[project]\nname = \"a\"\n[tool.uv.sources]\nb = {git = \"https://example.com/b\", url = \"https://example.com/b.whl\"}",
			`pyproject.toml:4:5: the source of b must be one of path, workspace, git, url and index`},
		{"a member of no workspace", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[tool.uv.sources]\nb = {workspace = true}",
			`pyproject.toml:5:1: b is said to be a member of a workspace, but there is no [tool.uv.workspace]; build from the workspace's root, with -f naming this file`},
		{"a folder that is no package", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[tool.moult]\npackage.b.path = \"b\"\n-- b/x.py --\n",
			`pyproject.toml:5:18: "b" is no Python package: it has neither a pyproject.toml nor a setup.py`},
		{"an error in a local package", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[tool.moult]\npackage.b.path = \"b\"\n-- b/pyproject.toml --\n[project]\nname = \"b\"\ndependencies = [\"!\"]",
			`b/pyproject.toml:3:17: "!" is not a valid requirement: column 1: …`},

		{"no command", "[project]\nname = \"my-app\"\n[tool.moult]\npython = \"3.13\"",
			`pyproject.toml:3:7: there is no command to run; write one under [tool.moult], such as cmd = ["python", "-m", "my_app"]`},
		{"no command in a moult.toml", "-- moult.toml --\npython = \"3.13\"",
			`moult.toml: there is no command to run; write one, such as cmd = ["python", "-m", "app"]`},
		{"several scripts", "[build-system]\nrequires = [\"x\"]\n[project]\nname = \"a\"\n[project.scripts]\none = \"a:b\"\ntwo = \"a:c\"",
			`pyproject.toml:6:1: there is no command to run, and the project has several scripts: one, two; write cmd = ["one"] under [tool.moult]`},
		{"a script that is not installed", "[project]\nname = \"a\"\n[project.scripts]\none = \"a:b\"",
			`pyproject.toml: there is no command to run; write one under [tool.moult], such as cmd = ["python", "-m", "a"]; [project.scripts] are installed only with a [build-system]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := readTree(test.files)
			if err == nil {
				err = everything(p)
			}
			// The words of package pep508's own errors are its business.
			want, open := strings.CutSuffix(test.want, "…")
			if err == nil || err.Error() != want && !(open && strings.HasPrefix(err.Error(), want)) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			var placed *source.Error
			if err != nil && !errors.As(err, &placed) {
				t.Errorf("%T is no *source.Error", err)
			}
		})
	}
}
