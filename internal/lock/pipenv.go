package lock

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// pipenvData is what only Pipfile.lock has.
type pipenvData struct {
	hash    string
	hashPos source.Pos
}

// pipenvFormat is Pipfile.lock.
type pipenvFormat struct{}

func (pipenvFormat) refresh(*Lock) string          { return "pipenv lock" }
func (pipenvFormat) compare(c *checker) error      { return c.pipenv() }
func (pipenvFormat) listsNames(*Lock) (bool, bool) { return false, true }
func (pipenvFormat) anyIndex() bool                { return true }

// choose takes the last of several versions of a package: Pipenv installs one
// category after the other, and the default packages first.
func (pipenvFormat) choose(s *selector) error {
	if err := s.flat(pep508.Active{Extras: s.sel.Extras, AnyGroup: true}); err != nil {
		return err
	}
	last := map[string]*Package{}
	for _, p := range s.lock.Packages {
		if s.chosen[p] == nil {
			continue
		}
		if earlier := last[p.Name]; earlier != nil {
			delete(s.chosen, earlier)
		}
		last[p.Name] = p
	}
	return nil
}

// read reads Pipfile.lock, pipfile-spec 6. Every category but "default" is a
// group; the category "develop" is also called "dev-packages".
func (pipenvFormat) read(file *source.File, _ Options) (*Lock, error) {
	root, err := parseJSON(file)
	if err != nil {
		return nil, err
	}
	j := &jsonFields{}
	d := &pipenvData{}
	l := &Lock{Format: Pipenv, File: file, Tool: "Pipenv", own: d}
	if root.kind != jsonObject {
		return nil, source.Errorf(root.pos, "the lock must be a JSON object").WithHint("run: pipenv lock")
	}
	meta := root.get("_meta")
	if meta == nil {
		return nil, source.Errorf(root.pos, "the lock has no _meta").WithHint("run: pipenv lock")
	}
	if spec := meta.get("pipfile-spec"); spec != nil {
		l.Version = spec.text
		if spec.kind != jsonNumber || spec.text != "6" {
			return nil, source.Errorf(spec.pos, "pipfile-spec %s is not supported, Moult reads 6", spec.text).WithHint("run: pipenv lock")
		}
	}
	if hash := j.object(meta, "hash"); hash != nil {
		d.hash = j.text(hash, "sha256")
		d.hashPos = hash.pos
	}
	if requires := j.object(meta, "requires"); requires != nil {
		// A version here is a person's choice, not a limit of the packages, and
		// pipenv only warns about other versions. So only a wrong minor release is
		// an error, and none that is too old to be built for: the oldest release is
		// taken for it.
		minor := j.text(requires, "python_version")
		if minor == "" {
			minor = j.text(requires, "python_full_version")
		}
		if parts := strings.SplitN(minor, ".", 3); len(parts) >= 2 && j.err == nil {
			set, err := pep440.ParseSpecifierSet("==" + parts[0] + "." + parts[1] + ".*")
			if err == nil && !tooOld(parts[0], parts[1]) {
				l.RequiresPython, l.RequiresPythonPos = set, requires.pos
			}
		}
	}
	for _, s := range j.array(meta, "sources") {
		l.addIndex(j.text(s, "name"), j.text(s, "url"), s.pos)
	}
	if len(l.Indexes) > 0 {
		l.Indexes[0].Default = true
	}
	for _, category := range root.members {
		if category.key == "_meta" || !isPipenvCategory(category) {
			continue
		}
		group := mainGroup
		if category.key != "default" {
			group = pep503.Normalize(category.key)
			if group == "develop" {
				group = "dev"
			}
			l.Groups = append(l.Groups, group)
		}
		if !j.is(category.value, jsonObject) {
			break
		}
		for _, m := range category.value.members {
			p := j.pipenvPackage(m, l)
			p.groups = []string{group}
			l.Packages = append(l.Packages, p)
		}
	}
	if j.err != nil {
		return nil, j.err
	}
	l.Groups = sortedUnique(l.Groups)
	if p := pipenvSetuptools(l); p != nil {
		l.Packages = append(l.Packages, p)
	}
	return l, nil
}

// isPipenvCategory reports whether a member of the lock is a category of packages.
// What another tool wrote into the file is none, and Pipenv does not look at it:
// it reads the categories that it installs.
func isPipenvCategory(m jsonMember) bool {
	if m.key == "default" || m.key == "develop" {
		return true
	}
	if m.value.kind != jsonObject {
		return false
	}
	for _, entry := range m.value.members {
		if entry.value.kind != jsonObject || !slices.ContainsFunc([]string{"version", "hashes", "git", "hg", "svn", "bzr", "file", "path", "url"}, func(key string) bool { return entry.value.get(key) != nil }) {
			return false
		}
	}
	return true
}

func (j *jsonFields) pipenvPackage(m jsonMember, l *Lock) *Package {
	n := m.value
	p := &Package{Pos: m.pos, Name: pep503.Normalize(m.key), Source: Source{Kind: FromIndex}}
	if !pep503.IsValid(m.key) {
		j.errorf(m.pos, "%q is not a project's name", m.key)
	}
	if !j.is(n, jsonObject) {
		return p
	}
	// For a package that its own platform does not need, Pipenv writes an entry
	// without hashes and with the version of the Pipfile, "*" or "==>=2.0". Choose
	// reports it if the package is needed.
	unlocked := false
	if v := n.get("version"); v != nil && v.kind == jsonString && n.get("hashes") == nil &&
		(v.text == "*" || strings.HasPrefix(v.text, "==") && !isLockedVersion(v.text)) {
		unlocked = true
	} else if v != nil && j.is(v, jsonString) {
		text := strings.TrimLeft(v.text, "=")
		parsed, _ := pep440.Parse(text)
		if !isLockedVersion(v.text) {
			j.errorf(v.pos, "%s: %q is not a locked version", p.Name, v.text)
		}
		p.Version, p.Parsed = strings.TrimSpace(text), parsed
	}
	for _, e := range j.array(n, "extras") {
		if j.is(e, jsonString) {
			p.Extras = append(p.Extras, pep503.Normalize(e.text))
		}
	}
	p.Extras = sortedUnique(p.Extras)
	if v := n.get("markers"); v != nil && j.is(v, jsonString) && v.text != "" {
		f := &fields{}
		p.Marker = f.parseMarker(v.text, v.pos)
		j.fail(f.err)
	}
	for _, h := range j.array(n, "hashes") {
		if !j.is(h, jsonString) {
			break
		}
		algorithm, digest, err := parseHash(h.text)
		if err != nil {
			j.errorf(h.pos, "%w", err)
			break
		}
		p.Hashes = append(p.Hashes, algorithm+":"+digest)
	}
	if name := j.text(n, "index"); name != "" {
		p.Source.IndexName = name
		for _, i := range l.Indexes {
			if i.Name == name {
				p.Source.Index = i.URL
			}
		}
	}
	j.pipenvSource(n, p)
	if p.Source.Kind == FromIndex && j.err == nil && !unlocked {
		switch {
		case p.Version == "":
			j.errorf(p.Pos, "%s has no version", p.Name)
		case len(p.Hashes) == 0:
			j.errorf(p.Pos, "%s has no hashes, so its files cannot be told", p.Name)
		}
	}
	return p
}

// isLockedVersion reports whether a text is "==" and a version.
func isLockedVersion(text string) bool {
	_, err := pep440.Parse(strings.TrimLeft(text, "="))
	return err == nil && strings.HasPrefix(text, "==")
}

// pipenvSource reads the source of a package that does not come from an index.
func (j *jsonFields) pipenvSource(n *jsonNode, p *Package) {
	editable := j.bool(n, "editable")
	subdirectory := cleanPath(j.text(n, "subdirectory"))
	where := j.text(n, "path")
	address := j.text(n, "file")
	if address == "" {
		address = j.text(n, "url")
	}
	switch repository := j.text(n, "git"); {
	case repository != "":
		ref := j.text(n, "ref")
		if at := strings.LastIndexByte(repository, '@'); ref == "" && at > strings.LastIndexByte(repository, '/') {
			repository, ref = repository[:at], repository[at+1:]
		}
		if ref == "" {
			j.errorf(p.Pos, "%s has no locked commit", p.Name)
		}
		p.Source = Source{Kind: FromGit, VCS: "git", URL: strings.TrimPrefix(repository, "git+"), Commit: ref, Subdirectory: subdirectory, Editable: editable}
		p.Hashes = nil
	case where != "":
		if err := checkPath(where); err != nil {
			j.errorf(p.Pos, "%w", err)
		}
		p.Source = Source{Kind: FromDirectory, Path: cleanPath(where), Editable: editable, Subdirectory: subdirectory}
		if IsArchive(where) {
			p.Source.Kind = FromFile
		}
	case address != "":
		plain, hashes, below, err := cutFragment(address)
		if err != nil {
			j.errorf(p.Pos, "%w", err)
		}
		// pip checks the hash behind the address. The others may be those of the files
		// that an index has of the release, and Pipenv does not check them.
		if len(hashes) > 0 {
			p.Hashes = hashes
		}
		address = plain
		if subdirectory == "" {
			subdirectory = below
		}
		p.Source = Source{Kind: FromURL, URL: address, Subdirectory: subdirectory}
		if local := filePath(address); local != "" {
			p.Source = Source{Kind: FromFile, Path: local}
		} else if !strings.Contains(address, "://") {
			p.Source = Source{Kind: FromFile, Path: cleanPath(address)}
		} else if err := checkURL(address); err != nil {
			j.errorf(p.Pos, "%w", err)
		}
	default:
		return
	}
	f := &fields{err: j.err}
	f.soleFile(p)
	j.fail(f.err)
}

// OldestMinor is that of the oldest release of Python 3 that can be built for.
const OldestMinor = 7

// tooOld reports whether a release of Python is older.
func tooOld(major, minor string) bool {
	n, err := strconv.Atoi(minor)
	return err == nil && major == "3" && n < OldestMinor
}
