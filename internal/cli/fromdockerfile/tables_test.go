package fromdockerfile

import (
	"strings"
	"testing"
	"testing/fstest"
)

// reading reads a Dockerfile beside a project's files.
func reading(t *testing.T, text string, files map[string]string, project Project) (p *Proposal, notes string) {
	t.Helper()
	all := fstest.MapFS{}
	for name, content := range files {
		all[name] = &fstest.MapFile{Data: []byte(content)}
	}
	project.Files = all
	p, err := FromDockerfile("Dockerfile", []byte(text), project)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range p.Notes {
		b.WriteString(n.String() + "\n")
	}
	return p, b.String()
}

func TestABaseKeepsItsDistributionAndItsPatchVersion(t *testing.T) {
	for _, test := range []struct{ from, python, base, pythonFrom, told string }{
		{"python:3.13-slim", "3.13", "", "", ""},
		{"python:3.13-slim-bookworm", "3.13", "python:3.13-slim-bookworm", "", ""},
		{"python:3.12.4-slim", "3.12.4", "", "", ""},
		{"python:3.12.4-slim-bookworm", "3.12", "python:3.12.4-slim-bookworm", "", ""},
		{"python:3.12-bullseye", "3.12", "python:3.12-slim-bullseye", "", "the image stands on python:3.12-slim-bullseye instead"},
		{"python:3.12.4", "3.12.4", "", "", "the image stands on python:3.12.4-slim instead"},
		{"python:3.6-slim", "", "", "", "Moult does not build for Python 3.6"},
		{"python:3.9-slim", "", "", "", "the project does not allow Python 3.9"},
		{"ghcr.io/astral-sh/uv:python3.9-bookworm-slim", "", "", "", "the project does not allow Python 3.9"},
		{"continuumio/miniconda3:latest", "", "", "", "no packages of conda's"},
		{"mambaorg/micromamba:1.5", "", "", "", "no packages of conda's"},
		{"registry.access.redhat.com/ubi9/ubi-minimal", "", "", "", "under dnf.run"},
		{"rockylinux:9", "", "", "", "under dnf.run"},
		{"registry.access.redhat.com/ubi9/python-312:1", "", "registry.access.redhat.com/ubi9/python-312:1", "", ""},
		{"node:20-bookworm-slim", "3.11", "node:20-bookworm-slim", "python:3.11-slim-bookworm", "the base has no Python"},
		{"debian:13-slim", "3.13", "debian:13-slim", "python:3.13-slim-trixie", "the base has no Python"},
		{"node:20-alpine", "3.12", "node:20-alpine", "python:3.12-alpine", "the base has no Python"},
		{"golang:1.22", "3.12", "golang:1.22", "python:3.12-slim-bookworm", "the base has no Python"},
	} {
		project := Project{Allows: func(minor string) bool { return minor != "3.9" }}
		p, notes := reading(t, "FROM "+test.from+"\nUSER 1000\nCMD [\"python\"]\n", nil, project)
		if p.Python != test.python || p.Base != test.base || p.PythonFrom != test.pythonFrom {
			t.Errorf("%s: python %q from %q, base %q", test.from, p.Python, p.PythonFrom, p.Base)
		}
		if !strings.Contains(notes, test.told) || test.told == "" && notes != "" {
			t.Errorf("%s: it says %q, not %q", test.from, notes, test.told)
		}
	}
}

func TestABaseWithoutPythonGetsTheOnlyOneThatTheProjectAllows(t *testing.T) {
	for _, only := range []string{"3.7", "3.8", "3.12", "3.15"} {
		p, _ := reading(t, "FROM ubuntu:22.04\nUSER 1000\nCMD [\"python\"]\n", nil, Project{Allows: func(minor string) bool { return minor == only }})
		if p.Python != only {
			t.Errorf("Python %s is allowed, and it gets %s", only, p.Python)
		}
	}
}

func TestUsersKeepTheirNumbers(t *testing.T) {
	for _, test := range []struct{ made, user, want, told string }{
		{"useradd -mu 1001 app", "app", `user = {name = "app", uid = 1001}`, ""},
		{"useradd -u 1001 -g 0 app", "1001", `user = {name = "app", uid = 1001, gid = 0}`, ""},
		{"useradd -u 1001 -g users app", "app", `user = {name = "app", uid = 1001, gid = 100}`, ""},
		{"useradd -u 1001 app", "app:root", `user = {name = "app", uid = 1001, gid = 0}`, ""},
		{"groupadd -r app && useradd -r -g app app", "app", `user = {name = "app", uid = 999}`, ""},
		{"useradd --system one && useradd --system two", "two", `user = {name = "two", uid = 998}`, ""},
		{"adduser --system web", "web", `user = {name = "web"}`, "gets the number that is free"},
		{"adduser -D -g 'A user' -u 1200 web", "web", `user = {name = "web", uid = 1200}`, ""},
		{"useradd -u 1001 1st", "1st", `user = "1001"`, "takes no such name"},
		{"useradd 1st", "1st", "", "takes no such name"},
		{"true", "www-data", `user = "www-data"`, ""},
		{"true", "a/b", "", "takes no such name"},
		{"id app || sh make-user.sh", "app", `user = {name = "app"}`, "nothing that could be read makes this user"},
	} {
		p, notes := reading(t, "FROM python:3.13-slim\nRUN "+test.made+"\nUSER "+test.user+"\nCMD [\"python\"]\n", nil, Project{})
		line := ""
		for l := range strings.Lines(p.TOML(false)) {
			if strings.HasPrefix(l, "user = ") {
				line = strings.TrimSpace(l)
			}
		}
		if line != test.want {
			t.Errorf("%s, USER %s: %q", test.made, test.user, line)
		}
		if !strings.Contains(notes, test.told) {
			t.Errorf("%s, USER %s: it says %q, not %q", test.made, test.user, notes, test.told)
		}
	}
}

func TestValuesLoseTheirQuotesAndKeepTheirVariables(t *testing.T) {
	for written, want := range map[string]string{
		`"a \"b\" c"`:                         `a "b" c`,
		`a\ b`:                                `a b`,
		`'$X'`:                                `$X`,
		`'${X}'`:                              `$${X}`,
		`$SET/x`:                              `${SET}/x`,
		`"${SET}-${ARGUMENT}"`:                `${SET}-${ARGUMENT}`,
		`/x:$PATH`:                            `/x:${PATH}`,
		`/x:$LD_LIBRARY_PATH`:                 `/x:${LD_LIBRARY_PATH:-}`,
		`${OTHER:-some}/x`:                    `${OTHER:-some}/x`,
		`\$SET`:                               `$SET`,
		`-Dx="y z"`:                           `-Dx=y z`,
		`postgresql://u:"${ARGUMENT}"@h/${X}`: `postgresql://u:${ARGUMENT}@h/${X:-}`,
	} {
		p, _ := reading(t, "FROM python:3.13-slim\nARG ARGUMENT=1\nENV SET=1\nENV VALUE="+written+"\nUSER 1000\nCMD [\"python\"]\n", nil, Project{})
		got := ""
		for _, v := range p.Env {
			if v.Name == "VALUE" {
				got = v.Value
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", written, got, want)
		}
	}
}

func TestScriptsOfToolsAreWrittenOut(t *testing.T) {
	files := map[string]string{
		"main.py": "", "x.py": "",
		"Pipfile": "[scripts]\nstart = \"python main.py --loud\"\nshow = \"echo $HOME\"\ncalled = {call = \"shop.main:run('x')\"}\nagain = \"pipenv run start\"\nround = \"pipenv run round\"\n",
		"pyproject.toml": `[tool.pdm.scripts]
serve = {cmd = ["python", "-m", "shop"], env = {MODE = "x"}}
text = "python -c 'print(1)'"
shell = {shell = "a && b"}
all = {composite = ["migrate --fake", "serve x"]}
migrate.cmd = "manage migrate {args:--all}"
deep = {composite = ["deep"]}
[tool.hatch.envs.default.scripts]
up = ["one", "two {args}"]
`,
	}
	for _, test := range []struct{ cmd, want, told string }{
		{`["pipenv", "run", "start", "now"]`, `python|main.py|--loud|now`, ""},
		{`["pipenv", "run", "python", "x.py"]`, `python|x.py`, ""},
		{`["pipenv", "run", "show"]`, `sh|-c|echo $HOME`, ""},
		{`["pipenv", "run", "called"]`, `python|-c|from shop.main import run; run('x')`, ""},
		{`["pipenv", "run", "again"]`, `python|main.py|--loud`, ""},
		{`["pdm", "run", "serve"]`, `python|-m|shop`, "variables are not carried over"},
		{`["pdm", "run", "text"]`, `python|-c|print(1)`, ""},
		{`["pdm", "run", "shell", "c d"]`, `sh|-c|a && b 'c d'`, ""},
		{`["pdm", "run", "migrate"]`, `manage|migrate|--all`, ""},
		{`["pdm", "run", "all", "y"]`, `sh|-c|manage migrate --fake && exec python -m shop x y`, ""},
		{`["pdm", "run", "deep"]`, `deep`, "write out what the script deep"},
		{`["hatch", "run", "up", "3"]`, `sh|-c|one && exec two 3`, ""},
		{`pdm run migrate && exec pdm run serve`, `sh|-c|manage migrate --all && exec python -m shop`, ""},
	} {
		p, notes := reading(t, "FROM python:3.13-slim\nUSER 1000\nCMD "+test.cmd+"\n", files, Project{})
		if got := strings.Join(p.Cmd, "|"); got != test.want {
			t.Errorf("%s: got %s", test.cmd, got)
		}
		if !strings.Contains(notes, test.told) {
			t.Errorf("%s: it says %q, not %q", test.cmd, notes, test.told)
		}
	}
	// A script that starts itself ends.
	reading(t, "FROM python:3.13-slim\nCMD [\"pipenv\", \"run\", \"round\"]\n", files, Project{})
}

func TestWhatIsNotThereIsToldAndNotWritten(t *testing.T) {
	const head = "FROM python:3.13-slim\nWORKDIR /app\nUSER 1000\n"
	for _, test := range []struct {
		says, text string
		files      map[string]string
		told       []string
		holds      func(p *Proposal) bool
	}{
		{"an entrypoint", head + "ENTRYPOINT [\"/entry.sh\"]\nCMD [\"web\"]\n", nil, []string{"puts a file at /entry.sh"},
			func(p *Proposal) bool { return p.Entrypoint == nil && p.Cmd == nil && len(p.Absent) == 3 }},
		{"a program of Python", head + "CMD [\"python\", \"main.py\"]\n", nil, []string{"puts a file at /app/main.py"},
			func(p *Proposal) bool { return p.Cmd == nil }},
		{"a program that is there", head + "COPY main.py .\nCMD [\"python\", \"main.py\"]\n", map[string]string{"main.py": ""}, nil,
			func(p *Proposal) bool { return p.Cmd != nil }},
		{"a script that is copied by a pattern", head + "COPY docker/*.sh /\nRUN chmod u+x /*.sh\nCMD [\"/run.sh\"]\n", map[string]string{"docker/run.sh": ""}, nil,
			func(p *Proposal) bool { return p.Cmd != nil }},
		{"a program of the project at the root", "FROM python:3.13-slim\nCOPY . .\nWORKDIR /web\nUSER 1000\nCMD [\"python3.13\", \"manage.py\"]\n", map[string]string{"web/manage.py": ""}, nil,
			func(p *Proposal) bool { return p.Cmd != nil && p.Workdir == "/app/web" && p.Folder == "" }},
		{"a mode of files of a pattern", head + "COPY docker/*.sh /\nRUN chmod u+x /*.sh\nCMD [\"python\"]\n", map[string]string{"docker/run.sh": ""}, nil,
			func(p *Proposal) bool { return len(p.Files) == 1 && p.Files[0].To == "/" && p.Files[0].Mode == "0755" }},
		{"a mode of one file of a pattern", head + "COPY docker/r*.sh /\nRUN chmod +x /run.sh\nCMD [\"python\"]\n", map[string]string{"docker/run.sh": ""}, nil,
			func(p *Proposal) bool { return len(p.Files) == 1 && p.Files[0].Mode == "0755" }},
		{"the project, installed in a stage", "FROM python:3.13-slim AS build\nWORKDIR /app\nCOPY pyproject.toml README.md ./\nRUN uv venv && uv pip install .\n" + head + "COPY --from=build /app/.venv /app/.venv\nCMD [\"python\"]\n",
			map[string]string{"pyproject.toml": "", "README.md": ""}, nil, func(p *Proposal) bool { return len(p.Notes) == 0 && len(p.Additions) == 0 }},
		{"how a tool is installed", head + "ADD https://astral.sh/uv/install.sh /uv-installer.sh\nRUN sh /uv-installer.sh && curl -sSL https://install.python-poetry.org | python3 -\nCMD [\"python\"]\n", nil, nil,
			func(p *Proposal) bool { return len(p.Notes) == 0 && len(p.Comments) == 0 }},
		{"a health check", head + "HEALTHCHECK CMD [\"python\", \"/check.py\"]\nCMD [\"python\"]\n", nil, []string{"the health check as a comment"},
			func(p *Proposal) bool { return p.Healthcheck == nil }},
		{"a folder that is made and installed", head + "COPY requirements.txt .\nRUN mkdir made && pip install ./made\nCMD [\"python\"]\n", map[string]string{"requirements.txt": ""},
			[]string{"name it in a requirement file"}, func(p *Proposal) bool { return len(p.Additions) == 0 }},
		{"the project in a folder", head + "COPY backend/pyproject.toml ./\nCMD [\"python\"]\n", map[string]string{"backend/pyproject.toml": ""},
			[]string{"moult init --from Dockerfile backend"}, func(*Proposal) bool { return true }},
		{"what a stage made", "FROM python:3.13-slim AS build\nRUN python -m build_docs\n" + head + "COPY --from=build /out/docs /srv/docs\nCOPY --from=build /opt/venv /opt/venv\nCMD [\"python\"]\n", nil,
			[]string{"what the stage has at /out/docs is not in the image"}, func(p *Proposal) bool { return len(p.Notes) == 2 }},
		{"files with variables", head + "COPY . .\nCMD [\"python\"]\n", map[string]string{".env": "", ".env.example": ""}, []string{".env is left out of every image"},
			func(p *Proposal) bool { return len(p.Notes) == 1 }},
		{"files with variables that Docker does not send", head + "COPY . .\nCMD [\"python\"]\n", map[string]string{".env": "", ".dockerignore": ".env\n"}, nil,
			func(p *Proposal) bool { return len(p.Notes) == 0 }},
		{"no activation in what only has its name", head + "COPY prod.sh .\nCMD [\"sh\", \"prod.sh\"]\n", map[string]string{"prod.sh": "[ -f ./activate.sh ] || exit 1\n"}, nil,
			func(p *Proposal) bool { return len(p.Notes) == 0 }},
		{"an owner of the application", head + "COPY --chown=app:app . .\nCMD [\"python\"]\n", nil, []string{"the application belongs to root"},
			func(*Proposal) bool { return true }},
	} {
		p, notes := reading(t, test.text, test.files, Project{})
		for _, told := range test.told {
			if !strings.Contains(notes, told) {
				t.Errorf("%s: it says %q, not %q", test.says, notes, told)
			}
		}
		if !test.holds(p) {
			t.Errorf("%s: it writes\n%s\nand says\n%s", test.says, p.TOML(false), notes)
		}
	}
}

func TestDevelopmentGroupsThatAToolInstallsAreTold(t *testing.T) {
	for command, told := range map[string]bool{
		"uv sync":                        true,
		"uv sync --frozen --no-dev":      false,
		"uv sync && uv sync --no-dev":    false,
		"uv sync --group dev":            false,
		"poetry install --no-root":       true,
		"poetry install --only main":     false,
		"poetry install --without dev":   false,
		"pdm install --prod":             false,
		"pip install .":                  false,
		"uv sync --no-install-project":   true,
		"poetry install --no-dev -E api": false,
	} {
		_, notes := reading(t, "FROM python:3.13-slim\nRUN "+command+"\nUSER 1000\nCMD [\"python\"]\n", nil, Project{Groups: []string{"dev"}, Extras: []string{"api"}})
		if strings.Contains(notes, "the group dev") != told {
			t.Errorf("%s: it says %q", command, notes)
		}
	}
}

func TestTheImageHasTheProgramsThatItsStartNeeds(t *testing.T) {
	const entry = "#!/bin/sh\n# curl is not needed\nset -e\nif ! (pgrep -f worker); then make migrate; fi\nPORT=1 exec \"$@\"\n"
	for _, test := range []struct{ says, text, script, build, run string }{
		{"those of a script, which only the full base has", "FROM python:3.12\nCOPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"python\"]\n", entry, "", "make|procps"},
		{"one of a health check, which only the full base has", "FROM python:3\nHEALTHCHECK CMD curl -f http://localhost || exit 1\nCMD [\"python\"]\n", "", "", "curl"},
		{"those of a script that a shell reads", "FROM python:3.12\nCOPY entry.sh start\nCMD [\"bash\", \"start\"]\n", "make serve\n", "", "make"},
		{"none of a slim base, which has none either", "FROM python:3.12-slim\nCOPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"python\"]\n", entry, "", ""},
		{"one that is else for builds alone", "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y make=4.4 gcc libpq-dev\nCMD sh -c \"make migrate && python\"\n", "", "gcc|libpq-dev|make=4.4", "make=4.4"},
		{"one of Alpine's", "FROM python:3.12-alpine\nRUN apk add git gcc\nCMD [\"git\", \"daemon\"]\n", "", "gcc|git", "git"},
		{"none that a script prints, or that is text", "FROM python:3.12\nCOPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"python\", \"-c\", \"x = 1; make()\"]\n",
			"#!/bin/sh\necho \"wait (make sure; git is there)\" it\\'s # curl; wget\necho 'x | file'\nexec gunicorn -w ${N:-4} hg\ncase \"$1\" in\n  svn) exec python;;\nesac\ncat <<EOF\ngcc x\nEOF\n", "", ""},
		{"those in a text that a shell runs", "FROM python:3.12\nCOPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"python\"]\n", "echo \"at $(git log)\" && \"make\" x\ncat <<EOF\nEOF\ncase x in a) curl y;; esac\n", "", "curl|git|make"},
		{"those behind programs that start others", "FROM python:3.12\nCMD timeout --foreground 5 curl x && exec gosu app git pull\n", "", "", "curl|git"},
		{"those of a shell with several options", "FROM python:3.12\nCMD [\"sh\", \"-e\", \"-c\", \"make run\"]\n", "", "", "make"},
		{"none twice", "FROM python:3.12\nRUN apt-get install -y curl\nCMD [\"sh\", \"-c\", \"curl x; wget y\"]\n", "", "", "curl|wget"},
	} {
		p, notes := reading(t, test.text, map[string]string{"entry.sh": test.script}, Project{})
		run := append(append([]string{}, p.AptRun...), p.ApkRun...)
		build := append(append([]string{}, p.AptBuild...), p.ApkBuild...)
		if strings.Join(run, "|") != test.run || strings.Join(build, "|") != test.build || strings.Contains(notes, "git is for") {
			t.Errorf("%s: run %q, build %q\n%s", test.says, run, build, notes)
		}
	}
}

func TestAListThatIsNotJSONBecomesOne(t *testing.T) {
	for _, test := range []struct {
		text, cmd string
		told      bool
	}{
		{"CMD ['python', 'main.py']", "python|main.py", true},
		{"CMD [\"uvicorn\" \"main:app\" \"--port\" \"80\" \\\n  \"--reload\"]", "uvicorn|main:app|--port|80|--reload", true},
		{"CMD [\"python\", \"main.py\",]", "python|main.py", true},
		{"CMD [\"python\", \"main.py\"]", "python|main.py", false},
		{"CMD [python, main.py]", "python|main.py", true},
		{"CMD [\"python\", main.py]", "python|main.py", true},
		{"CMD [“python”, “main.py”]", "python|main.py", true},
		{"CMD [\"python\", \"main.py\"", "python|main.py", true},
		{"CMD [\"python\", \"main.py\"] # starts it", "python|main.py", true},
		{"CMD [\"python\", main.py\"]", "python|main.py", true},
		{"CMD [\"", "sh|-c|[\"", false},
		{"CMD ['']", "[]", false},
		{"CMD [ -f main.py ] && python main.py", "sh|-c|[ -f main.py ] && python main.py", false},
		{"CMD [ \"$MODE\" = \"x\" ] && python main.py", "sh|-c|[ \"$MODE\" = \"x\" ] && python main.py", false},
	} {
		p, notes := reading(t, "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nUSER 1000\n"+test.text+"\n", map[string]string{"main.py": ""}, Project{})
		if got := strings.Join(p.Cmd, "|"); got != test.cmd || strings.Contains(notes, "this list is not JSON") != test.told {
			t.Errorf("%s: got %s, and it says %s", test.text, got, notes)
		}
	}
}

// Each of these came out wrong, or was lost without a word.
func TestLessUsualLinesAreCarriedOverOrTold(t *testing.T) {
	files := map[string]string{
		"app.py": "", "requirements/base.txt": "flask\n", "constraints.txt": "",
		"start.sh": "#!/bin/sh\nuvx ruff check\nconda activate shop\nexec python app.py\n",
	}
	const head = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n"
	for _, test := range []struct{ says, text, build, told string }{
		{"the shell of SHELL starts the command", head + "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nCMD python app.py | tee x\n", `cmd = ["/bin/bash", "-o", "pipefail", "-c", "python app.py | tee x"]`, ""},
		{"conda starts the program", head + "ENTRYPOINT [\"conda\", \"run\", \"--no-capture-output\", \"-n\", \"shop\", \"python\", \"app.py\"]\n", `entrypoint = ["python", "app.py"]`, ""},
		{"conda installs", head + "RUN conda env create -f environment.yml\nCMD [\"python\", \"app.py\"]\n", `cmd = ["python", "app.py"]`, "the image has no conda: name what it installs as requirements"},
		{"a folder in an application in the user's home folder", "FROM python:3.13-slim\nRUN useradd -m app\nENV H=/home/app/web\nRUN mkdir -p $H/static\nWORKDIR $H\nCOPY . $H\nRUN chown -R app $H\nUSER app\nCMD [\"python\", \"app.py\"]\n", `writable = ["/home/app/web/static"]`, ""},
		{"install makes a folder", head + "RUN useradd app && install -d -o app -g app -m 0750 /var/lib/shop\nUSER app\nCMD [\"python\", \"app.py\"]\n", `writable = ["/var/lib/shop"]`, ""},
		{"a requirement with a version beside a file", head + "RUN pip install -r requirements/base.txt \"gunicorn>=20\"\nCMD [\"gunicorn\", \"app:app\"]\n", `requirements = ["requirements/base.txt"]`, "added to requirements/base.txt: gunicorn>=20"},
		{"a script starts uvx", head + "CMD [\"sh\", \"start.sh\"]\n", `cmd = ["sh", "start.sh"]`, "the image has no uvx: add what the line starts to the requirements"},
		{"a script activates an environment of conda", head + "CMD [\"sh\", \"start.sh\"]\n", `cmd = ["sh", "start.sh"]`, "start.sh:3: conda activate shop"},
		{"a file with its text in the Dockerfile", head + "COPY --chmod=755 <<EOF /usr/bin/go\n#!/bin/sh\nEOF\nCMD [\"go\"]\n", `cmd = ["go"]`, `put the text into a file of the project and write it as [[tool.moult.files]] with from, to = "/usr/bin/go" and mode = "0755"`},
		{"the user of another target", "FROM python:3.13-slim AS base\nCOPY . .\nFROM base AS beat\nUSER 1234\nCMD [\"python\", \"app.py\", \"beat\"]\nFROM base\nCMD [\"python\", \"app.py\"]\n", "[target.beat]\nuser = \"1234\"\ncmd = [\"python\", \"app.py\", \"beat\"]", "the target beat: --target beat builds it"},
	} {
		p, notes := reading(t, test.text, files, Project{})
		if text := p.TOML(false); !strings.Contains(text, test.build+"\n") || !strings.Contains(notes, test.told) {
			t.Errorf("%s: got\n%s\n%s\nwant %s, and told %s", test.says, text, notes, test.build, test.told)
		}
	}
}

// Its packages may need git, and so may its program: nobody can tell.
func TestGitOnTheLineOfSystemPackagesIsTold(t *testing.T) {
	for line, want := range map[string]string{
		"apt-get update && apt-get install -y git gcc": "write it into apt.run where the program starts git",
		"apk add --no-cache git":                       "write it into apk.run where the program starts git",
		"apt-get install -y gcc":                       "",
	} {
		_, notes := reading(t, "FROM python:3.13-slim\nRUN "+line+"\nUSER 1000\nCMD [\"python\", \"main.py\"]\n", map[string]string{"main.py": "", "pyproject.toml": ""}, Project{})
		if (want == "") != (notes == "") || !strings.Contains(notes, want) {
			t.Errorf("%s: %q, want %q", line, notes, want)
		}
	}
}

func TestCommandsWithUnusualWordsAreRead(t *testing.T) {
	for _, test := range []struct{ name, lines, want, told, untold string }{
		{"an installation in a variable that is empty", "RUN \"${X:+pip install six}\"", "cmd", "", "panic"},
		{"a step in a folder whose name has a space", "WORKDIR \"/my app\"\nCOPY . .\nRUN python a.py\nWORKDIR /data", `"cd '/my app' && python a.py"`, "", "cd"},
		{"a version beside a suite", "RUN apt-get install -y -t trixie-backports curl=8.* nano", `run = ["curl=8.*", "nano/trixie-backports"]`, "leave /trixie-backports out where it does not have the package", "curl=8.*/"},
		{"options of pip uninstall", "RUN pip uninstall -y -r dev.txt $OLD wheels", "cmd", "[tool.moult.package.wheels] install = false", "package.dev.txt"},
	} {
		p, notes := reading(t, "FROM python:3.13-slim\n"+test.lines+"\nCMD [\"python\", \"a.py\"]\n", map[string]string{"a.py": ""}, Project{})
		if text := p.TOML(true); !strings.Contains(text, test.want) || !strings.Contains(notes, test.told) || strings.Contains(notes, test.untold) {
			t.Errorf("%s: it says %q\n%s", test.name, notes, text)
		}
	}
}
