package project

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// foreignKeys are words that other tools use for what has another name here.
var foreignKeys = map[string]string{
	"command": "cmd", "run": "steps", "script": "cmd", "test": "cmd", "environment": "env", "envs": "env", "variables": "env",
	"ports": "expose", "port": "expose", "working_dir": "workdir", "working-dir": "workdir", "cwd": "workdir",
	"image": "base", "from": "base", "base-image": "base", "base_image": "base", "python-version": "python", "python_version": "python",
	"requires-python": "python", "apt-packages": "apt.run", "packages": "apt.run", "system-packages": "apt.run", "build-packages": "apt.build",
	"dependencies": "requirements", "dependency-groups": "groups", "optional-dependencies": "extras", "indexes": "index", "indices": "index",
	"ignore": "app.exclude", "include": "app.include", "exclude": "app.exclude", "stop_signal": "stopsignal", "health-check": "healthcheck",
	"copy": "files", "add": "files", "file": "files", "downloads": "files", "download": "files", "mounts": "files", "data": "files",
	"tini": "init", "dumb-init": "init", "arg": "args", "build-args": "args", "build_args": "args", "build-arg": "args", "arguments": "args",
	"stages": "stage", "targets": "target", "variant": "target", "variants": "target", "shell": "cmd", "username": "user", "users": "user",
	"src": "from", "source": "from", "dest": "to", "dst": "to", "destination": "to", "path": "to", "target": "to", "chmod": "mode", "chown": "owner",
	"permissions": "mode", "checksum": "sha256", "hash": "sha256", "digest": "sha256", "extract": "unpack", "strip-components": "strip",
	"platform": "arch", "platforms": "arch", "architecture": "arch", "if": "when", "condition": "when", "inherit": "inherits", "extends": "inherits", "repository": "repositories", "repos": "repositories", "repo": "repositories", "install": "run", "key-url": "key", "gpgkey": "key", "signed-by": "key", "distribution": "suite", "component": "components",
	"output": "outputs", "artifacts": "outputs", "input": "inputs", "sources": "inputs", "id": "uid", "group": "gid", "options": "choices", "values": "choices", "enum": "choices", "help": "description", "value": "default",
	"yum": "dnf", "microdnf": "dnf", "rpm": "dnf", "dpkg": "apt", "no_binary": "no-binary", "no-build-isolation": "build-isolation", "build_requires": "build-requires", "config_settings": "config-settings",
	"directories": "writable", "mkdir": "writable", "dirs": "writable",
	"commands": "steps", "cache": "caches", "secret_id": "secret", "token": "secret", "password": "secret", "volume": "volumes", "label": "labels",
}

// settings reads [tool.moult], or the whole of a moult.toml; of a target the tree
// that Merge made.
func (r *reader) settings(n *toml.Node) {
	s := &r.p.Settings
	s.Pos = headerOf(n)
	r.readArgs(n.Get("args"))
	var t settingsTable
	r.fail(toml.Decode(n, &t, toml.Synonyms(foreignKeys), toml.Expand(r.expandString)))

	r.python(t.Python)
	s.Base, s.Builder = r.image(t.Base, "base"), r.image(t.Builder, "builder")
	for _, v := range t.Requirements {
		if v.V == "" && v.expanded {
			continue
		}
		if name, err := contextPath(r.p.Dir, v.At); err != nil {
			r.fail(err)
		} else {
			s.Requirements = append(s.Requirements, source.At[string]{V: name, Pos: v.Pos})
		}
	}
	s.Extras, s.Groups = names(t.Extras), names(t.Groups)
	r.indexSettings(t.Index)
	s.Apt = SystemPackages{Build: r.systemPackages(t.Apt.Build, debian), Run: r.systemPackages(t.Apt.Run, debian), Env: r.buildEnvironment(t.Apt.Env), Repositories: r.aptRepositories(t.Apt.Repositories)}
	s.Apk = r.apkPackages(t.Apk, alpine)
	s.Dnf = r.apkPackages(t.Dnf, redHat)
	r.lockSetting(t.Lock)
	r.packageSettings(t.Package)
	r.buildSettings(t.Build)

	s.Env = r.environment(t.Env)
	s.Labels = r.variables(t.Labels, checkLabel)
	r.user(t.User)
	s.Workdir = r.absolute(t.Workdir, "workdir")
	s.Entrypoint, s.Cmd = r.argv(t.Entrypoint), r.argv(t.Cmd)
	s.Init = t.Init
	for _, e := range t.Expose {
		port, err := parsePort(e)
		if err != nil {
			r.fail(err)
			continue
		}
		s.Expose = append(s.Expose, port)
	}
	r.healthcheck(t.Healthcheck)
	r.stopsignal(t.Stopsignal)
	for _, v := range t.Volumes {
		if name, err := folder(v, "volumes", "a volume"); err != nil {
			r.fail(err)
		} else {
			s.Volumes = append(s.Volumes, source.At[string]{V: name, Pos: v.Pos})
		}
	}
	r.writable(t.Writable)
	r.app(t.App, n.Get("app"))
	for _, e := range t.Stage {
		r.stage(e.Key, e.KeyPos, e.V)
	}
	for _, file := range t.Files {
		r.fileSet(file)
	}
	r.stagesInUse()
	for _, step := range t.Steps {
		if one, ok := r.step(step, nil); ok {
			s.Steps = append(s.Steps, one)
		}
	}
	s.Bytecode = t.Bytecode
}

// names gives the names of extras or groups: one that ${...} put in may be several,
// or none, and may be there already.
func names(list []word) []source.At[string] {
	var all, written []source.At[string]
	for _, v := range list {
		if !v.expanded {
			written = append(written, v.At)
		}
	}
	for _, v := range list {
		if !v.expanded {
			all = append(all, v.At)
			continue
		}
		for _, name := range strings.FieldsFunc(v.V, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' || c == '\n' }) {
			if !hasName(all, name) && !hasName(written, name) {
				all = append(all, source.At[string]{V: name, Pos: v.Pos})
			}
		}
	}
	return all
}

// python reads "3.13", or {version, from}.
func (r *reader) python(n *toml.Node) {
	if n == nil {
		return
	}
	var t pythonTable
	var err error
	if n.Kind == toml.Table {
		if err = toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err == nil && t.Version == nil && t.From == nil {
			err = source.Errorf(n.Pos(), "python has neither a version nor an image to take it from").WithHint(`write python = %q, or {from = "python:%s-slim"}`, newestMinor(), newestMinor())
		}
	} else {
		err = toml.Decode(n, &t.Version)
	}
	if err != nil {
		r.fail(err)
		return
	}
	if t.Version != nil {
		request, err := parsePython(*t.Version)
		r.fail(err)
		r.p.Settings.Python = request
	}
	r.p.Settings.PythonFrom = r.image(t.From, "python.from")
}

// app reads [tool.moult.app].
func (r *reader) app(t appTable, n *toml.Node) {
	a := &r.p.Settings.App
	if t.To != nil {
		to, err := folder(*t.To, "app.to", "the application's")
		r.fail(err)
		a.To = source.At[string]{V: to, Pos: t.To.Pos}
	}
	if t.Include != nil {
		a.Include = r.patterns(*t.Include)
		if include := n.Get("include"); len(include.Elements()) == 0 {
			r.fail(source.Errorf(include.Pos(), "app.include is empty, so the image would not hold the application").WithHint("leave the key out to include everything"))
		}
	}
	a.Exclude, a.Executable = r.patterns(t.Exclude), r.patterns(t.Executable)
}

func (r *reader) image(v *source.At[string], key string) *source.At[string] {
	if v == nil {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(v.V); err != nil {
		r.fail(source.Errorf(v.Pos, "%s: %q is not an image reference: %w", key, v.V, err))
		return nil
	}
	return v
}

// indexSettings reads [[tool.moult.index]]. An entry of a target takes the place of
// an inherited one of the same name, and of an inherited default.
func (r *reader) indexSettings(tables []indexTable) {
	var nodes []*toml.Node // of the indexes so far
	list := &r.p.Settings.Indexes
	for _, t := range tables {
		pos := t.node.Pos()
		index := Index{Pos: pos, Name: t.Name.V, Default: t.Default}
		if t.URL == nil {
			if t.Name.V == "" {
				r.fail(source.Errorf(pos, "an index needs a url, or the name of one that another tool's table gives"))
				continue
			}
		} else {
			if err := checkIndexURL(*t.URL); err != nil {
				r.fail(err)
				continue
			}
			index.URL = *t.URL
		}
		if t.Secret.Pos.IsValid() {
			if err := checkSecretID(t.Secret); err != nil {
				r.fail(err)
				continue
			}
			index.Secret = t.Secret
		}
		for i := 0; i < len(*list); i++ {
			older := &(*list)[i]
			named, inherited := index.Name != "" && older.Name == index.Name, nodes[i].Parent() != t.node.Parent()
			switch {
			case named && inherited:
				*list, nodes = slices.Delete(*list, i, i+1), slices.Delete(nodes, i, i+1)
				i--
			case named:
				r.fail(source.Errorf(t.Name.Pos, "there are two indexes named %q, the first is at line %d", index.Name, older.Pos.Line))
			case index.Default && older.Default && inherited:
				older.Default = false
			case index.Default && older.Default:
				r.fail(source.Errorf(pos, "there are two default indexes, the first is at line %d", older.Pos.Line))
			}
		}
		*list, nodes = append(*list, index), append(nodes, t.node)
	}
}

var secretID = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func checkSecretID(v source.At[string]) error {
	if !secretID.MatchString(v.V) {
		return source.Errorf(v.Pos, "%q is not the id of a secret", shorten(v.V)).
			WithHint("write the id that the build gives it: docker buildx build --secret id=ID,...")
	}
	return nil
}

// shorten keeps a text that may be a secret written in the wrong place out of
// the message.
func shorten(text string) string {
	if len(text) > 8 {
		return text[:4] + "…"
	}
	return text
}

func (r *reader) lockSetting(n *toml.Node) {
	switch {
	case n == nil:
	case n.Kind == toml.Bool && !n.Bool:
		r.p.Settings.Lock = Lock{Pos: n.Pos(), Off: true}
	case n.Kind == toml.String:
		name, err := contextPath(r.p.Dir, source.At[string]{V: n.Str, Pos: n.Pos()})
		if err == nil {
			err = r.mustExist(name, n.Pos(), "lock file")
		}
		if err != nil {
			r.fail(err)
			return
		}
		r.p.Settings.Lock = Lock{Pos: n.Pos(), File: name}
	default:
		r.fail(source.Errorf(n.Pos(), "lock must be the name of a lock file, or false"))
	}
}

func (r *reader) mustExist(name string, pos source.Pos, what string) error {
	if r.checking {
		return nil
	}
	ok, err := r.files.has(name)
	if err != nil {
		return err
	}
	if !ok {
		return source.Errorf(pos, "there is no %s %q in the build context", what, name).
			WithHint("check the name, and that .dockerignore does not leave it out")
	}
	return nil
}

func (r *reader) packageSettings(list toml.Entries[packageTable]) {
	for _, e := range list {
		if !pep503.IsValid(e.Key) {
			r.fail(source.Errorf(e.KeyPos, "%q is not a valid project name", e.Key))
			continue
		}
		s := PackageSettings{
			Pos: e.KeyPos, Name: pep503.Normalize(e.Key), Index: e.V.Index,
			Apt: r.systemPackages(e.V.Apt, debian), Apk: r.systemPackages(e.V.Apk, alpine), Dnf: r.systemPackages(e.V.Dnf, redHat),
			Env:      r.buildEnvironment(e.V.Env),
			NoBinary: e.V.NoBinary, NoIsolation: e.V.BuildIsolation != nil && !*e.V.BuildIsolation,
			BuildRequires: r.requirements(e.V.BuildRequires), ConfigSettings: r.variables(e.V.ConfigSettings, checkConfigSetting),
		}
		if e.V.Path != nil {
			name, err := contextPath(r.p.Dir, *e.V.Path)
			if err == nil {
				err = r.mustExist(name, e.V.Path.Pos, "folder or file")
			}
			if err != nil {
				r.fail(err)
				continue
			}
			s.Path, s.Pos = name, e.V.Path.Pos
		}
		if slices.ContainsFunc(r.p.Settings.Packages, func(o PackageSettings) bool { return o.Name == s.Name }) {
			r.fail(source.Errorf(e.KeyPos, "the package %q is there twice", s.Name))
			continue
		}
		r.p.Settings.Packages = append(r.p.Settings.Packages, s)
	}
}

// variables reads a table of strings; check judges their names.
func (r *reader) variables(list entries, check func(name string, pos source.Pos) error) []Variable {
	var vars []Variable
	for _, e := range list {
		if v, ok := r.variable(e, check); ok {
			vars = append(vars, v)
		}
	}
	return vars
}

// environment reads a table of environment variables. Build arguments are put in;
// what refers to other variables stays, for ExpandEnv.
func (r *reader) environment(list entries) []Variable {
	var vars []Variable
	for _, e := range list {
		if v, ok := r.variable(e, checkEnvName); ok && r.putArgs(&v) {
			vars = append(vars, v)
		}
	}
	return vars
}

// buildEnvironment is environment for what runs in a builder, whose own variables
// are not known: only build arguments and variables before it may be named.
func (r *reader) buildEnvironment(list entries) []Variable {
	vars := r.environment(list)
	closed, err := ExpandEnv(vars, nil)
	if err != nil {
		r.fail(err)
		return nil
	}
	return closed
}

func (r *reader) variable(e toml.Entry[*toml.Node], check func(name string, pos source.Pos) error) (Variable, bool) {
	v := Variable{Pos: e.KeyPos, Name: e.Key, Value: source.At[string]{V: e.V.Str, Pos: e.V.Pos()}}
	err := check(e.Key, e.KeyPos)
	switch {
	case err != nil:
	case e.V.Kind == toml.Bool:
		err = mustBeString(e.V).WithHint("write %q", strconv.FormatBool(e.V.Bool))
	case e.V.Kind == toml.Int, e.V.Kind == toml.Float, e.V.Kind == toml.Datetime:
		err = mustBeString(e.V).WithHint("write %q", e.V.Str)
	case e.V.Kind != toml.String:
		err = mustBeString(e.V)
	case strings.ContainsRune(e.V.Str, 0):
		err = source.Errorf(e.V.Pos(), "%s must not contain a zero byte", e.V.Path())
	}
	r.fail(err)
	return v, err == nil
}

func mustBeString(n *toml.Node) *source.Error {
	return source.Errorf(n.Pos(), "%s must be a string, not %s", n.Path(), n.Kind)
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func checkEnvName(name string, pos source.Pos) error {
	if !envName.MatchString(name) {
		return source.Errorf(pos, "%q is not the name of an environment variable", name).WithHint("use letters, digits and '_', with no digit at the start")
	}
	return nil
}

func checkLabel(name string, pos source.Pos) error {
	if name == "" || strings.ContainsAny(name, " \t\r\n\x00=") {
		return source.Errorf(pos, "%q is not the name of a label", name)
	}
	return nil
}

// argv reads a command; anything but a list of strings is an error.
func (r *reader) argv(n *toml.Node) *Argv {
	if n == nil {
		return nil
	}
	if n.Kind == toml.String {
		err := source.Errorf(n.Pos(), "%s must be a list of arguments, not a string: no shell reads it", n.Path()).
			WithHint("write %s", listOf(n.Str))
		err.Err = ErrShellForm
		r.fail(err)
		return nil
	}
	if err := n.Expect(toml.Array); err != nil {
		r.fail(err)
		return nil
	}
	a := &Argv{Pos: n.Pos(), Args: []source.At[string]{}}
	for _, item := range n.Items {
		switch {
		case item.Kind == toml.Int || item.Kind == toml.Float:
			r.fail(source.Errorf(item.Pos(), "%s must be a string, not %s", item.Path(), item.Kind).WithHint("write %q", item.Str))
		case item.Kind != toml.String:
			r.fail(item.Expect(toml.String))
		case strings.ContainsRune(item.Str, 0):
			r.fail(source.Errorf(item.Pos(), "%s must not contain a zero byte", item.Path()))
		default:
			a.Args = append(a.Args, source.At[string]{V: item.Str, Pos: item.Pos()})
		}
	}
	if len(n.Items) > 0 && n.Items[0].Kind == toml.String && strings.TrimSpace(n.Items[0].Str) == "" {
		r.fail(source.Errorf(n.Items[0].Pos(), "%s starts with an empty word where the program's name belongs", n.Path()))
	}
	return a
}

// listOf writes a shell command as the list it probably means. What only a
// shell understands is given to one.
func listOf(command string) string {
	words := strings.Fields(command)
	if strings.ContainsAny(command, "|&;<>()$`\\\"'*?[#~{}\n=") {
		words = []string{"sh", "-c", command}
	}
	for i, word := range words {
		words[i] = strconv.Quote(word)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

var portForm = regexp.MustCompile(`^(\d{1,5})(?:-(\d{1,5}))?(?:/([A-Za-z]+))?$`)

func parsePort(n *toml.Node) (Port, error) {
	var text string
	switch n.Kind {
	case toml.Int:
		text = strconv.FormatInt(n.Int, 10)
	case toml.String:
		text = n.Str
	default:
		return Port{}, source.Errorf(n.Pos(), "%s must be a port, not %s", n.Path(), n.Kind).WithHint(`write 8000 or "8000/udp"`)
	}
	bad := func() (Port, error) {
		err := source.Errorf(n.Pos(), "expose: %q is not a port", text)
		if strings.Contains(text, ":") {
			return Port{}, err.WithHint("write the container's port alone; docker run -p maps it")
		}
		return Port{}, err.WithHint(`write a number from 1 to 65535, or "8000/udp", or "8000-8010"`)
	}
	m := portForm.FindStringSubmatch(text)
	if m == nil {
		return bad()
	}
	from, _ := strconv.Atoi(m[1])
	to := from
	if m[2] != "" {
		to, _ = strconv.Atoi(m[2])
	}
	protocol := strings.ToLower(m[3])
	if protocol == "" {
		protocol = "tcp"
	}
	if from < 1 || to > 65535 || to < from || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return bad()
	}
	p := Port{Pos: n.Pos(), Port: strconv.Itoa(from), Protocol: protocol}
	if to > from {
		p.Port += "-" + strconv.Itoa(to)
	}
	return p, nil
}

var signalName = regexp.MustCompile(`^SIG(?:[A-Z]+[A-Z0-9]*|RTMIN\+[0-9]+|RTMAX-[0-9]+)$`)

var signals = []string{
	"SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
	"SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
	"SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS", "SIGRTMIN", "SIGRTMAX",
}

func (r *reader) stopsignal(n *toml.Node) {
	if n == nil {
		return
	}
	var text string
	switch n.Kind {
	case toml.Int:
		text = strconv.FormatInt(n.Int, 10)
	case toml.String:
		text = n.Str
	default:
		r.fail(n.Expect(toml.String))
		return
	}
	if number.MatchString(text) {
		if i, err := strconv.Atoi(text); err == nil && i >= 1 && i <= 64 {
			r.p.Settings.Stopsignal = &source.At[string]{V: text, Pos: n.Pos()}
			return
		}
	}
	known := slices.Contains(signals, text) || signalName.MatchString(text) && strings.HasPrefix(text, "SIGRTM") && strings.ContainsAny(text, "+-")
	if !known {
		err := source.Errorf(n.Pos(), "stopsignal: %q is not a signal", text)
		if near := toml.Nearest(text, signals); near != "" {
			err = err.WithHint("did you mean %q?", near)
		} else if slices.Contains(signals, "SIG"+strings.ToUpper(text)) {
			err = err.WithHint("did you mean %q?", "SIG"+strings.ToUpper(text))
		}
		r.fail(err)
		return
	}
	r.p.Settings.Stopsignal = &source.At[string]{V: text, Pos: n.Pos()}
}

func (r *reader) healthcheck(n *toml.Node) {
	if n == nil {
		return
	}
	if n.Kind == toml.Bool && !n.Bool {
		r.p.Settings.Healthcheck = &Healthcheck{Pos: n.Pos(), Off: true}
		return
	}
	var t healthcheckTable
	if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
		r.fail(err)
		return
	}
	h := &Healthcheck{Pos: n.Pos()}
	if cmd := r.argv(t.Cmd); cmd != nil {
		h.Cmd = *cmd
		if len(t.Cmd.Items) == 0 {
			r.fail(source.Errorf(t.Cmd.Pos(), "healthcheck.cmd is empty").WithHint("write healthcheck = false to switch the base image's off"))
		}
		if args := cmd.Strings(); len(args) > 0 && (args[0] == "CMD" || args[0] == "CMD-SHELL" || args[0] == "NONE") {
			r.fail(source.Errorf(cmd.Args[0].Pos, "healthcheck.cmd is the command itself, without %q", args[0]))
		}
	}
	h.Interval = r.duration(t.Interval, "healthcheck.interval")
	h.Timeout = r.duration(t.Timeout, "healthcheck.timeout")
	h.StartPeriod = r.duration(t.StartPeriod, "healthcheck.start-period")
	h.StartInterval = r.duration(t.StartInterval, "healthcheck.start-interval")
	if t.Retries != nil {
		if t.Retries.V < 1 {
			r.fail(source.Errorf(t.Retries.Pos, "healthcheck.retries must be at least 1"))
		} else {
			h.Retries = t.Retries.V
		}
	}
	r.p.Settings.Healthcheck = h
}

// patterns checks patterns in .dockerignore's syntax.
func (r *reader) patterns(list []source.At[string]) []source.At[string] {
	var good []source.At[string]
	for _, v := range list {
		text := strings.TrimPrefix(v.V, "!")
		switch {
		case strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0):
			r.fail(source.Errorf(v.Pos, "%q is not a pattern", v.V))
			continue
		case escapes(text):
			r.fail(source.Errorf(v.Pos, "%q leaves the build context", v.V))
			continue
		}
		if _, err := patternmatcher.New([]string{v.V}); err != nil {
			r.fail(source.Errorf(v.Pos, "%q is not a pattern: %v", v.V, err))
			continue
		}
		// patternmatcher compiles lazily; a match tells about the rest.
		if _, err := patternmatcher.MatchesOrParentMatches("x", []string{v.V}); err != nil {
			r.fail(source.Errorf(v.Pos, "%q is not a pattern: %v", v.V, err))
			continue
		}
		good = append(good, v)
	}
	return good
}

func escapes(p string) bool {
	clean := path.Clean(strings.TrimLeft(p, "/"))
	return clean == ".." || strings.HasPrefix(clean, "../")
}
