package project

import (
	"net/url"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// packageKind describes the packages of a kind of distribution.
type packageKind struct {
	// name is the word for errors: "a Debian package".
	name string
	form *regex.Regexp
	// bad reports whether a name that has the form means something else for the
	// package manager.
	bad func(string) bool
	// example is a name with its version.
	example string
	// suffix is the ending of a package's file name.
	suffix string
}

var (
	debian = packageKind{
		name: "a Debian package",
		form: regex.New(`^[a-z0-9][a-z0-9+.-]+(:[a-z0-9][a-z0-9-]*)?(=[0-9A-Za-z][0-9A-Za-z.+:~*-]*|/[a-z0-9][a-z0-9.-]*)?$`),
		bad: func(s string) bool {
			return strings.HasSuffix(s, "-") || strings.HasSuffix(s, "+") && !strings.HasSuffix(s, "++")
		}, // "name-" tells apt to remove
		example: `"libpq5" or "libpq5=16.4-1"`,
		suffix:  ".deb",
	}
	alpine = packageKind{
		name:    "an Alpine package",
		form:    regex.New(`^[A-Za-z0-9_][A-Za-z0-9_+.-]*((=|==|~|~=|=~|<|<=|>|>=)[0-9][0-9A-Za-z_.+~-]*)?(@[A-Za-z0-9_-]+)?$`),
		bad:     func(string) bool { return false },
		example: `"libpq" or "libpq~17.2"`,
		suffix:  ".apk",
	}
	redHat = packageKind{
		name:    "an RPM package",
		form:    regex.New(`^@?[A-Za-z0-9_][A-Za-z0-9_+.:~^*-]*$`),
		bad:     func(string) bool { return false },
		example: `"libpq" or "libpq-16.4-1.el9"`,
		suffix:  ".rpm",
	}
)

// systemPackages reads a list of "name", {name, ...} and {url, sha256, ...}.
func (r *reader) systemPackages(list []*toml.Node, kind packageKind) []SystemPackage {
	var good []SystemPackage
	for _, n := range list {
		if n.Kind == toml.String && n.Str == "" && n.Written != "" {
			continue
		}
		t := systemPackageTable{Name: &source.At[string]{V: n.Str, Pos: n.Pos()}}
		if n.Kind != toml.String {
			t.Name = nil
			if n.Kind != toml.Table {
				r.fail(source.Errorf(n.Pos(), "%s must be a package's name or a table, not %s", n.Path(), n.Kind).WithHint("write one such as %s", kind.example))
				continue
			}
			if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
				r.fail(err)
				continue
			}
		}
		p := SystemPackage{Pos: n.Pos()}
		var counts bool
		p.Condition, counts = r.condition(t.conditionTable)
		switch {
		case t.Name == nil && t.URL == nil:
			r.fail(source.Errorf(n.Pos(), "%s needs a name or a url", n.Path()))
			continue
		case t.Name != nil && t.URL != nil:
			r.fail(source.Errorf(t.URL.Pos, "%s is either a name or a url, not both", n.Path()))
			continue
		case t.URL != nil:
			digest, err := r.fetched(t.URL, t.SHA256, n.Pos())
			if err == nil && !strings.HasSuffix(urlPath(t.URL.V), kind.suffix) {
				err = source.Errorf(t.URL.Pos, "%q is not the address of %s's file, which ends with %s", t.URL.V, kind.name, kind.suffix)
			}
			if err != nil {
				r.fail(err)
				continue
			}
			p.URL, p.SHA256 = t.URL.V, digest
		default:
			if t.SHA256 != nil {
				r.fail(source.Errorf(t.SHA256.Pos, "sha256 belongs to a url"))
				continue
			}
			if name := t.Name.V; !kind.form.MatchString(name) || kind.bad(name) {
				err := source.Errorf(t.Name.Pos, "%q is not %s", source.HideCredentials(name), kind.name)
				if u, e := url.Parse(name); e == nil && u.Host != "" {
					err = err.WithHint(`write {url = %q, sha256 = "..."}`, source.HideCredentials(name))
				} else {
					err = err.WithHint("write one package for each element, such as %s", kind.example)
				}
				r.fail(err)
				continue
			}
			p.Name = t.Name.V
		}
		if counts {
			good = append(good, p)
		}
	}
	return good
}

func urlPath(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Path
}

func (r *reader) apkPackages(t apkTable, kind packageKind) SystemPackages {
	s := SystemPackages{Build: r.systemPackages(t.Build, kind), Run: r.systemPackages(t.Run, kind), Env: r.buildEnvironment(t.Env)}
	for _, table := range t.Repositories {
		if repo, ok := r.repository(table, kind); ok {
			s.Repositories = append(s.Repositories, repo)
		}
	}
	return s
}

var suiteForm = regex.New(`^[A-Za-z0-9./][A-Za-z0-9._/+-]*$`)

func (r *reader) aptRepositories(list []aptRepository) []Repository {
	var good []Repository
	for _, t := range list {
		repo, ok := r.repository(t.repository, debian)
		if !ok {
			continue
		}
		if t.Suite != nil {
			if !suiteForm.MatchString(t.Suite.V) {
				r.fail(source.Errorf(t.Suite.Pos, "%q is not a suite", t.Suite.V).WithHint(`write one such as "trixie", or "./" for a repository without suites`))
				continue
			}
			repo.Suite = t.Suite.V
		}
		flat := strings.HasSuffix(repo.Suite, "/")
		for _, c := range t.Components {
			switch {
			case flat:
				r.fail(source.Errorf(c.Pos, "a suite that ends with / has no components"))
			case !suiteForm.MatchString(c.V):
				r.fail(source.Errorf(c.Pos, "%q is not a component", c.V).WithHint(`write one such as "main"`))
			default:
				repo.Components = append(repo.Components, c.V)
			}
		}
		good = append(good, repo)
	}
	return good
}

func (r *reader) repository(t repository, kind packageKind) (repo Repository, ok bool) {
	repo = Repository{Pos: t.pos, URL: t.URL}
	var counts bool
	repo.Condition, counts = r.condition(t.conditionTable)
	if err := checkFetchURL(t.URL, "a repository"); err != nil {
		if strings.HasPrefix(t.URL.V, "deb ") {
			err = source.Errorf(t.URL.Pos, "%q is a line of a sources.list", t.URL.V).WithHint("write url, suite and components as keys of their own")
		}
		r.fail(err)
		return repo, false
	}
	if t.Key != nil {
		key, err := r.key(t.Key, kind)
		if err != nil {
			r.fail(err)
			return repo, false
		}
		repo.Key = key
	}
	return repo, counts
}

// key reads the file of a key: its name in the context, or {url, sha256}.
func (r *reader) key(n *toml.Node, kind packageKind) (Key, error) {
	k := Key{Pos: n.Pos()}
	name := n.Str
	switch n.Kind {
	case toml.String:
		if strings.HasPrefix(n.Str, "https://") || strings.HasPrefix(n.Str, "http://") {
			return k, source.Errorf(n.Pos(), "key: a key by its address needs its digest").WithHint(`write key = {url = %q, sha256 = "..."}`, source.HideCredentials(n.Str))
		}
		file, err := contextPath(r.p.Dir, source.At[string]{V: n.Str, Pos: n.Pos()})
		if err == nil {
			err = r.mustExist(file, n.Pos(), "file")
		}
		if err != nil {
			return k, err
		}
		k.File = file
	case toml.Table:
		var t keyTable
		if err := toml.Decode(n, &t); err != nil {
			return k, err
		}
		digest, err := r.fetched(&t.URL, &t.SHA256, n.Pos())
		if err != nil {
			return k, err
		}
		k.URL, k.SHA256, name = t.URL.V, digest, urlPath(t.URL.V)
	default:
		return k, source.Errorf(n.Pos(), "key must be the name of a file or a table, not %s", n.Kind)
	}
	if kind.suffix == alpine.suffix && !strings.HasSuffix(name, ".rsa.pub") {
		return k, source.Errorf(n.Pos(), "key: the key of an Alpine repository is a file that ends with .rsa.pub, not %q", path.Base(name))
	}
	return k, nil
}

// checkFetchURL checks the address of something that the build fetches.
func checkFetchURL(v source.At[string], what string) error {
	u, err := url.Parse(v.V)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(v.V, " \t\r\n") {
		return source.Errorf(v.Pos, "%q is not the address of %s", source.HideCredentials(v.V), what).WithHint("write one that starts with https://")
	}
	if u.User != nil {
		return withCredentials(source.Errorf(v.Pos, "the URL of %s has credentials in it", u.Host).WithHint("take them out; they would be kept in the image's history"))
	}
	return nil
}

var sha256Form = regex.New(`^[0-9a-f]{64}$`)

// fetched checks a URL and its digest. It returns the digest in hex.
func (r *reader) fetched(address, digest *source.At[string], pos source.Pos) (string, error) {
	if err := checkFetchURL(*address, "a file"); err != nil {
		return "", err
	}
	if digest == nil {
		return "", source.Errorf(pos, "a url needs its sha256, so that no change of the file stays unnoticed").
			WithHint("curl -L URL | sha256sum prints it")
	}
	return parseSHA256(*digest)
}

func parseSHA256(v source.At[string]) (string, error) {
	text := strings.ToLower(strings.TrimPrefix(v.V, "sha256:"))
	if !sha256Form.MatchString(text) {
		return "", source.Errorf(v.Pos, "sha256: %q is not 64 hexadecimal digits", v.V)
	}
	return text, nil
}

// buildSettings reads [tool.moult.build].
func (r *reader) buildSettings(t buildTable) {
	b := &r.p.Settings.Build
	b.Env = r.buildEnvironment(t.Env)
	if t.Constraints == nil || t.Constraints.V == "" {
		return
	}
	name, err := contextPath(r.p.Dir, *t.Constraints)
	if err != nil {
		r.fail(err)
		return
	}
	b.Constraints = source.At[string]{V: name, Pos: t.Constraints.Pos}
	if r.checking {
		return
	}
	var f RequirementFile
	r.requirementFile(b.Constraints, &f, true, nil)
	b.Constrained = f.Constraints
	for _, v := range f.ConstraintURLs {
		r.fail(mustBeFile(v.V, v.Pos))
	}
}

func checkConfigSetting(name string, pos source.Pos) error {
	if name == "" || strings.ContainsAny(name, "=\r\n\x00") {
		return source.Errorf(pos, "%q is not the name of a config setting", name)
	}
	return nil
}
