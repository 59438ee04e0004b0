package lock

import (
	"errors"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/requirements"
	"github.com/moult-build/moult/internal/source"
)

// ErrNotLocked is the cause of the error for a requirement file in which not
// every line is pinned and hashed. Such a file is not a lock, but pip can
// resolve it.
var ErrNotLocked = errors.New("not every requirement is pinned and hashed")

// requirementsReader reads a requirement file and its includes, as pip does
// in hash-checking mode.
type requirementsReader struct {
	lock    *Lock
	options Options
	seen    map[string]bool
	// constraints are the lines of "-c" files.
	constraints []requirements.Item
	noBinary    map[string]bool
	onlyBinary  map[string]bool
}

// maxIncludes limits the depth of includes.
const maxIncludes = 100

// requirementsFormat is a requirement file.
type requirementsFormat struct{ plain }

func (requirementsFormat) refresh(l *Lock) string {
	return "uv pip compile --generate-hashes -o " + l.File.Name
}
func (requirementsFormat) listsNames(*Lock) (bool, bool) { return false, false }
func (requirementsFormat) anyIndex() bool                { return true }

// isRequirementsName reports whether a file may be a requirement file by its
// name.
func isRequirementsName(base string) bool {
	return strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".in")
}

// read reads a requirement file as a lock: every requirement is a release
// pinned by "==" or a file at a URL, and has hashes.
func (requirementsFormat) read(file *source.File, o Options) (*Lock, error) {
	return ReadRequirements([]*source.File{file}, o)
}

// ReadRequirements reads requirement files as one lock, whatever their names.
// There is at least one file.
func ReadRequirements(files []*source.File, o Options) (*Lock, error) {
	r := &requirementsReader{lock: &Lock{Format: Requirements, File: files[0], Together: files[1:], Tool: "pip"}, options: o,
		seen: map[string]bool{}, noBinary: map[string]bool{}, onlyBinary: map[string]bool{}}
	for _, file := range files {
		if err := r.file(file, false); err != nil {
			return nil, err
		}
	}
	if err := r.constrain(); err != nil {
		return nil, err
	}
	if len(r.lock.Packages) == 0 {
		return nil, notLocked(source.Pos{File: files[0]}, "%s asks for nothing", files[0].Name)
	}
	for _, p := range r.lock.Packages {
		p.NoWheel = named(r.noBinary, p.Name)
		p.NoSdist = named(r.onlyBinary, p.Name)
	}
	return r.lock, nil
}

// named reports whether a package is among the names of "--no-binary" or
// "--only-binary"; its own entry counts more than ":all:".
func named(names map[string]bool, name string) bool {
	v, ok := names[name]
	return ok && v || !ok && names[":all:"]
}

func notLocked(pos source.Pos, format string, args ...any) *source.Error {
	err := source.Errorf(pos, format, args...)
	err.Err = ErrNotLocked
	return err
}

func (r *requirementsReader) file(file *source.File, constraint bool) error {
	if r.seen[file.Name] {
		return nil
	}
	r.seen[file.Name] = true
	if len(file.Data) > maxSize {
		return source.Errorf(source.Pos{File: file}, "the file is larger than %d MiB", maxSize>>20)
	}
	if len(r.seen) > maxIncludes {
		return source.Errorf(source.Pos{File: file}, "more than %d files include each other", maxIncludes)
	}
	items, err := requirements.Read(file)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.Err != nil {
			return i.Err
		}
		if err := r.item(file, i, constraint); err != nil {
			return err
		}
	}
	return nil
}

// item reads one item of a file.
func (r *requirementsReader) item(file *source.File, i requirements.Item, constraint bool) error {
	switch i.Kind {
	case requirements.Editable:
		if !constraint {
			return notLocked(i.Pos, "%q is editable, so it is not locked", requirements.Shorten(i.Line))
		}
		// In a constraint file it installs nothing.
	case requirements.Include, requirements.Constraint:
		return r.include(file, i.Text, i.Pos, constraint || i.Kind == requirements.Constraint)
	case requirements.Requirement:
		if constraint {
			r.constraints = append(r.constraints, i)
			return nil
		}
		return r.requirement(i)
	}
	switch i.Name {
	case "--index-url", "--extra-index-url":
		r.lock.addIndex("", i.Text, i.Pos)
		for n := range r.lock.Indexes {
			index := &r.lock.Indexes[n]
			index.Default = index.Default || index.URL == i.Text && i.Name == "--index-url"
		}
	case "--no-binary":
		formatControl(i.Text, r.noBinary, r.onlyBinary)
	case "--only-binary":
		formatControl(i.Text, r.onlyBinary, r.noBinary)
	}
	// Other options are for a resolver, not for a lock.
	return nil
}

// formatControl applies "--no-binary" and "--only-binary": names or ":all:"
// or ":none:"; later ones have precedence.
func formatControl(value string, target, other map[string]bool) {
	for _, name := range strings.Split(value, ",") {
		name = strings.TrimSpace(name)
		switch name {
		case ":none:":
			clear(target)
		case ":all:":
			clear(target)
			clear(other)
			target[":all:"] = true
		case "":
		default:
			name = pep503.Normalize(name)
			target[name] = true
			other[name] = false
		}
	}
}

func (r *requirementsReader) include(file *source.File, name string, pos source.Pos, constraint bool) error {
	if strings.Contains(name, "://") {
		return notLocked(pos, "%q is included from a URL, so it is not locked", requirements.Shorten(name))
	}
	if r.options.Open == nil {
		return source.Errorf(pos, "%q cannot be included here", requirements.Shorten(name))
	}
	included := path.Join(path.Dir(file.Name), cleanPath(name))
	if err := checkPath(name); err != nil || escapesFolder(included) {
		return source.Errorf(pos, "%q is outside the build context", requirements.Shorten(name))
	}
	data, err := r.options.Open(included)
	if err != nil {
		return source.Errorf(pos, "cannot read %s: %w", included, err)
	}
	f := &source.File{Name: included, Data: data}
	if !r.seen[included] {
		r.lock.Files = append(r.lock.Files, f)
	}
	return r.file(f, constraint)
}

func (r *requirementsReader) requirement(i requirements.Item) error {
	text, pos := i.Text, i.Pos
	p := &Package{Pos: pos, Source: Source{Kind: FromIndex}}
	for _, o := range i.Options {
		if o.Name != "--hash" {
			continue
		}
		algorithm, digest, err := parseHash(o.Value)
		if err != nil {
			return source.Errorf(pos, "%w", err)
		}
		p.Hashes = append(p.Hashes, algorithm+":"+digest)
	}
	req, err := pep508.ParseRequirement(text)
	if err != nil {
		if bare := bareURL(text); bare != "" {
			if req, err = pep508.ParseRequirement(bare); err != nil {
				return source.Errorf(pos, "%s", source.HideCredentials(err.Error()))
			}
		} else if looksLikePath(text) {
			return notLocked(pos, "%q is a path, so it is not locked", requirements.Shorten(text))
		} else {
			return source.Errorf(pos, "%s", source.HideCredentials(err.Error()))
		}
	}
	p.Name, p.Marker, p.Extras = req.NormalizedName(), req.Marker, req.NormalizedExtras()
	if req.URL != "" {
		if err := r.url(p, req.URL); err != nil {
			return err
		}
	} else if err := r.pin(p, req); err != nil {
		return err
	}
	r.lock.Packages = append(r.lock.Packages, p)
	return nil
}

// pin takes the version of "name==version".
func (r *requirementsReader) pin(p *Package, req pep508.Requirement) error {
	for _, s := range req.Specifier.Specifiers() {
		if (s.Op == pep440.Equal && !s.Prefix) || s.Op == pep440.ArbitraryEq {
			v, err := pep440.Parse(s.Text)
			if err != nil {
				return source.Errorf(p.Pos, "%w", err)
			}
			p.Version, p.Parsed = s.Text, v
		}
	}
	if p.Version == "" {
		return notLocked(p.Pos, "%s is not pinned", req.Name).WithHint("write %s==<version> with its hashes, or lock with uv or pip", req.Name)
	}
	if !req.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed) {
		return source.Errorf(p.Pos, "%s asks for %s, which no version satisfies", req.Name, req.Specifier)
	}
	if len(p.Hashes) == 0 {
		return notLocked(p.Pos, "%s==%s has no --hash", req.Name, p.Version).
			WithHint("write the file with hashes, for example: uv pip compile --generate-hashes")
	}
	return nil
}

// url reads a file at a URL; its hash may follow "#".
func (r *requirementsReader) url(p *Package, address string) error {
	if strings.HasPrefix(address, "git+") || strings.HasPrefix(address, "hg+") || strings.HasPrefix(address, "svn+") || strings.HasPrefix(address, "bzr+") {
		return notLocked(p.Pos, "%s comes from a repository, which has no hash", p.Name)
	}
	address, hashes, subdirectory, err := cutFragment(address)
	if err != nil {
		return source.Errorf(p.Pos, "%w", err)
	}
	p.Hashes = append(p.Hashes, hashes...)
	if subdirectory != "" {
		p.Source.Subdirectory = subdirectory
	}
	a := Artifact{Pos: p.Pos, Filename: artifact.URLFilename(address), URL: address, Hashes: map[string]string{}}
	if len(p.Hashes) == 0 {
		return notLocked(p.Pos, "%s comes from a URL and has no --hash", p.Name)
	}
	for _, h := range p.Hashes {
		algorithm, digest, _ := strings.Cut(h, ":")
		if a.Hashes[algorithm] != "" && a.Hashes[algorithm] != digest {
			return source.Errorf(p.Pos, "%s comes from one URL but has several hashes", p.Name).WithHint("keep only the hash of the file at this URL")
		}
		a.Hashes[algorithm] = digest
	}
	p.Hashes = nil
	p.Source.Kind, p.Source.URL = FromURL, address
	if local := filePath(address); local != "" {
		p.Source.Kind, p.Source.URL, p.Source.Path = FromFile, "", local
	}
	f := &fields{}
	f.placeFile(p, a)
	if f.err == nil && p.Source.Kind == FromURL {
		f.fail(wrapAt(p.Pos, checkURL(address)))
	}
	return f.err
}

func wrapAt(pos source.Pos, err error) error {
	if err == nil {
		return nil
	}
	return source.Errorf(pos, "%w", err)
}

// bareURL returns "name @ url" for the URL of a wheel or archive without a
// name.
func bareURL(text string) string {
	address, rest, _ := strings.Cut(text, " ")
	if !strings.Contains(address, "://") {
		return ""
	}
	name := ""
	if _, fragment, ok := strings.Cut(address, "#"); ok {
		for _, part := range strings.Split(fragment, "&") {
			if v, ok := strings.CutPrefix(part, "egg="); ok {
				name = v
			}
		}
	}
	if file := artifact.URLFilename(address); name == "" {
		name, _, _ = strings.Cut(file, "-")
	}
	if name == "" {
		return ""
	}
	return name + " @ " + address + " " + rest
}

func looksLikePath(text string) bool {
	return strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") || strings.Contains(strings.SplitN(text, ";", 2)[0], "/") ||
		IsArchive(text)
}

// constrain checks that the pinned versions satisfy the constraints.
func (r *requirementsReader) constrain() error {
	for _, c := range r.constraints {
		req, err := pep508.ParseRequirement(c.Text)
		if err != nil {
			if looksLikePath(c.Text) || bareURL(c.Text) != "" {
				continue
			}
			return source.Errorf(c.Pos, "%s", source.HideCredentials(err.Error()))
		}
		for _, p := range r.lock.Packages {
			if p.Name == req.NormalizedName() && p.Version != "" && req.Marker == nil && !req.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed) {
				return source.Errorf(p.Pos, "%s==%s does not satisfy the constraint %s (%s)", p.Name, p.Version, req.Specifier, c.Pos)
			}
		}
	}
	return nil
}
