package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Refresh gives the command that makes the lock anew.
func (l *Lock) Refresh() string {
	switch l.Format {
	case UV:
		return "uv lock"
	case Poetry:
		return "poetry lock"
	case PDM:
		return "pdm lock"
	case Pipenv:
		return "pipenv lock"
	case Pylock:
		switch {
		case l.Tool == createdBy:
			return "docker buildx build --call lock --no-cache-filter wheels -f BUILDFILE . > " + l.File.Name
		case strings.Contains(l.Tool, "uv"):
			return "uv export --format pylock.toml -o " + l.File.Name
		case strings.Contains(l.Tool, "pdm"):
			return "pdm lock"
		}
		return "pip lock -o " + l.File.Name + " ."
	}
	return "uv pip compile --generate-hashes -o " + l.File.Name
}

// ErrStale is the cause of the error for a lock that does not match its
// project.
var ErrStale = errors.New("the lock does not match the project")

// Check reports whether the lock still matches what its project asks for; the
// error says what differs and which command makes the lock anew. chosen is
// what Select gave for the same selection and environment.
//
// What a lock remembers of its project differs: uv.lock holds the
// requirements, poetry.lock, pdm.lock and Pipfile.lock a hash of them, the
// others nothing; for those every requirement must be satisfied by the version
// that was chosen.
func Check(l *Lock, p *Project, sel Selection, env pep508.Environment, chosen []Chosen) error {
	python, err := pythonOf(env)
	if err != nil {
		return err
	}
	c := &checker{lock: l, project: p, env: python.complete(env), chosen: chosen}
	if c.sel, err = l.resolveNames(sel); err != nil {
		return err
	}
	switch l.Format {
	case UV:
		return c.uv()
	case Poetry:
		return c.poetry()
	case PDM:
		return c.pdm()
	case Pipenv:
		return c.pipenv()
	}
	return c.satisfied()
}

type checker struct {
	lock    *Lock
	project *Project
	sel     Selection
	env     pep508.Environment
	chosen  []Chosen
}

func (c *checker) stale(pos source.Pos, format string, args ...any) error {
	if !pos.IsValid() {
		pos = source.Pos{File: c.lock.File}
	}
	err := source.Errorf(pos, "%s does not match the project any more: %s", c.lock.File.Name, fmt.Sprintf(format, args...)).
		WithHint("run: %s", c.lock.Refresh())
	err.Err = ErrStale
	return err
}

// holds evaluates a requirement's marker; one that means nothing here counts
// as holding, others report it.
func (c *checker) holds(m *pep508.Marker, extras ...string) bool {
	ok, err := m.Evaluate(c.env, pep508.Active{Extras: extras})
	return ok || err != nil
}

// satisfied compares the wanted requirements with the chosen versions.
func (c *checker) satisfied() error {
	if c.project.Dynamic {
		return nil
	}
	byName := map[string]Chosen{}
	for _, p := range c.chosen {
		byName[p.Name] = p
	}
	own := pep503.Normalize(c.project.Name)
	for _, r := range c.project.wanted(c.sel) {
		name := r.NormalizedName()
		if name == "" || name == own || !c.holds(r.Marker, c.sel.Extras...) {
			continue
		}
		p, ok := byName[name]
		switch {
		case !ok:
			return c.stale(r.Pos, "it does not hold %s", r.Name)
		case r.Direct || r.URL != "" || p.Version == "" || p.Source.Kind != FromIndex:
		case !r.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed):
			return c.stale(r.Pos, "the project asks for %s%s, the lock holds %s", r.Name, r.Specifier, p.Version)
		}
	}
	return nil
}

// uv compares the requirements with those that uv.lock remembers, as far as
// they concern this environment: uv rewrites markers, so that their texts say
// nothing.
func (c *checker) uv() error {
	p := c.project
	packages := c.lock.uv.byName[pep503.Normalize(p.Name)]
	if p.Name != "" && len(packages) == 0 {
		return c.stale(source.Pos{}, "it does not know the project %q", p.Name)
	}
	if len(packages) == 0 || packages[0].uv.metadata == nil {
		return c.satisfied()
	}
	root := packages[0]
	if p.RequiresPython != "" && len(c.lock.Members) <= 1 {
		set, err := pep440.ParseSpecifierSet(p.RequiresPython)
		if err == nil && !sameMinors(set, c.lock.RequiresPython) {
			return c.stale(c.lock.RequiresPythonPos, "the project is for Python %s, the lock for %s", p.RequiresPython, c.lock.RequiresPython)
		}
	}
	if p.Dynamic {
		return nil
	}
	m := root.uv.metadata
	if err := c.same("", p.Main, m.requires, ""); err != nil {
		return err
	}
	for _, extra := range p.Extras {
		name := pep503.Normalize(extra.Name)
		if err := c.same("the extra "+extra.Name, extra.Requirements, m.requires, name); err != nil {
			return err
		}
	}
	for _, group := range p.Groups {
		if err := c.same("the group "+group.Name, group.Requirements, m.dev[pep503.Normalize(group.Name)], ""); err != nil {
			return err
		}
	}
	return nil
}

// sameMinors reports whether two sets leave the same Python releases.
func sameMinors(a, b pep440.SpecifierSet) bool {
	for minor := 0; minor < 40; minor++ {
		if pep440.AllowsMinor(a, 3, minor) != pep440.AllowsMinor(b, 3, minor) {
			return false
		}
	}
	return true
}

// asked is what is wanted of one project under one name.
type asked struct {
	name   string
	direct bool
	specs  []string
	pos    source.Pos
	text   string
}

func (c *checker) same(where string, wanted []Requirement, locked []uvRequirement, extra string) error {
	now, then := map[string]*asked{}, map[string]*asked{}
	add := func(m map[string]*asked, name string, extras []string, spec pep440.SpecifierSet, direct bool, pos source.Pos) {
		key := name + "[" + strings.Join(sortedUnique(extras), ",") + "]"
		a := m[key]
		if a == nil {
			a = &asked{name: strings.TrimSuffix(key, "[]"), pos: pos}
			m[key] = a
		}
		a.direct = a.direct || direct
		for _, s := range spec.Specifiers() {
			one, _ := pep440.ParseSpecifierSet(s.String())
			a.specs = append(a.specs, canonicalSpecifier(one))
		}
		if !spec.IsEmpty() {
			a.text = spec.String()
		}
	}
	for _, r := range wanted {
		if r.Name != "" && c.holds(r.Marker) {
			add(now, r.NormalizedName(), r.NormalizedExtras(), r.Specifier, r.Direct || r.URL != "", r.Pos)
		}
	}
	for _, r := range locked {
		active := []string{}
		if extra != "" {
			active = append(active, extra)
		}
		if !c.holds(r.marker, active...) || extra != "" && c.holds(r.marker) {
			continue
		}
		add(then, r.name, r.extras, r.specifier, r.direct, r.pos)
	}
	in := ""
	if where != "" {
		in = " in " + where
	}
	for _, key := range sortedKeys(now) {
		a, b := now[key], then[key]
		if b == nil {
			return c.stale(a.pos, "it does not know %s%s%s", a.name, a.text, in)
		}
		if a.direct || b.direct || slices.Equal(sortedUnique(a.specs), sortedUnique(b.specs)) {
			continue
		}
		return c.stale(a.pos, "the project asks for %s%s%s, the lock was made for %s%s", a.name, a.text, in, b.name, b.text)
	}
	for _, key := range sortedKeys(then) {
		if now[key] == nil {
			return c.stale(then[key].pos, "it was made for %s%s%s, which the project does not ask for", then[key].name, then[key].text, in)
		}
	}
	return nil
}

func canonicalSpecifier(s pep440.SpecifierSet) string {
	for _, one := range s.Specifiers() {
		if one.Op != pep440.ArbitraryEq && one.Op != pep440.Compatible && !one.Prefix {
			return string(one.Op) + one.Version.Canonical()
		}
	}
	return s.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func hashOf(v any, compact bool) string {
	text, err := dumpPython(v, compact)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// poetry compares the hash of the keys that Poetry holds for relevant. What
// they are has changed twice: Poetry 2.0 added [project], 2.3 added
// [dependency-groups].
func (c *checker) poetry() error {
	d := c.lock.poetry
	if c.project.Pyproject == nil {
		return c.satisfied()
	}
	if d.contentHash == "" {
		return c.stale(d.contentHashPos, "it holds no hash of the project")
	}
	accepted := []string{poetryHash(c.project.Pyproject, true, true)}
	if d.version.IsZero() || d.version.Release(0) < 2 || d.version.Release(0) == 2 && d.version.Release(1) < 3 {
		accepted = append(accepted, poetryHash(c.project.Pyproject, true, false))
	}
	if d.version.IsZero() || d.version.Release(0) < 2 {
		accepted = append(accepted, poetryHash(c.project.Pyproject, false, false))
	}
	if slices.Contains(accepted, d.contentHash) {
		return nil
	}
	return c.stale(d.contentHashPos, "its content-hash is not that of pyproject.toml")
}

func poetryHash(root *toml.Node, project, groups bool) string {
	relevant := map[string]any{}
	standard := map[string]any{}
	if project {
		for _, key := range []string{"requires-python", "dependencies", "optional-dependencies"} {
			if n := root.Get("project", key); n != nil {
				standard[key] = n
			}
		}
	}
	groupsNode := root.Get("dependency-groups")
	groups = groups && groupsNode != nil && len(groupsNode.Items) > 0
	own := map[string]any{}
	for _, key := range []string{"dependencies", "source", "extras", "dev-dependencies", "group"} {
		n := root.Get("tool", "poetry", key)
		switch {
		case n != nil:
			own[key] = n
		case key == "group" || len(standard) > 0 || groups:
		default:
			own[key] = nil
		}
	}
	if len(standard) > 0 {
		relevant["project"] = standard
	}
	if groups {
		relevant["dependency-groups"] = groupsNode
	}
	if len(relevant) == 0 {
		return hashOf(own, false)
	}
	relevant["tool"] = map[string]any{"poetry": own}
	return hashOf(relevant, false)
}

// pdm compares the hash of the keys that PDM holds for relevant. Locks with
// lock_inputs instead of a hash are compared requirement by requirement.
func (c *checker) pdm() error {
	d := c.lock.pdm
	root := c.project.Pyproject
	if root == nil || d.inputs {
		return c.satisfied()
	}
	algorithm, digest, err := parseHash(d.contentHash)
	if err != nil || algorithm != "sha256" {
		return c.stale(d.contentHashPos, "it holds no hash of the project")
	}
	if slices.Contains(pdmHashes(root), digest) {
		return nil
	}
	return c.stale(d.contentHashPos, "its content_hash is not that of pyproject.toml")
}

// pdmHashes gives the hashes by the rules of PDM 2 in its order of age.
func pdmHashes(root *toml.Node) []string {
	settings := root.Get("tool", "pdm")
	or := func(n *toml.Node, empty any) any {
		if n == nil {
			return empty
		}
		return n
	}
	dev := map[string]any{}
	for _, groups := range []*toml.Node{root.Get("dependency-groups"), settings.Get("dev-dependencies")} {
		if groups == nil || groups.Kind != toml.Table {
			continue
		}
		for _, g := range groups.Items {
			name := pep503.Normalize(g.Key)
			list, _ := dev[name].([]any)
			for _, item := range g.Elements() {
				list = append(list, item)
			}
			if list == nil {
				list = []any{}
			}
			dev[name] = list
		}
	}
	raw := or(settings.Get("dev-dependencies"), map[string]any{})
	data := func(dev any, key string, value any) map[string]any {
		return map[string]any{
			"sources":               or(settings.Get("source"), []any{}),
			"dependencies":          or(root.Get("project", "dependencies"), []any{}),
			"dev-dependencies":      dev,
			"optional-dependencies": or(root.Get("project", "optional-dependencies"), map[string]any{}),
			"requires-python":       or(root.Get("project", "requires-python"), ""),
			key:                     value,
		}
	}
	resolution := or(settings.Get("resolution"), map[string]any{})
	overrides := or(settings.Get("resolution", "overrides"), map[string]any{})
	return []string{
		hashOf(data(dev, "resolution", resolution), false),
		hashOf(data(raw, "resolution", resolution), false),
		hashOf(data(dev, "overrides", overrides), false),
		hashOf(data(raw, "overrides", overrides), false),
	}
}

// pipenv compares the hash of the Pipfile.
func (c *checker) pipenv() error {
	d := c.lock.pipenv
	if c.project.Pipfile == nil {
		return c.satisfied()
	}
	if d.hash == "" {
		return c.stale(d.hashPos, "it holds no hash of the Pipfile")
	}
	if slices.Contains(pipfileHashes(c.project.Pipfile), d.hash) {
		return nil
	}
	return c.stale(d.hashPos, "its hash is not that of the Pipfile")
}

// pipfileSections are the tables of a Pipfile that are no categories.
var pipfileSections = []string{"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop"}

// pipfileHashes gives the hash with and without further categories, which old
// versions of Pipenv left out.
func pipfileHashes(root *toml.Node) []string {
	or := func(key string, empty any) any {
		if n := root.Get(key); n != nil {
			return n
		}
		return empty
	}
	data := map[string]any{
		"_meta": map[string]any{
			// Pipenv writes its default source into the hash if there is none.
			"sources":  or("source", []any{map[string]any{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": true}}),
			"requires": or("requires", map[string]any{}),
		},
		"default": or("packages", map[string]any{}),
		"develop": or("dev-packages", map[string]any{}),
	}
	hashes := []string{hashOf(data, true)}
	for _, item := range root.Items {
		if !slices.Contains(pipfileSections, item.Key) {
			data[item.Key] = item
		}
	}
	return append(hashes, hashOf(data, true))
}
