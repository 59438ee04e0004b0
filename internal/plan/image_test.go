package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
)

// oneFolder is a context of two files.
type oneFolder map[string]string

func (f oneFolder) ReadFile(name string) ([]byte, error) { return []byte(f[name]), nil }
func (f oneFolder) Exists(name string) (bool, error)     { _, ok := f[name]; return ok, nil }
func (f oneFolder) ReadDir(string) ([]string, error)     { return nil, nil }
func (f oneFolder) Below(...string) (map[string][]byte, error) {
	return nil, nil
}

// imagePlan is the plan of a build file without packages.
func imagePlan(t *testing.T, base string, text string) *Plan {
	t.Helper()
	f := oneFolder{"moult.toml": text}
	p, err := project.Read(f, "moult.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	env, baseEnv := environmentOf(t, base)
	command := project.Command{Entrypoint: p.Settings.Entrypoint.Strings(), Cmd: p.Settings.Cmd.Strings()}
	plan, err := New(Input{
		Project: p, Python: project.Python{Minor: "3.13", X: 3, Y: 13}, Environment: env, BaseConfig: Config{Env: baseEnv},
		Requested: &project.Requested{}, Command: command,
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

const slim = "python:3.13-slim-bookworm"

func TestVariablesAddToTheBasesAndToEachOther(t *testing.T) {
	p := imagePlan(t, slim, `
[env]
PATH = "/opt/tools/bin:${PATH}"
ROOT = "/srv"
DATA = "${ROOT}/data"
LANGUAGE = "${LANG}"
SHELL_TEXT = "$HOME stays"
VENV = "${VIRTUAL_ENV}"
`)
	got := map[string]string{}
	for _, v := range p.Image.Env {
		got[v.Name] = v.Value
	}
	for name, want := range map[string]string{
		"PATH": "/opt/tools/bin:/opt/venv/bin:/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"DATA": "/srv/data", "LANGUAGE": "C.UTF-8", "SHELL_TEXT": "$HOME stays", "VENV": "/opt/venv",
	} {
		if got[name] != want {
			t.Errorf("%s is %q", name, got[name])
		}
	}
}

func TestTheProjectsOwnProgramsAreMadeExecutable(t *testing.T) {
	p := imagePlan(t, slim, `
entrypoint = ["./deploy/start.sh", "x"]
cmd = ["/app/bin/serve"]
healthcheck = {cmd = ["bin/check"]}
[app]
executable = ["scripts/*.sh"]
[[steps]]
run = ["bin/prepare"]
[[steps]]
run = ["python", "manage.py"]
[[steps]]
run = ["/usr/bin/env"]
`)
	if want := []string{"bin/check", "bin/prepare", "bin/serve", "deploy/start.sh", "scripts/*.sh"}; !slices.Equal(p.App.Executable, want) {
		t.Errorf("executable are %q", p.App.Executable)
	}
	p = imagePlan(t, slim, "workdir = \"/srv/x\"\nentrypoint = [\"../app/run\"]\n[app]\nto = \"/srv/app/\"\n")
	if !slices.Equal(p.App.Executable, []string{"run"}) || p.App.Dir != "/srv/app" || p.Image.WorkingDir != "/srv/x" {
		t.Errorf("%+v", p.App)
	}
}

func TestAnInitProcessStandsBeforeTheCommand(t *testing.T) {
	for base, want := range map[string]string{
		slim:                                 "/usr/bin/tini -- /app/start packages [tini] init false",
		"python:3.13-alpine":                 "/sbin/tini -- /app/start packages [tini] init false",
		"gcr.io/distroless/python3-debian13": "/usr/bin/tini -- /app/start packages [] init true",
	} {
		p := imagePlan(t, base, "init = true\nentrypoint = [\"/app/start\"]\ncmd = [\"serve\"]\n")
		packages := "[]"
		if p.System != nil {
			packages = "[" + strings.Join(p.System.Packages, " ") + "]"
		}
		got := strings.Join(p.Image.Entrypoint, " ") + " packages " + packages + " init " + map[bool]string{true: "true", false: "false"}[p.Init != nil]
		if got != want || !slices.Equal(p.Image.Cmd, []string{"serve"}) || !slices.Equal(p.App.Executable, []string{"start"}) {
			t.Errorf("%s: %s, %q, %q", base, got, p.Image.Cmd, p.App.Executable)
		}
	}
}

func TestTheUserAndItsFolders(t *testing.T) {
	p := imagePlan(t, slim, `
user = {name = "app", uid = 1001, home = "/srv/home"}
writable = ["/data", {path = "/var/lib/x", mode = "0770"}]
volumes = ["/media", "/data"]
workdir = "/data"
`)
	if u := p.User; u == nil || u.Name != "app" || u.UID != 1001 || u.GID != 1001 || u.Home != "/srv/home" || u.Optional || p.Image.User != "1001:1001" {
		t.Errorf("the user is %+v, %s", p.User, p.Image.User)
	}
	var got []string
	for _, f := range p.Folders {
		got = append(got, strings.TrimSpace(f.Path+" "+map[bool]string{true: "owned"}[f.Owned]))
	}
	if want := []string{"/data owned", "/media owned", "/var/lib/x owned"}; !slices.Equal(got, want) || p.Folders[2].Mode != 0o770 {
		t.Errorf("the folders are %q", got)
	}
	if p := imagePlan(t, slim, ""); p.User == nil || !p.User.Optional || p.User.Home != "/home/nonroot" || p.Image.User != DefaultUser || len(p.Folders) > 0 {
		t.Errorf("the default user is %+v", p.User)
	}
	for _, user := range []string{"www-data", "root", "1000"} {
		if p := imagePlan(t, slim, "user = \""+user+"\"\n"); p.User != nil || p.Image.User != user {
			t.Errorf("%s is made: %+v", user, p.User)
		}
	}
}

func TestWhatTheImageIsToldIsInItsConfiguration(t *testing.T) {
	p := imagePlan(t, "python:3.13-alpine", `
expose = [8000, "53/udp", "9000-9001"]
stopsignal = "SIGINT"
[healthcheck]
cmd = ["python", "check.py"]
interval = "30s"
timeout = "3s"
start-period = "1m"
start-interval = "2s"
retries = 4
`)
	h := p.Image.Healthcheck
	if !slices.Equal(p.Image.Expose, []string{"8000/tcp", "53/udp", "9000-9001/tcp"}) || p.Image.StopSignal != "SIGINT" || h == nil ||
		h.Interval.Seconds() != 30 || h.Timeout.Seconds() != 3 || h.StartPeriod.Seconds() != 60 || h.StartInterval.Seconds() != 2 || h.Retries != 4 {
		t.Errorf("%+v %+v", p.Image, h)
	}
	if p.Environment.Libc.Family != "musl" || environment.Apk != p.Environment.Manager {
		t.Errorf("%+v", p.Environment)
	}
}

func TestACommandOfAProcfileFindsThePortInItsEnvironment(t *testing.T) {
	for _, test := range []struct {
		why              project.CommandReason
		port, text, want string
	}{
		{project.CommandByProcfile, "", "", "8000"},
		{project.CommandByProcfile, "5000", "", "5000"},
		{project.CommandByProcfile, "80", "env = {PORT = \"80\"}", "80"},
		{project.CommandByCode, "", "", ""},
	} {
		p, err := project.Read(oneFolder{"moult.toml": test.text}, "moult.toml", project.Options{})
		if err != nil {
			t.Fatal(err)
		}
		env, baseEnv := environmentOf(t, "python:3.13-slim-bookworm")
		plan, err := New(Input{
			Project: p, Python: project.Python{Minor: "3.13", X: 3, Y: 13}, Environment: env, BaseConfig: Config{Env: baseEnv},
			Requested: &project.Requested{}, Command: project.Command{Cmd: []string{"sh", "start.sh"}, Why: test.why, Port: test.port},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := environment.LookupEnv(plan.Config.Env, "PORT"); got != test.want {
			t.Errorf("%s, %s: PORT is %q, want %q", test.why, test.text, got, test.want)
		}
	}
}

func TestAProgramHasTheVariablesOfItsCommand(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "all"},
		{"env = {MODE = \"none\"}", "none"},
	} {
		p, err := project.Read(oneFolder{"moult.toml": test.text}, "moult.toml", project.Options{})
		if err != nil {
			t.Fatal(err)
		}
		env, baseEnv := environmentOf(t, "python:3.13-slim-bookworm")
		plan, err := New(Input{
			Project: p, Python: project.Python{Minor: "3.13", X: 3, Y: 13}, Environment: env, BaseConfig: Config{Env: baseEnv}, Requested: &project.Requested{},
			Command: project.Command{Cmd: []string{"shop"}, Why: project.CommandByScript, Env: []project.CommandVariable{{Name: "MODE", Value: "all"}, {Name: "GPG_KEY", Value: "1"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := environment.LookupEnv(plan.Config.Env, "MODE"); got != test.want {
			t.Errorf("%s: MODE is %q, want %q", test.text, got, test.want)
		}
		if base, _ := environment.LookupEnv(baseEnv, "GPG_KEY"); base != "" {
			if got, _ := environment.LookupEnv(plan.Config.Env, "GPG_KEY"); got != base {
				t.Errorf("GPG_KEY is %q, and the base has %q", got, base)
			}
		}
	}
}
