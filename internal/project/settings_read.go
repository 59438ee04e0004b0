package project

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// settingsTable is [tool.moult] as it is written.
type settingsTable struct {
	Python       *source.At[string]         `toml:"python"`
	Base         *source.At[string]         `toml:"base"`
	Builder      *source.At[string]         `toml:"builder"`
	Requirements []source.At[string]        `toml:"requirements"`
	Extras       []source.At[string]        `toml:"extras"`
	Groups       []source.At[string]        `toml:"groups"`
	Index        []indexTable               `toml:"index"`
	Apt          aptTable                   `toml:"apt"`
	Lock         *toml.Node                 `toml:"lock"`
	Package      toml.Entries[packageTable] `toml:"package"`
	Env          entries                    `toml:"env"`
	User         *toml.Node                 `toml:"user"`
	Workdir      *source.At[string]         `toml:"workdir"`
	Entrypoint   *toml.Node                 `toml:"entrypoint"`
	Cmd          *toml.Node                 `toml:"cmd"`
	Expose       []*toml.Node               `toml:"expose"`
	Labels       entries                    `toml:"labels"`
	Healthcheck  *toml.Node                 `toml:"healthcheck"`
	Stopsignal   *toml.Node                 `toml:"stopsignal"`
	Volumes      []source.At[string]        `toml:"volumes"`
	App          appTable                   `toml:"app"`
	Steps        []stepTable                `toml:"steps"`
	Bytecode     *source.At[bool]           `toml:"bytecode"`
}

type indexTable struct {
	place
	Name    source.At[string]  `toml:"name"`
	URL     *source.At[string] `toml:"url"`
	Default bool               `toml:"default"`
	Secret  source.At[string]  `toml:"secret"`
}

type aptTable struct {
	Build []source.At[string] `toml:"build"`
	Run   []source.At[string] `toml:"run"`
}

type packageTable struct {
	Path *source.At[string] `toml:"path"`
}

type healthcheckTable struct {
	Cmd           *toml.Node         `toml:"cmd,required"`
	Interval      *source.At[string] `toml:"interval"`
	Timeout       *source.At[string] `toml:"timeout"`
	StartPeriod   *source.At[string] `toml:"start-period"`
	StartInterval *source.At[string] `toml:"start-interval"`
	Retries       *source.At[int]    `toml:"retries"`
}

type appTable struct {
	Include *[]source.At[string] `toml:"include"`
	Exclude []source.At[string]  `toml:"exclude"`
}

type stepTable struct {
	place
	Name    source.At[string] `toml:"name"`
	Run     *toml.Node        `toml:"run,required"`
	Env     entries           `toml:"env"`
	Secrets []*toml.Node      `toml:"secrets"`
	Caches  []*toml.Node      `toml:"caches"`
	Network bool              `toml:"network"`
	SSH     bool              `toml:"ssh"`
}

// place remembers where a table of an array was written.
type place struct{ pos source.Pos }

func (p *place) PlaceTOML(pos source.Pos) { p.pos = pos }

// foreignKeys are words that other tools use for what has another name here.
var foreignKeys = map[string]string{
	"command": "cmd", "run": "steps", "script": "cmd", "test": "cmd", "environment": "env", "envs": "env", "variables": "env",
	"ports": "expose", "port": "expose", "working_dir": "workdir", "working-dir": "workdir", "cwd": "workdir",
	"image": "base", "from": "base", "base-image": "base", "base_image": "base", "python-version": "python", "python_version": "python",
	"requires-python": "python", "apt-packages": "apt.run", "packages": "apt.run", "system-packages": "apt.run", "build-packages": "apt.build",
	"dependencies": "requirements", "dependency-groups": "groups", "optional-dependencies": "extras", "indexes": "index", "indices": "index",
	"ignore": "app.exclude", "include": "app.include", "exclude": "app.exclude", "stop_signal": "stopsignal", "health-check": "healthcheck",
	"commands": "steps", "cache": "caches", "secret_id": "secret", "token": "secret", "password": "secret", "volume": "volumes", "label": "labels",
}

// settings reads [tool.moult], or the whole of a moult.toml.
func (r *reader) settings(n *toml.Node) {
	s := &r.p.Settings
	s.Pos = n.Pos()
	dir := r.p.Dir
	var t settingsTable
	r.fail(toml.Decode(n, &t, toml.Synonyms(foreignKeys)))

	if t.Python != nil {
		request, err := parsePython(*t.Python)
		r.fail(err)
		s.Python = request
	}
	s.Base, s.Builder = r.image(t.Base, "base"), r.image(t.Builder, "builder")
	for _, v := range t.Requirements {
		if name, err := contextPath(dir, v); err != nil {
			r.fail(err)
		} else {
			s.Requirements = append(s.Requirements, source.At[string]{V: name, Pos: v.Pos})
		}
	}
	s.Extras, s.Groups = t.Extras, t.Groups
	r.indexSettings(t.Index)
	s.Apt = SystemPackages{Build: r.aptPackages(t.Apt.Build), Run: r.aptPackages(t.Apt.Run)}
	r.lockSetting(t.Lock)
	r.packageSettings(t.Package)

	s.Env = r.variables(t.Env, checkEnvName)
	s.Labels = r.variables(t.Labels, checkLabel)
	if t.User != nil {
		user, err := parseUser(t.User)
		r.fail(err)
		s.User = user
	}
	if t.Workdir != nil {
		dir, err := absolutePath(*t.Workdir, "workdir")
		r.fail(err)
		s.Workdir = &source.At[string]{V: dir, Pos: t.Workdir.Pos}
	}
	s.Entrypoint, s.Cmd = r.argv(t.Entrypoint), r.argv(t.Cmd)
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
		name, err := absolutePath(v, "volumes")
		if err == nil && name == "/" {
			err = source.Errorf(v.Pos, "volumes: the root folder cannot be a volume")
		}
		if err != nil {
			r.fail(err)
			continue
		}
		s.Volumes = append(s.Volumes, source.At[string]{V: name, Pos: v.Pos})
	}
	if t.App.Include != nil {
		s.App.Include = r.patterns(*t.App.Include)
		if len(*t.App.Include) == 0 {
			r.fail(source.Errorf(n.Get("app", "include").Pos(), "app.include is empty, so the image would not hold the application").WithHint("leave the key out to include everything"))
		}
	}
	s.App.Exclude = r.patterns(t.App.Exclude)
	for _, step := range t.Steps {
		r.step(step)
	}
	s.Bytecode = t.Bytecode
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

func (r *reader) indexSettings(tables []indexTable) {
	for _, t := range tables {
		index := Index{Pos: t.pos, Name: t.Name.V, Default: t.Default}
		if t.URL == nil {
			if t.Name.V == "" {
				r.fail(source.Errorf(t.pos, "an index needs a url, or the name of one that another tool's table gives"))
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
		for _, older := range r.p.Settings.Indexes {
			if index.Name != "" && older.Name == index.Name {
				r.fail(source.Errorf(t.Name.Pos, "there are two indexes named %q, the first is at line %d", index.Name, older.Pos.Line))
			}
			if index.Default && older.Default {
				r.fail(source.Errorf(t.pos, "there are two default indexes, the first is at line %d", older.Pos.Line))
			}
		}
		r.p.Settings.Indexes = append(r.p.Settings.Indexes, index)
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

var (
	aptName    = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+(:[a-z0-9][a-z0-9-]*)?(=[0-9A-Za-z][0-9A-Za-z.+:~*-]*|/[a-z0-9][a-z0-9.-]*)?$`)
	aptOptions = "write one package for each element, such as \"libpq5\" or \"libpq5=16.4-1\""
)

func (r *reader) aptPackages(list []source.At[string]) []SystemPackage {
	var good []SystemPackage
	for _, v := range list {
		if !aptName.MatchString(v.V) || strings.HasSuffix(v.V, "-") || strings.HasSuffix(v.V, "+") && !strings.HasSuffix(v.V, "++") {
			// "name-" and "name+" tell apt to remove and to install.
			r.fail(source.Errorf(v.Pos, "%q is not a Debian package", v.V).WithHint("%s", aptOptions))
			continue
		}
		good = append(good, SystemPackage{Pos: v.Pos, Name: v.V})
	}
	return good
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
		s := PackageSettings{Pos: e.KeyPos, Name: pep503.Normalize(e.Key)}
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

func (r *reader) variables(list entries, check func(name string, pos source.Pos) error) []Variable {
	var vars []Variable
	for _, e := range list {
		if err := check(e.Key, e.KeyPos); err != nil {
			r.fail(err)
			continue
		}
		value := source.At[string]{Pos: e.V.Pos()}
		switch e.V.Kind {
		case toml.String:
			value.V = e.V.Str
		case toml.Int, toml.Float, toml.Bool, toml.Datetime:
			text := e.V.Str
			if e.V.Kind == toml.Bool {
				text = strconv.FormatBool(e.V.Bool)
			}
			r.fail(source.Errorf(e.V.Pos(), "%s must be a string, not %s", e.V.Path(), e.V.Kind).WithHint("write %q", text))
			continue
		default:
			r.fail(source.Errorf(e.V.Pos(), "%s must be a string, not %s", e.V.Path(), e.V.Kind))
			continue
		}
		if strings.ContainsRune(value.V, 0) {
			r.fail(source.Errorf(e.V.Pos(), "%s must not contain a zero byte", e.V.Path()))
			continue
		}
		vars = append(vars, Variable{Pos: e.KeyPos, Name: e.Key, Value: value})
	}
	return vars
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

var (
	userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$`)
	number   = regexp.MustCompile(`^[0-9]+$`)
)

// maxID is the largest user and group number a container may have.
const maxID = 1<<31 - 2

func parseUser(n *toml.Node) (*User, error) {
	if n.Kind == toml.Int {
		return nil, source.Errorf(n.Pos(), "user must be a string, not an integer").WithHint("write user = %q", n.Str)
	}
	if err := n.Expect(toml.String); err != nil {
		return nil, err
	}
	u := &User{Pos: n.Pos(), UID: -1, GID: -1, Text: n.Str}
	who, group, hasGroup := strings.Cut(n.Str, ":")
	bad := func(part string) error {
		return source.Errorf(n.Pos(), "user: %q is not a user", part).WithHint(`write a number, a name that the base image knows, or either with a group: "1000", "www-data", "1000:1000"`)
	}
	var ok bool
	if u.Name, u.UID, ok = nameOrID(who); !ok {
		return nil, bad(n.Str)
	}
	if hasGroup {
		if u.Group, u.GID, ok = nameOrID(group); !ok {
			return nil, bad(n.Str)
		}
	}
	return u, nil
}

func nameOrID(text string) (name string, id int, ok bool) {
	if number.MatchString(text) {
		id, err := strconv.Atoi(text)
		return "", id, err == nil && id <= maxID
	}
	return text, -1, userName.MatchString(text)
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

func (r *reader) step(t stepTable) {
	s := Step{Pos: t.pos, Name: t.Name.V, Network: t.Network, SSH: t.SSH}
	if strings.ContainsAny(s.Name, "\r\n\x00") {
		r.fail(source.Errorf(t.Name.Pos, "the name of a step must stand on one line"))
	}
	run := r.argv(t.Run)
	if run == nil {
		return
	}
	if len(t.Run.Items) == 0 {
		r.fail(source.Errorf(t.Run.Pos(), "%s is empty", t.Run.Path()))
		return
	}
	s.Run = *run
	s.Env = r.variables(t.Env, checkEnvName)
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
	r.p.Settings.Steps = append(r.p.Settings.Steps, s)
}

// parseSecret reads "ID", or {id, file | env, optional}.
func parseSecret(n *toml.Node) (StepSecret, error) {
	var t struct {
		ID       source.At[string]  `toml:"id,required"`
		File     *source.At[string] `toml:"file"`
		Env      *source.At[string] `toml:"env"`
		Optional bool               `toml:"optional"`
	}
	if n.Kind == toml.String {
		t.ID = source.At[string]{V: n.Str, Pos: n.Pos()}
	} else if err := toml.Decode(n, &t); err != nil {
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
	var t struct {
		Path source.At[string] `toml:"path,required"`
		ID   source.At[string] `toml:"id"`
	}
	if n.Kind == toml.String {
		t.Path = source.At[string]{V: n.Str, Pos: n.Pos()}
	} else if err := toml.Decode(n, &t); err != nil {
		return StepCache{}, err
	}
	folder, err := absolutePath(t.Path, "caches")
	if err == nil && folder == "/" {
		err = source.Errorf(t.Path.Pos, "caches: the root folder cannot be a cache")
	}
	return StepCache{Pos: n.Pos(), Path: folder, ID: t.ID.V}, err
}

var _ fmt.Stringer = Port{}
