package lock

import (
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/requirements"
	"github.com/moult-build/moult/internal/source"
)

// ErrNotLocked is the cause of the error for a requirement file in which not
// every line is pinned and hashed. Such a file is no lock, but may well be
// resolved.
var ErrNotLocked = errors.New("not every requirement is pinned and hashed")

// requirementsReader reads a requirement file and what it includes, as pip
// does in hash-checking mode.
type requirementsReader struct {
	lock    *Lock
	options Options
	seen    map[string]bool
	// constraints are the lines of "-c" files.
	constraints []requirements.Line
	noBinary    map[string]bool
	onlyBinary  map[string]bool
}

// maxIncludes bounds the files that include each other.
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
	r := &requirementsReader{lock: &Lock{Format: Requirements, File: file, Tool: "pip"}, options: o,
		seen: map[string]bool{}, noBinary: map[string]bool{}, onlyBinary: map[string]bool{}}
	if err := r.file(file, false); err != nil {
		return nil, err
	}
	if err := r.constrain(); err != nil {
		return nil, err
	}
	if len(r.lock.Packages) == 0 {
		return nil, notLocked(source.Pos{File: file}, "%s asks for nothing", file.Name)
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
	if len(r.seen) > maxIncludes {
		return source.Errorf(source.Pos{File: file}, "more than %d files include each other", maxIncludes)
	}
	lines, err := requirements.Lines(file)
	if err != nil {
		return err
	}
	for _, line := range lines {
		line.Text = r.expand(line.Text)
		if err := r.line(file, line, constraint); err != nil {
			return err
		}
	}
	return nil
}

var envVariable = regexp.MustCompile(`\$\{[A-Z0-9_]+\}`)

func (r *requirementsReader) expand(text string) string {
	if r.options.Getenv == nil {
		return text
	}
	return envVariable.ReplaceAllStringFunc(text, func(name string) string {
		if v, ok := r.options.Getenv(name[2 : len(name)-1]); ok && v != "" {
			return v
		}
		return name
	})
}

// words splits as a shell would, without expanding anything.
func words(s string) ([]string, bool) {
	var list []string
	var word strings.Builder
	inWord := false
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			} else if c == '\\' && quote == '"' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
				i++
				word.WriteByte(s[i])
			} else {
				word.WriteByte(c)
			}
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '\\' && i+1 < len(s):
			i++
			word.WriteByte(s[i])
			inWord = true
		case c == ' ' || c == '\t':
			if inWord {
				list = append(list, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		list = append(list, word.String())
	}
	return list, quote == 0
}

// splitOptions cuts a line before its first option.
func splitOptions(line string) (requirement, options string) {
	for i := 0; i < len(line); i++ {
		if line[i] == '-' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return strings.TrimSpace(line[:i]), line[i:]
		}
	}
	return line, ""
}

// takesValue are the options that are followed by a value.
var takesValue = map[string]bool{
	"-r": true, "--requirement": true, "-c": true, "--constraint": true, "-e": true, "--editable": true,
	"-i": true, "--index-url": true, "--pypi-url": true, "--extra-index-url": true, "-f": true, "--find-links": true,
	"--no-binary": true, "--only-binary": true, "--trusted-host": true, "--use-feature": true, "--hash": true,
	"--config-settings": true, "--config-setting": true, "-C": true, "--global-option": true, "--install-option": true,
	"--all-releases": true, "--only-final": true,
}

type option struct{ name, value string }

func parseOptions(text string) ([]option, bool) {
	list, ok := words(text)
	if !ok {
		return nil, false
	}
	var options []option
	for i := 0; i < len(list); i++ {
		o := option{name: list[i]}
		if name, value, ok := strings.Cut(list[i], "="); ok && strings.HasPrefix(name, "--") {
			o = option{name, value}
		} else if len(o.name) > 2 && o.name[0] == '-' && o.name[1] != '-' {
			o = option{o.name[:2], strings.TrimPrefix(o.name[2:], "=")}
		} else if takesValue[o.name] {
			if i+1 >= len(list) {
				return nil, false
			}
			i++
			o.value = list[i]
		}
		if !strings.HasPrefix(o.name, "-") {
			return nil, false
		}
		options = append(options, o)
	}
	return options, true
}

func (r *requirementsReader) line(file *source.File, line requirements.Line, constraint bool) error {
	requirement, text := splitOptions(line.Text)
	if !constraint && (strings.HasPrefix(text, "-e") || strings.HasPrefix(text, "--editable")) {
		return notLocked(line.Pos, "%q is editable, so it is not locked", shorten(line.Text))
	}
	options, ok := parseOptions(text)
	if !ok {
		return source.Errorf(line.Pos, "the options in %q cannot be read", shorten(line.Text))
	}
	if requirement != "" {
		if constraint {
			r.constraints = append(r.constraints, requirements.Line{Text: requirement, Pos: line.Pos})
			return nil
		}
		return r.requirement(requirement, options, line.Pos)
	}
	for _, o := range options {
		if err := r.option(file, o, line.Pos, constraint); err != nil {
			return err
		}
	}
	return nil
}

// shorten is as much of a line as a message shows.
func shorten(s string) string {
	s = source.HideCredentials(s)
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}

func (r *requirementsReader) option(file *source.File, o option, pos source.Pos, constraint bool) error {
	switch o.name {
	case "-r", "--requirement", "-c", "--constraint":
		return r.include(file, o.value, pos, constraint || o.name == "-c" || o.name == "--constraint")
	case "-e", "--editable":
		// Only in a constraint file, where it installs nothing.
	case "-i", "--index-url", "--pypi-url", "--extra-index-url":
		r.lock.addIndex("", o.value, pos)
		for n := range r.lock.Indexes {
			i := &r.lock.Indexes[n]
			i.Default = i.Default || i.URL == o.value && o.name != "--extra-index-url"
		}
	case "--no-binary":
		formatControl(o.value, r.noBinary, r.onlyBinary)
	case "--only-binary":
		formatControl(o.value, r.onlyBinary, r.noBinary)
	case "-f", "--find-links", "--no-index", "--prefer-binary", "--require-hashes", "--pre", "--trusted-host", "--use-feature",
		"--all-releases", "--only-final":
		// They matter to a resolver, not to a lock.
	default:
		return source.Errorf(pos, "the option %q is not known", shorten(o.name))
	}
	return nil
}

// formatControl applies "--no-binary" and "--only-binary": names or ":all:"
// or ":none:", of which later ones win.
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
		return notLocked(pos, "%q is included from elsewhere, so it is not locked", shorten(name))
	}
	if r.options.Open == nil {
		return source.Errorf(pos, "%q cannot be included here", shorten(name))
	}
	included := path.Join(path.Dir(file.Name), cleanPath(name))
	if err := checkPath(name); err != nil || leavesFolder(included) {
		return source.Errorf(pos, "%q is outside the build context", shorten(name))
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

func (r *requirementsReader) requirement(text string, options []option, pos source.Pos) error {
	p := &Package{Pos: pos, Source: Source{Kind: FromIndex}}
	for _, o := range options {
		switch o.name {
		case "--hash":
			algorithm, digest, err := parseHash(o.value)
			if err != nil {
				return source.Errorf(pos, "%w", err)
			}
			p.Hashes = append(p.Hashes, algorithm+":"+digest)
		case "--config-settings", "--config-setting", "-C", "--global-option", "--install-option":
		default:
			return source.Errorf(pos, "the option %q does not go with a requirement", shorten(o.name))
		}
	}
	req, err := pep508.ParseRequirement(text)
	if err != nil {
		if bare := bareURL(text); bare != "" {
			if req, err = pep508.ParseRequirement(bare); err != nil {
				return source.Errorf(pos, "%s", source.HideCredentials(err.Error()))
			}
		} else if looksLikePath(text) {
			return notLocked(pos, "%q is a path, so it is not locked", shorten(text))
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

// url takes a file at an address; its hash may stand behind "#".
func (r *requirementsReader) url(p *Package, address string) error {
	if strings.HasPrefix(address, "git+") || strings.HasPrefix(address, "hg+") || strings.HasPrefix(address, "svn+") || strings.HasPrefix(address, "bzr+") {
		return notLocked(p.Pos, "%s comes from a repository, which has no hash", p.Name)
	}
	address, fragment, _ := strings.Cut(address, "#")
	for _, part := range strings.Split(fragment, "&") {
		key, value, _ := strings.Cut(part, "=")
		if key == "subdirectory" {
			p.Source.Subdirectory = cleanPath(value)
		}
		if digestLengths[key] > 0 {
			digest, err := checkDigest(key, value)
			if err != nil {
				return source.Errorf(p.Pos, "%w", err)
			}
			p.Hashes = append(p.Hashes, key+":"+digest)
		}
	}
	a := Artifact{Pos: p.Pos, Filename: urlFilename(address), URL: address, Hashes: map[string]string{}}
	if len(p.Hashes) == 0 {
		return notLocked(p.Pos, "%s comes from a URL and has no --hash", p.Name)
	}
	for _, h := range p.Hashes {
		algorithm, digest, _ := strings.Cut(h, ":")
		if a.Hashes[algorithm] != "" && a.Hashes[algorithm] != digest {
			return source.Errorf(p.Pos, "%s comes from one URL but has several hashes", p.Name).WithHint("keep the one of this file")
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

// bareURL gives "name @ url" for the URL of a wheel or archive without a name.
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
	if file := urlFilename(address); name == "" {
		name, _, _ = strings.Cut(file, "-")
	}
	if name == "" {
		return ""
	}
	return name + " @ " + address + " " + rest
}

func looksLikePath(text string) bool {
	return strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") || strings.Contains(strings.SplitN(text, ";", 2)[0], "/") ||
		isArchiveName(text)
}

// constrain makes sure that the pins keep to the constraints.
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
				return source.Errorf(p.Pos, "%s==%s does not keep to the constraint %s (%s)", p.Name, p.Version, req.Specifier, c.Pos)
			}
		}
	}
	return nil
}
