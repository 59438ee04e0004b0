package project

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// foreignKeys are names of keys in other tools, with the name of the same key
// here.
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

// settings reads [tool.moult], or a whole moult.toml; for a target it reads the
// tree from Merge.
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
	if t.Groups != nil && s.Groups == nil {
		s.Groups = []source.At[string]{}
	}
	r.indexSettings(t.Index)
	s.Apt = SystemPackages{Build: r.systemPackages(t.Apt.Build, debian), Run: r.systemPackages(t.Apt.Run, debian), Automatic: t.Apt.Automatic, Env: r.buildEnvironment(t.Apt.Env), Repositories: r.aptRepositories(t.Apt.Repositories)}
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
	s.Bytecode, s.Packaged, s.Version = t.Bytecode, t.Packaged, r.version(t.Version)
}

// names returns the names of extras or groups. A value from ${...} may be several
// names or none, and may repeat one.
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
			err = source.Errorf(n.Pos(), "python needs a version, or an image in from").WithHint(`write python = %q, or {from = "python:%s-slim"}`, newestMinor(), newestMinor())
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
	a.ReadOnly = t.ReadOnly
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
			Network: e.V.Network, Large: e.V.Large, Omit: e.V.Install != nil && !*e.V.Install,
			BuildRequires: r.requirements(e.V.BuildRequires), ConfigSettings: r.variables(e.V.ConfigSettings, checkConfigSetting),
		}
		if v := r.version(e.V.Version); v != nil {
			s.Version = *v
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

// version checks a version for packages whose version is in version control. It
// returns nil for an empty text, which is the result of a build argument
// without a value.
func (r *reader) version(v *source.At[string]) *source.At[string] {
	if v == nil || v.V == "" {
		return nil
	}
	if _, err := pep440.Parse(v.V); err != nil {
		r.fail(source.Errorf(v.Pos, "%q is not a valid version", v.V).WithHint(`write one such as "1.0.0"`))
		return nil
	}
	return v
}
