package bench

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/dev/lab"
)

// Contestant is one way to make an image of an application.
type Contestant struct {
	// Name is the name on the command line and in the results, Title the name in tables.
	Name, Title string
	// dockerfile is the name of a Dockerfile in bench/ladder; empty for Moult.
	dockerfile string
	// unlocked removes the lock and pins the direct dependencies, as steps 0 and 1 do.
	unlocked bool
	// needsPip is true if the slim base image must have pip, as the official one has.
	needsPip bool
	// syntax is true if the Dockerfile's first line names the Dockerfile frontend, which then runs in a container.
	syntax bool
	// after is the contestant whose images and cache it shares: it is measured at the end of that one's world, and only
	// in small builds.
	after string
}

// contestants are in the order of the tables.
var contestants = []Contestant{
	{Name: "step0", Title: "step 0", dockerfile: "step0.Dockerfile"},
	{Name: "step1", Title: "step 1", dockerfile: "step1.Dockerfile"},
	{Name: "step2", Title: "step 2", dockerfile: "step2.Dockerfile"},
	{Name: "step3", Title: "step 3", dockerfile: "step3.Dockerfile", needsPip: true},
	{Name: "step4", Title: "step 4", dockerfile: "step4.Dockerfile", needsPip: true},
	{Name: "step5", Title: "step 5", dockerfile: "step5.Dockerfile"},
	{Name: "step6", Title: "step 6", dockerfile: "step6.Dockerfile"},
	{Name: syntaxName, Title: "step 6, # syntax", dockerfile: "step6.Dockerfile", syntax: true, after: "step6"},
	{Name: "uv", Title: "uv", dockerfile: "uv.Dockerfile"},
	{Name: "poetry", Title: "Poetry", dockerfile: "poetry.Dockerfile"},
	{Name: "mopy", Title: "mopy", dockerfile: "mopy.Dockerfile"},
	{Name: "blubber", Title: "Blubber", dockerfile: "blubber.Dockerfile"},
	{Name: "railpack", Title: "Railpack", dockerfile: "railpack.Dockerfile"},
	{Name: "heroku", Title: "Heroku", dockerfile: "heroku.Dockerfile"},
	{Name: "moult-unlocked", Title: "Moult, no lock", unlocked: true},
	{Name: "moult", Title: "Moult"},
	{Name: emptyName, Title: "an empty Dockerfile", dockerfile: "empty.Dockerfile"},
	{Name: limitName, Title: "the limit"},
}

// syntaxName is step 6 with a frontend in a container, as Moult's: a Dockerfile that begins with # syntax=docker/dockerfile:1.
const syntaxName = "syntax"

// Two measures for comparison that are no contestants: a Dockerfile with only a FROM, and a program without BuildKit.
const (
	emptyName = "empty"
	limitName = "limit"
)

// yardstick reports whether it is one of these two.
func (c Contestant) yardstick() bool { return c.Name == emptyName || c.Name == limitName }

// Baseline is the contestant to which ratios refer: the last step of the talk's ladder.
const Baseline = "step6"

// Find returns the contestants with these names, in the order of the tables; no names means all.
func Find(names []string) ([]Contestant, error) {
	var found []Contestant
	for _, c := range contestants {
		if len(names) == 0 || slices.Contains(names, c.Name) {
			found = append(found, c)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(contestants, func(c Contestant) bool { return c.Name == name }) {
			return nil, fmt.Errorf("there is no contestant %q", name)
		}
	}
	return found, nil
}

// isMoult reports whether the contestant is built by Moult's frontend.
func (c Contestant) isMoult() bool { return c.dockerfile == "" && !c.yardstick() }

// build describes a build of the application in a folder. It writes the first line of the build file, if it needs one:
// a client names the frontend there.
func (c Contestant) build(w *world, app Application, dir string) (lab.Build, error) {
	b := lab.Build{
		Frontend: "dockerfile.v0",
		Context:  dir,
		Opts:     map[string]string{},
		Secrets:  map[string][]byte{"ca-certificates": w.proxy.CA},
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		b.Opts["build-arg:"+name] = w.proxy.URL()
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		b.Opts["build-arg:"+name] = "127.0.0.1,localhost"
	}
	if c.isMoult() {
		b.Opts["filename"] = "pyproject.toml"
		return b, setSyntax(filepath.Join(dir, "pyproject.toml"), w.options.Frontend)
	}
	ladder := filepath.Join(w.options.Bench, "ladder")
	if c.syntax {
		if err := lay(ladder, filepath.Join(w.dir, "ladder")); err != nil {
			return b, err
		}
		ladder = filepath.Join(w.dir, "ladder")
		if err := setSyntax(filepath.Join(ladder, c.dockerfile), dockerfileFrontend); err != nil {
			return b, err
		}
	}
	b.Locals = map[string]string{"dockerfile": ladder}
	b.Opts["filename"] = c.dockerfile
	b.Opts["build-arg:APP"] = app.Serves
	if app.Extension != "" {
		b.Opts["build-arg:EXTENSION"] = app.Extension
	}
	if c.needsPip {
		b.Opts["context:python:"+pythonVersion+"-slim"] = "docker-image://" + w.lab.Image(slimWithPip)
	}
	return b, nil
}

// pythonVersion is that of all images, and slimWithPip the slim one with pip, made by bench/ladder/slim-with-pip.Dockerfile.
const (
	pythonVersion = "3.13"
	slimWithPip   = "bench/python:" + pythonVersion + "-slim"
)

// bases returns the base images of a contestant.
func (c Contestant) bases(l *lab.Lab, app Application) []string {
	switch {
	case c.needsPip:
		return []string{l.Image(slimWithPip)}
	case c.yardstick(), c.isMoult() && !c.unlocked && app.Extension == "":
		return []string{"python:" + pythonVersion + "-slim"}
	}
	return []string{"python:" + pythonVersion, "python:" + pythonVersion + "-slim"}
}

// pullAll returns a Dockerfile that pulls and unpacks images and has an empty result.
func pullAll(images []string) string {
	var b strings.Builder
	for n, image := range images {
		fmt.Fprintf(&b, "FROM %s AS base%d\nRUN true >/pulled\n", image, n)
	}
	b.WriteString("FROM scratch\n")
	for n := range images {
		fmt.Fprintf(&b, "COPY --from=base%d /pulled /pulled%d\n", n, n)
	}
	return b.String()
}

// lower reports whether it is a step of the ladder before the last one.
func (c Contestant) lower() bool { return strings.HasPrefix(c.Name, "step") && c.Name != Baseline }
