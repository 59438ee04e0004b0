package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// observed is what an image says, and what its program says once it runs, by
// name.
type observed map[string]string

// configured is the part of an image's configuration that is compared.
type configured struct {
	Config struct {
		Entrypoint, Cmd []string
		ExposedPorts    map[string]struct{}
		Volumes         map[string]struct{}
		Labels          map[string]string
		StopSignal      string
		WorkingDir      string
		Healthcheck     *struct {
			Test                           []string
			Interval, Timeout, StartPeriod int64
			Retries                        int
		}
	} `json:"config"`
}

// observe builds an image, starts it and looks.
func (c *initCase) observe(t *testing.T, l *lab.Lab, kind string, b lab.Build) observed {
	t.Helper()
	if c.target != "" {
		b.Opts["target"] = c.target
	}
	b, ref := push(l, b, "init/"+c.name+":"+kind)
	r, err := l.Build(t.Context(), b)
	if err != nil {
		t.Fatalf("the %s is not built: %v\n%s", kind, err, r.Log())
	}
	image, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	var config configured
	if err := json.Unmarshal(image.RawConfig, &config); err != nil {
		t.Fatal(err)
	}
	seen := observed{}
	of := config.Config
	seen["entrypoint"], seen["cmd"] = jsonList(of.Entrypoint), jsonList(of.Cmd)
	seen["expose"] = strings.Join(slices.Sorted(maps.Keys(of.ExposedPorts)), " ")
	seen["volumes"] = strings.Join(slices.Sorted(maps.Keys(of.Volumes)), " ")
	seen["stopsignal"], seen["workdir"] = of.StopSignal, of.WorkingDir
	for name, value := range of.Labels {
		if !strings.HasPrefix(name, "org.opencontainers.image.") {
			seen["label "+name] = value
		}
	}
	var health []string
	if h := of.Healthcheck; h != nil && !slices.Equal(h.Test, []string{"NONE"}) {
		seen["health times"] = fmt.Sprint(h.Interval, h.Timeout, h.StartPeriod, h.Retries)
		health = slices.Clone(h.Test[1:])
		if h.Test[0] == "CMD-SHELL" {
			health = []string{"sh", "-c", health[0]}
		}
	}
	c.run(t, l, ref, kind, health, seen)
	return seen
}

// run starts an image and adds what its program says.
func (c *initCase) run(t *testing.T, l *lab.Lab, ref, kind string, health []string, seen observed) {
	t.Helper()
	said := ""
	if c.serves {
		running := l.Start(t, lab.Container{Image: ref, Port: 8000})
		code, body, err := running.Get(t.Context(), "/")
		if err != nil {
			t.Fatalf("the image of %s: %v", kind, err)
		}
		seen["answer"], said = fmt.Sprint(code), body
		if health != nil {
			_, err := running.Exec(t.Context(), health...)
			seen["health"] = fmt.Sprint("succeeds: ", err == nil)
			if err != nil {
				t.Logf("the health check of %s: %v", kind, err)
			}
		}
	} else {
		out, err := l.Output(t.Context(), lab.Container{Image: ref})
		if err != nil {
			t.Errorf("the image of %s: %v", kind, err)
		}
		seen["succeeds"] = fmt.Sprint(err == nil)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		said = lines[len(lines)-1]
		seen["says"] = strings.Join(lines[:len(lines)-1], "\n")
	}
	var told map[string]string
	if err := json.Unmarshal([]byte(said), &told); err != nil {
		t.Fatalf("the image of %s says %q: %v", kind, said, err)
	}
	maps.Copy(seen, told)
	seen.normalise()
}

func jsonList(words []string) string {
	if words == nil {
		return ""
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(words) // strings always can be
	return strings.TrimSpace(b.String())
}

// byDesign are variables that only one of the images has: Moult's own, those that
// speak to tools that its image does not have, and what the engine sets.
var byDesign = regexp.MustCompile(`^env (VIRTUAL_ENV|VIRTUAL_ENV_PROMPT|PYTHONUNBUFFERED|PYTHONDONTWRITEBYTECODE|PYTHON_VERSION|HOSTNAME|PWD|DEBIAN_FRONTEND|SHLVL|_|OLDPWD|(PIP|UV|POETRY|PDM|PIPENV)_.*)$`)

// normalise takes out what differs by design: Moult's environment is at
// /opt/venv, the Dockerfiles' at many places or in the system.
func (o observed) normalise() {
	maps.DeleteFunc(o, func(name, _ string) bool { return byDesign.MatchString(name) })
	var path []string
	for _, folder := range strings.Split(o["env PATH"], ":") {
		if !strings.Contains(folder, "venv/bin") && !slices.Contains(path, folder) {
			path = append(path, folder)
		}
	}
	o["env PATH"] = strings.Join(path, ":")
	// A program of the environment is named by its path there.
	program, rest, _ := strings.Cut(o["argv"], " ")
	for _, folder := range []string{"/opt/venv/bin/", "/usr/local/bin/"} {
		program = strings.TrimPrefix(program, folder)
	}
	program = regexp.MustCompile(`^.*/\.?venv/bin/`).ReplaceAllString(program, "")
	o["argv"] = strings.TrimSpace(program + " " + rest)
}

// compare fails where the images differ and no line of init's says so, and where
// a difference that the case names is none.
func (c *initCase) compare(t *testing.T, dockerfile, moult observed, notes string) {
	t.Helper()
	for what, want := range map[string]string{"cmd": c.cmd, "entrypoint": c.entrypoint} {
		if want == "" {
			continue
		}
		if dockerfile[what] == want {
			t.Errorf("%s is that of the Dockerfile: the case need not name it", what)
		}
		dockerfile[what] = want
	}
	met := map[string]bool{}
	names := maps.Clone(dockerfile)
	maps.Copy(names, moult)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		// The application's folder and the working folder are open to every user, which no program misses.
		open := dockerfile[name] == "folder, read-only" && moult[name] == "folder, writable"
		// A number without an account has the home folder "/", where it may write nothing. Moult gives it one.
		home := (name == "home" || name == "env HOME") && dockerfile[name] == "/"
		if dockerfile[name] == moult[name] || open || home {
			continue
		}
		n := slices.IndexFunc(c.differs, func(d difference) bool {
			prefix, ok := strings.CutSuffix(d.what, "*")
			return d.what == name || ok && strings.HasPrefix(name, prefix)
		})
		if n < 0 {
			t.Errorf("%s: the Dockerfile's image has %q, that of init %q", name, dockerfile[name], moult[name])
			continue
		}
		met[c.differs[n].what] = true
	}
	for _, d := range c.differs {
		if !met[d.what] {
			t.Errorf("%s does not differ: the case need not name it", d.what)
		}
		if !strings.Contains(notes, d.note) {
			t.Errorf("%s differs, and init does not say %q", d.what, d.note)
		}
	}
	for _, told := range c.told {
		if !strings.Contains(notes, told) {
			t.Errorf("init does not say %q", told)
		}
	}
}
