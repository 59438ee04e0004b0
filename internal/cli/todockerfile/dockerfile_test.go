package todockerfile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/report"
)

// shop is a plan with something of everything.
func shop() report.Platform {
	p := &plan.Plan{
		Project: "shop", Base: "python:3.13-slim", Bytecode: true,
		Environment: environment.Environment{Python: environment.Python{Major: 3, Minor: 13, Interpreter: "/usr/local/bin/python3.13", Library: "/usr/local/lib/python3.13"}},
		System:      &plan.SystemPackages{Manager: environment.Apt, Packages: []string{"libpq5", "g++:arm64"}},
		Building: &plan.Building{
			Image: "python:3.13", System: &plan.SystemPackages{Manager: environment.Apt, Packages: []string{"libpq-dev"}},
			Sources: []plan.Source{{Name: "own", Origin: &plan.ContextFolder{Dir: "libs/own"}}, {Name: "repo", Origin: &plan.Git{URL: "https://git.example.com/repo", Commit: "abc"}}},
		},
		Packages: []plan.Package{
			{Name: "django", Version: "5.2", Origin: &plan.Download{URL: "https://files.pythonhosted.org/x/django-5.2-py3-none-any.whl", SHA256: "11"}},
			{Name: "elsewhere", Version: "1", Origin: &plan.Download{URL: "https://wheels.example.com/elsewhere-1-py3-none-any.whl", SHA256: "22"}},
			{Name: "own", Origin: plan.Built{Source: "own"}}, {Name: "repo", Origin: plan.Built{Source: "repo"}},
		},
		App:   &plan.App{From: "web", Dir: "/app", Exclude: []string{"**/.git", "!keep"}},
		Files: []plan.Files{{From: "deploy/nginx.conf", To: "/etc/nginx/nginx.conf", Mode: 0o600, UID: 5, GID: 6}, {Image: "example/tool:1", From: "/tool", To: "/usr/local/bin/"}},
		Steps: []plan.Step{{Run: []string{"python", "manage.py", "it's"}, Env: []plan.Variable{{Name: "A", Value: "b c"}}, Secrets: []plan.Secret{{ID: "s", Target: "/run/secrets/s"}}}},
		Image: plan.Image{User: "1000:1000", WorkingDir: "/app", Env: []plan.Variable{{Name: "PRICE", Value: "$5"}}, Cmd: []string{"a", "b"}, Expose: []string{"80/tcp"},
			Healthcheck: &plan.Healthcheck{Test: []string{"CMD", "curl"}, Interval: 30 * time.Second, Retries: 2}},
	}
	p.Config = p.BaseConfig.With(p.Image)
	return report.Platform{Platform: "linux/amd64", Base: "python:3.13-slim@sha256:00", Plan: p}
}

func TestTheBasesCommandIsReplaced(t *testing.T) {
	for says, test := range map[string]struct {
		base plan.Config
		own  plan.Image
		want string
	}{
		"an entrypoint of the base":      {plan.Config{Entrypoint: []string{"/base"}}, plan.Image{Cmd: []string{"a"}}, "ENTRYPOINT []\nCMD [\"a\"]\n"},
		"a command of the base":          {plan.Config{Cmd: []string{"python3"}}, plan.Image{}, "CMD []\n"},
		"a command beside an entrypoint": {plan.Config{Cmd: []string{"python3"}}, plan.Image{Entrypoint: []string{"a"}}, "ENTRYPOINT [\"a\"]\n"},
		"nothing":                        {plan.Config{}, plan.Image{Cmd: []string{"a"}}, "CMD [\"a\"]\n"},
	} {
		p := shop()
		p.Plan.BaseConfig, p.Plan.Image, p.Plan.Config = test.base, test.own, test.base.With(test.own)
		_, got, _ := strings.Cut(Write(p).Text, "\nUSER ")
		if _, got, _ = strings.Cut(got, "\n"); got != test.want {
			t.Errorf("%s: it ends with %q", says, got)
		}
	}
}

func TestADockerfileSaysWhatThePlanSays(t *testing.T) {
	d := Write(shop())
	for _, want := range []string{
		"FROM python:3.13 AS builder\n", "FROM python:3.13-slim@sha256:00\n",
		"install -y --no-install-recommends libpq-dev &&", "install -y --no-install-recommends libpq5 g++:arm64 &&",
		"django==5.2 --hash=sha256:11\n", "elsewhere @ https://wheels.example.com/elsewhere-1-py3-none-any.whl --hash=sha256:22\n", " --require-hashes ",
		"COPY libs/own /src/own\n", "install --no-deps --no-compile 'repo @ git+https://git.example.com/repo@abc'\n",
		"COPY --chmod=a+X,u+rw,go+r,go-w,a-s web /app/\n", "COPY --chown=5:6 --chmod=u+X,u+rw,g-rwx,o-rwx,a-s deploy/nginx.conf /etc/nginx/nginx.conf\n",
		"COPY --from=example/tool:1 --chmod=a+X,u+rw,go+r,go-w,a-s /tool /usr/local/bin/\n",
		"RUN --network=none \\\n    --mount=type=secret,id=s,target=/run/secrets/s,required=true \\\n    [\"env\", \"A=b c\", \"python\", \"manage.py\", \"it's\"]\n",
		`ENV PRICE="\$5"` + "\n", "EXPOSE 80/tcp\n", "HEALTHCHECK --interval=30s --retries=2 CMD [\"curl\"]\n", "USER 1000:1000\n", "CMD [\"a\", \"b\"]\n",
	} {
		if !strings.Contains(d.Text, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if len(d.Lost) > 0 {
		t.Errorf("lost: %v", d.Lost)
	}
	if !slices.Equal(d.Ignore, []string{"web/**/.git", "!web/keep"}) {
		t.Errorf("ignored: %v", d.Ignore)
	}
	if t.Failed() {
		t.Log(d.Text)
	}
	if again := Write(shop()); again.Text != d.Text {
		t.Error("the same plan gives another text")
	}
}

func TestAnOpenFolderHasNoPlaceForBytecodeOfOthers(t *testing.T) {
	const opened, closed = "RUN chmod 1777 /app", "mkdir -p /app/__pycache__\n"
	for _, bytecode := range []bool{true, false} {
		p := shop()
		p.Plan.App.Open, p.Plan.Bytecode = true, bytecode
		text := Write(p).Text
		_, after, open := strings.Cut(text, opened)
		compiles := strings.Contains(after, "compileall -q --invalidation-mode checked-hash /app ")
		if makes := strings.Contains(after, closed); !open || makes == compiles || compiles != bytecode {
			t.Errorf("bytecode %v: %s", bytecode, text)
		}
	}
	if text := Write(shop()).Text; strings.Contains(text, "1777") {
		t.Errorf("a closed folder is opened: %s", text)
	}
}

func TestWhatHasNoTwinIsTold(t *testing.T) {
	p := shop()
	p.Plan.System.Repositories = []plan.Repository{{URL: "https://packages.example.com"}}
	p.Plan.Steps[0].Root = plan.RootBuilder
	d := Write(p)
	if len(d.Lost) != 2 || !strings.Contains(d.Text, "# Not carried over: the package repository https://packages.example.com") {
		t.Errorf("got %v", d.Lost)
	}
}

func TestValuesDoNotBecomeInstructions(t *testing.T) {
	p := shop()
	p.Plan.Image.Env = []plan.Variable{{Name: "TWO", Value: "a\nRUN evil"}, {Name: "ONE", Value: "x"}}
	p.Plan.Image.Labels = []plan.Variable{{Name: "note", Value: "a\r\nUSER root"}}
	p.Plan.Steps[0].Env[0].Value = "b\nc" // a list has a way to say it
	p.Plan.Files = append(p.Plan.Files, plan.Files{From: "my $HOME \"x\"", To: "/to/"}, plan.Files{From: "--from=other", To: "/to/"})
	p.Plan.Folders = []plan.Folder{{Path: "/data; rm -rf /"}}
	d := Write(p)
	for line := range strings.Lines(d.Text) {
		if strings.HasPrefix(line, "RUN evil") || strings.HasPrefix(line, "USER root") {
			t.Errorf("there is %q", line)
		}
	}
	for _, want := range []string{
		"# Not carried over: ENV TWO=", "ENV ONE=x\n", "# Not carried over: LABEL note=", `["env", "A=b\nc", "python",`,
		`COPY --chmod=a+X,u+rw,go+r,go-w,a-s ["my \\$HOME \\\"x\\\"", "/to/"]` + "\n", `COPY --chmod=a+X,u+rw,go+r,go-w,a-s ["--from=other", "/to/"]` + "\n",
		"RUN mkdir -p '/data; rm -rf /'\n",
	} {
		if !strings.Contains(d.Text, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if len(d.Lost) != 2 {
		t.Errorf("lost: %q", d.Lost)
	}
	if t.Failed() {
		t.Log(d.Text)
	}
	// As BuildKit reads it.
	ast, err := parser.Parse(strings.NewReader(d.Text))
	if err != nil {
		t.Fatal(err)
	}
	stages, _, err := instructions.Parse(ast.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	var copied []string
	for _, s := range stages {
		for _, c := range s.Commands {
			if c, ok := c.(*instructions.CopyCommand); ok {
				err := c.Expand(func(word string) (string, error) {
					word, _, err := shell.NewLex(ast.EscapeToken).ProcessWord(word, shell.EnvsFromSlice([]string{"HOME=/root"}))
					return word, err
				})
				if err != nil {
					t.Fatal(err)
				}
				copied = append(copied, c.SourcePaths...)
				for _, h := range c.SourceContents {
					if !strings.Contains(h.Data, "django==5.2") {
						t.Errorf("the requirements are %q", h.Data)
					}
				}
			}
		}
	}
	if !slices.Contains(copied, `my $HOME "x"`) || !slices.Contains(copied, "--from=other") {
		t.Errorf("copied: %q", copied)
	}
	if got := exec([]string{",", "a && <b>"}); got != `[",", "a && <b>"]` {
		t.Errorf("got %s", got)
	}
}
