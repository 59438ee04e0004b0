package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// step reads one entry of [[tool.moult.steps]], or of a stage's steps where stage
// is not nil. ok is false if it does not apply, or has an error.
func (r *reader) step(t stepTable, stage *Stage) (s Step, ok bool) {
	at := t.node
	s = Step{Pos: at.Pos(), Name: t.Name.V, Network: t.Network, SSH: t.SSH}
	var counts bool
	s.Condition, counts = r.condition(t.conditionTable)
	if strings.ContainsAny(s.Name, "\r\n\x00") {
		r.fail(source.Errorf(t.Name.Pos, "the name of a step must stand on one line"))
	}
	s.Env = r.environment(t.Env)
	for _, n := range t.Secrets {
		secret, err := parseSecret(n)
		if err != nil {
			r.fail(err)
			continue
		}
		s.Secrets = append(s.Secrets, secret)
	}
	for _, n := range t.Caches {
		cache, err := parseCache(n)
		if err != nil {
			r.fail(err)
			continue
		}
		s.Caches = append(s.Caches, cache)
	}
	if t.Inputs != nil {
		s.Inputs = append([]source.At[string]{}, r.relativePatterns(*t.Inputs)...)
	}
	if t.Outputs != nil {
		s.Outputs = []source.At[string]{}
		for _, v := range *t.Outputs {
			name, err := folder(v, "outputs", "an output")
			switch {
			case err != nil:
			case strings.ContainsAny(name, "*?["):
				err = source.Errorf(v.Pos, "outputs: %q is a pattern; name the folder that holds the files", v.V)
			case slices.ContainsFunc(s.Outputs, func(o source.At[string]) bool { return o.V == name }):
				err = source.Errorf(v.Pos, "outputs: %q is there twice", v.V)
			}
			if err != nil {
				r.fail(err)
				continue
			}
			s.Outputs = append(s.Outputs, source.At[string]{V: name, Pos: v.Pos})
		}
	}
	if t.In != nil {
		switch {
		case stage != nil:
			r.fail(source.Errorf(t.In.Pos, "a step of a stage runs in the stage").WithHint("leave in out"))
		case t.In.V == "builder":
			s.InBuilder = true
			if at.Get("outputs") == nil {
				r.fail(source.Errorf(t.In.Pos, "a step in the builder needs outputs: the image gets nothing else that the step writes").WithHint(`write outputs = ["/app/..."], or [] for a step that only checks`))
			}
		case t.In.V != "image":
			r.fail(source.Errorf(t.In.Pos, "in: %q is neither \"image\" nor \"builder\"", t.In.V).WithHint(`write "image" or "builder"`))
		}
	}
	run := r.argv(t.Run)
	if run == nil {
		return s, false
	}
	if len(t.Run.Items) == 0 {
		r.fail(source.Errorf(t.Run.Pos(), "%s is empty", t.Run.Path()))
		return s, false
	}
	s.Run = *run
	return s, counts
}

// relativePatterns are patterns of files below a folder.
func (r *reader) relativePatterns(list []source.At[string]) []source.At[string] {
	for _, v := range list {
		if text := strings.TrimPrefix(v.V, "!"); path.IsAbs(text) {
			r.fail(source.Errorf(v.Pos, "inputs: %q must be relative to the folder of the files", v.V).WithHint("write %q", strings.TrimLeft(text, "/")))
		}
	}
	return r.patterns(list)
}

// parseSecret reads "ID", or {id, file | env, optional}.
func parseSecret(n *toml.Node) (StepSecret, error) {
	var t secretTable
	if n.Kind == toml.String {
		t.ID = source.At[string]{V: n.Str, Pos: n.Pos()}
	} else if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
		return StepSecret{}, err
	}
	if err := checkSecretID(t.ID); err != nil {
		return StepSecret{}, err
	}
	s := StepSecret{Pos: n.Pos(), ID: t.ID.V, Optional: t.Optional}
	switch {
	case t.File != nil && t.Env != nil:
		return StepSecret{}, source.Errorf(n.Pos(), "the secret %q is either a file or a variable, not both", s.ID)
	case t.Env != nil:
		s.Env = t.Env.V
		return s, checkEnvName(s.Env, t.Env.Pos)
	case t.File != nil:
		file, err := absolutePath(*t.File, "file")
		s.File = file
		return s, err
	}
	s.File = "/run/secrets/" + s.ID
	return s, nil
}

// parseCache reads "/folder", or {path, id}.
func parseCache(n *toml.Node) (StepCache, error) {
	var t cacheTable
	if n.Kind == toml.String {
		t.Path = source.At[string]{V: n.Str, Pos: n.Pos()}
	} else if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
		return StepCache{}, err
	}
	dir, err := folder(t.Path, "caches", "a cache")
	return StepCache{Pos: n.Pos(), Path: dir, ID: t.ID.V}, err
}

var stageName = regex.New(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// stageWorkdir is the default folder of a stage's files.
const stageWorkdir = "/src"

// stage reads [tool.moult.stage.NAME].
func (r *reader) stage(name string, pos source.Pos, t stageTable) {
	if !stageName.MatchString(name) {
		r.fail(source.Errorf(pos, "%q is not a stage's name", name).WithHint("use letters, digits, '-', '_' and '.'"))
		return
	}
	s := Stage{
		Pos: t.node.Pos(), Name: name, Dir: r.p.Dir, Workdir: stageWorkdir, Venv: t.Venv,
		Exclude: r.patterns(t.Exclude), Env: r.environment(t.Env),
		Apt: r.systemPackages(t.Apt, debian), Apk: r.systemPackages(t.Apk, alpine), Dnf: r.systemPackages(t.Dnf, redHat),
	}
	if image := r.image(t.Image, "image"); image != nil {
		s.Image = *image
	}
	if t.Dir != nil {
		dir, err := fromContext(r.p.Dir, *t.Dir, "dir")
		r.fail(err)
		s.Dir = dir
	}
	if t.Workdir != nil {
		workdir, err := folder(*t.Workdir, "workdir", "a stage's")
		r.fail(err)
		s.Workdir = workdir
	}
	if steps := t.node.Get("steps"); len(steps.Elements()) == 0 && len(t.Apt)+len(t.Apk)+len(t.Dnf) == 0 {
		r.fail(source.Errorf(s.Pos, "the stage %q has no steps, so it makes no files", name).
			WithHint(`to copy files out of an image, write an entry of files: {image = "...", from = "...", to = "..."}`))
	}
	for _, step := range t.Steps {
		if one, ok := r.step(step, &s); ok {
			s.Steps = append(s.Steps, one)
		}
	}
	for _, e := range t.Outputs {
		o, err := stageOutput(e, s.Workdir)
		if err != nil {
			r.fail(err)
			continue
		}
		s.Outputs = append(s.Outputs, o)
	}
	if len(t.node.Get("outputs").Keys()) > len(s.Outputs) {
		r.skippedStages[name] = true // their errors are already reported
	}
	r.p.Settings.Stages = append(r.p.Settings.Stages, s)
}

// stageOutput reads "dist" = "/app/static".
func stageOutput(e toml.Entry[*toml.Node], workdir string) (Output, error) {
	if err := e.V.Expect(toml.String); err != nil {
		return Output{}, err
	}
	o := Output{Pos: e.KeyPos, From: path.Clean(e.Key)}
	switch {
	case e.Key == "" || strings.ContainsAny(e.Key, "\x00\r\n"):
		return o, source.Errorf(e.KeyPos, "outputs: %q is not a path in the stage", e.Key)
	case !path.IsAbs(e.Key) && escapes(e.Key):
		return o, source.Errorf(e.KeyPos, "outputs: %q leaves the stage's workdir", e.Key).WithHint("write an absolute path")
	case !path.IsAbs(e.Key):
		o.From = path.Join(workdir, e.Key)
	}
	to := e.V.Str
	switch {
	case to == "" || strings.ContainsAny(to, "\x00\r\n"):
		return o, source.Errorf(e.V.Pos(), "outputs: %q is not a path", to).WithHint("write an absolute one for the image, or one relative to the project's folder")
	case path.Clean(to) == "/":
		return o, source.Errorf(e.V.Pos(), "outputs: the root folder cannot be an output")
	case !path.IsAbs(to) && escapes(to):
		return o, source.Errorf(e.V.Pos(), "outputs: %q leaves the project's folder", to).WithHint("write an absolute path for a place in the image")
	}
	o.To = path.Clean(to)
	return o, nil
}

// stagesInUse finds entries of files whose stage does not exist, and stages
// whose files are not used.
func (r *reader) stagesInUse() {
	s := &r.p.Settings
	var names []string
	for _, stage := range s.Stages {
		names = append(names, stage.Name)
	}
	used := map[string]bool{}
	for i, f := range s.Files {
		if f.Stage.V == "" {
			continue
		}
		used[f.Stage.V] = true
		n := slices.Index(names, f.Stage.V)
		if n < 0 {
			err := source.Errorf(f.Stage.Pos, "there is no stage %q", f.Stage.V)
			if near := toml.Nearest(f.Stage.V, names); near != "" {
				err = err.WithHint("did you mean %q?", near)
			} else {
				err = err.WithHint("its steps are written under [tool.moult.stage.%s]", f.Stage.V)
			}
			r.fail(err)
			continue
		}
		// Paths in a stage are relative to its workdir. Without a path, all of it is
		// meant.
		if from := f.From.V; !path.IsAbs(from) {
			s.Files[i].From.V = path.Join(s.Stages[n].Workdir, from)
		}
		s.Files[i].From.V = strings.TrimPrefix(s.Files[i].From.V, "/")
	}
	for _, stage := range s.Stages {
		if len(stage.Outputs) == 0 && !used[stage.Name] && !r.skippedStages[stage.Name] && !r.inheritedStage(stage.Name) {
			r.fail(source.Errorf(stage.Pos, "nothing uses the files of the stage %q", stage.Name).
				WithHint(`write outputs = {"dist" = "/app/static"} in it, or an entry of files with stage = %q`, stage.Name))
		}
	}
}

// inheritedStage reports whether a target inherits a stage that is used there. A
// target cannot remove it.
func (r *reader) inheritedStage(name string) bool {
	i := slices.IndexFunc(r.targets, func(t Target) bool { return t.Name == r.p.Settings.Target })
	return i >= 0 && r.targets[i].own.Get("stage", name) == nil
}

// Step is one entry of [[tool.moult.steps]] or of a stage's steps.
type Step struct {
	Condition
	Pos source.Pos
	// Name is its name in the build's log; "" if the key is missing.
	Name    string
	Run     Argv
	Env     []Variable
	Secrets []StepSecret
	Caches  []StepCache
	// Network is true if the step has the network.
	Network bool
	// SSH is true if the step may use the build's SSH agent.
	SSH bool
	// Inputs are patterns of the files it reads; nil means all, an empty list
	// none.
	Inputs []source.At[string]
	// Outputs are the absolute paths that the image gets from it; nil means
	// everything that it writes, an empty list nothing.
	Outputs []source.At[string]
	// InBuilder is true if it runs in the builder instead of the image.
	InBuilder bool
}

// StepSecret is a build secret that a step may read.
type StepSecret struct {
	Pos source.Pos
	ID  string
	// Env is the variable that holds it; "" if a file does.
	Env string
	// File is the file that holds it; "" if a variable does. The default is
	// /run/secrets/ID.
	File string
	// Optional is true if the step also runs without it.
	Optional bool
}

// StepCache is a cache mount.
type StepCache struct {
	Pos source.Pos
	// Path is the absolute folder.
	Path string
	// ID is the id of the cache; "" means its path.
	ID string
}
