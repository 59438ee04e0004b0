package project

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/requirements"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// maxIncludes bounds how deep requirement files may include each other.
const maxIncludes = 32

// requirementFiles reads the files of the key requirements. Where neither it
// nor a project's table says what to install, requirements.txt is taken.
func (r *reader) requirementFiles() {
	p := r.p
	named := p.Settings.Requirements
	if len(named) == 0 && len(p.Dependencies) == 0 && !p.DynamicDependencies && (p.Origin == OriginNone || p.Origin == OriginStandard) && !p.staticDependencies {
		name := path.Join(p.Dir, "requirements.txt")
		file, err := r.files.file(name)
		if err != nil {
			r.fail(err)
			return
		}
		if file == nil {
			return
		}
		named = []source.At[string]{{V: name, Pos: source.Pos{File: file}}}
	}
	for _, v := range named {
		f := RequirementFile{Name: v}
		r.requirementFile(v, &f, false, nil)
		p.RequirementFiles = append(p.RequirementFiles, f)
	}
}

// requirementFile reads one file and those it includes into f.
func (r *reader) requirementFile(name source.At[string], f *RequirementFile, constraints bool, trail []string) {
	if slices.Contains(trail, name.V) {
		r.fail(source.Errorf(name.Pos, "%s includes itself: %s", name.V, strings.Join(append(trail, name.V), " → ")))
		return
	}
	if len(trail) >= maxIncludes {
		r.fail(source.Errorf(name.Pos, "requirement files include each other more than %d deep", maxIncludes))
		return
	}
	trail = append(slices.Clone(trail), name.V)
	file := r.readNamed(name.V, name.Pos)
	if file == nil {
		return
	}
	lines, err := requirements.Lines(file)
	r.fail(err)
	for _, line := range lines {
		r.requirementLine(line, f, constraints, trail)
	}
}

var variable = regexp.MustCompile(`\$\{[A-Z0-9_]+\}`)

// variableCredentials matches the user part of a URL in which nothing but
// variables stands.
var variableCredentials = regexp.MustCompile(`^(https?://)(?:\$\{[A-Z0-9_]+\}|__token__|oauth2accesstoken)(?::\$\{[A-Z0-9_]+\})?@`)

// gitVariables matches the user part of a repository's URL in which nothing but
// variables stands.
var gitVariables = regexp.MustCompile(`(git\+https?://)(?:\$\{[A-Z0-9_]+\}|oauth2|x-access-token|git)(?::\$\{[A-Z0-9_]+\})?@`)

func (r *reader) requirementLine(line requirements.Line, f *RequirementFile, constraints bool, trail []string) {
	if variable.MatchString(line.Text) {
		// Where a token would stand that people have in their environment, the
		// build has its SSH agent or the secret for the host.
		line.Text = gitVariables.ReplaceAllString(line.Text, "$1")
	}
	specifier, options := splitOptions(line.Text)
	switch specifier {
	case "":
		r.optionLine(line, options, f, constraints, trail)
	default:
		if !r.noVariables(line) {
			return
		}
		req, err := r.requirementText(source.At[string]{V: specifier, Pos: line.Pos}, path.Dir(trail[len(trail)-1]))
		if err != nil {
			r.fail(err)
			return
		}
		r.requirementOptions(line, r.binaryOptions(line, options, f, trail), &req)
		if constraints {
			f.Constraints = append(f.Constraints, req)
		} else {
			f.Requirements = append(f.Requirements, req)
		}
	}
}

// noVariables refuses a line with a variable: a build sees none of the user's.
func (r *reader) noVariables(line requirements.Line) bool {
	name := variable.FindString(line.Text)
	if name != "" {
		r.fail(source.Errorf(line.Pos, "the build has no variable %s", name).
			WithHint("write its value; credentials belong into a build secret"))
	}
	return name == ""
}

// splitOptions parts a line at the first word that starts with "-".
func splitOptions(text string) (specifier string, options []string) {
	words := strings.Fields(text)
	for i, word := range words {
		if strings.HasPrefix(word, "-") {
			return strings.Join(words[:i], " "), words[i:]
		}
	}
	return text, nil
}

// binaryOptions takes --no-binary and --only-binary off a requirement's own
// line, where pip reads them too although it documents them for lines of their
// own.
func (r *reader) binaryOptions(line requirements.Line, words []string, f *RequirementFile, trail []string) (others []string) {
	for len(words) > 0 {
		option, _, rest, _ := nextOption(words)
		taken := words[:len(words)-len(rest)]
		words = rest
		if option == "--no-binary" || option == "--only-binary" {
			r.optionLine(line, taken, f, false, trail)
			continue
		}
		others = append(others, taken...)
	}
	return others
}

// requirementOptions reads what may follow a requirement.
func (r *reader) requirementOptions(line requirements.Line, words []string, req *Requirement) {
	for len(words) > 0 {
		option, value, rest, ok := nextOption(words)
		words = rest
		switch option {
		case "--hash":
			if !ok || !validHash(value) {
				r.fail(source.Errorf(line.Pos, "%q is not a hash", value).WithHint("write --hash=sha256:..."))
				continue
			}
			req.Hashes = append(req.Hashes, value)
		case "--config-settings", "--config-setting", "-C":
			value = strings.Trim(value, `"'`)
			if !ok || !strings.Contains(value, "=") || strings.ContainsAny(value, "\"\\") {
				r.fail(source.Errorf(line.Pos, "%s needs key=value", option))
				continue
			}
			req.ConfigSettings = append(req.ConfigSettings, value)
		default:
			r.fail(unknownOption(line, option, []string{"--hash", "--config-settings"}))
			return
		}
	}
	slices.Sort(req.Hashes)
}

func validHash(text string) bool {
	algorithm, digest, ok := strings.Cut(text, ":")
	size := map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}[algorithm]
	if !ok || size == 0 || len(digest) != size {
		return false
	}
	for i := range len(digest) {
		c := digest[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}

// withValue are the options of a requirement file that take a value, with their
// long names.
var withValue = map[string]string{
	"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links", "-C": "--config-settings",
	"--requirement": "", "--constraint": "", "--editable": "", "--index-url": "", "--pypi-url": "--index-url", "--extra-index-url": "",
	"--find-links": "", "--no-binary": "", "--only-binary": "", "--trusted-host": "", "--use-feature": "", "--hash": "", "--config-settings": "",
	"--config-setting": "--config-settings",
}

// withoutValue are those that take none.
var withoutValue = []string{"--no-index", "--prefer-binary", "--require-hashes", "--pre"}

// nextOption takes one option off the words, in any of the forms "--name=value",
// "--name value", "-r value" and "-rvalue".
func nextOption(words []string) (option, value string, rest []string, ok bool) {
	option, rest = words[0], words[1:]
	if strings.HasPrefix(option, "--") {
		if name, v, has := strings.Cut(option, "="); has {
			return name, v, rest, v != ""
		}
	} else if len(option) > 2 {
		return option[:2], strings.TrimPrefix(option[2:], "="), rest, true
	}
	if _, takes := withValue[option]; !takes {
		return option, "", rest, true
	}
	if len(rest) == 0 {
		return option, "", nil, false
	}
	return option, rest[0], rest[1:], true
}

func unknownOption(line requirements.Line, option string, known []string) *source.Error {
	err := source.Errorf(line.Pos, "unknown option %q", option)
	if near := toml.Nearest(option, known); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	return err
}

// optionLine reads a line that holds nothing but options.
func (r *reader) optionLine(line requirements.Line, words []string, f *RequirementFile, constraints bool, trail []string) {
	here := path.Dir(trail[len(trail)-1])
	o := &f.Options
	for len(words) > 0 {
		option, value, rest, ok := nextOption(words)
		words = rest
		if long := withValue[option]; long != "" {
			option = long
		}
		if !ok {
			r.fail(source.Errorf(line.Pos, "%s needs a value", option))
			return
		}
		at := source.At[string]{V: strings.Trim(value, `"'`), Pos: line.Pos}
		switch option {
		case "--requirement", "--constraint":
			if !r.noVariables(line) {
				return
			}
			if strings.Contains(at.V, "://") {
				r.fail(source.Errorf(line.Pos, "%s must name a file of the build context", option))
				return
			}
			name, err := contextPath(here, at)
			if err != nil {
				r.fail(err)
				return
			}
			r.requirementFile(source.At[string]{V: name, Pos: line.Pos}, f, constraints || option == "--constraint", trail)
		case "--editable":
			if !r.noVariables(line) {
				return
			}
			// What follows is one requirement with its marker.
			if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
				i := 0
				for i < len(rest) && !strings.HasPrefix(rest[i], "-") {
					i++
				}
				at.V = strings.Join(append([]string{at.V}, rest[:i]...), " ")
				words = rest[i:]
			}
			req, err := r.requirementText(at, here)
			if err != nil {
				r.fail(err)
				return
			}
			req.Editable = true
			r.requirementOptions(line, words, &req)
			f.Requirements = append(f.Requirements, req)
			return
		case "--index-url":
			o.IndexURL = &at
		case "--extra-index-url":
			o.ExtraIndexURLs = append(o.ExtraIndexURLs, at)
		case "--find-links":
			if !r.noVariables(line) {
				return
			}
			if strings.HasPrefix(at.V, "https://") || strings.HasPrefix(at.V, "http://") {
				if err := checkURL(at.V, line.Pos); err != nil {
					r.fail(err)
					return
				}
			} else if name, err := r.pathFrom(strings.TrimPrefix(at.V, "file:"), line.Pos, here); err != nil {
				r.fail(err)
				return
			} else {
				at.V = name
			}
			o.FindLinks = append(o.FindLinks, at)
		case "--no-binary", "--only-binary":
			list := &o.NoBinary
			if option == "--only-binary" {
				list = &o.OnlyBinary
			}
			for _, name := range strings.Split(at.V, ",") {
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				if name != ":all:" && name != ":none:" {
					if !pep503.IsValid(name) {
						r.fail(source.Errorf(line.Pos, "%s: %q is not a project name", option, name))
						continue
					}
					name = pep503.Normalize(name)
				}
				*list = append(*list, source.At[string]{V: name, Pos: line.Pos})
			}
		case "--trusted-host":
			o.TrustedHosts = append(o.TrustedHosts, at)
		case "--use-feature":
			// It concerns pip alone.
		case "--no-index":
			o.NoIndex = true
		case "--prefer-binary":
			o.PreferBinary = true
		case "--require-hashes":
			o.RequireHashes = true
		case "--pre":
			o.Pre = true
		default:
			known := slices.Clone(withoutValue)
			for name := range withValue {
				if strings.HasPrefix(name, "--") {
					known = append(known, name)
				}
			}
			slices.Sort(known)
			r.fail(unknownOption(line, option, known))
			return
		}
	}
}

var (
	archive  = regexp.MustCompile(`(?i)\.(whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz|tar)$`)
	pathForm = regexp.MustCompile(`^([^\[;]+?)(?:\[([^\]]*)\])?\s*(?:;\s*(.+))?$`)
)

// requirementText reads a requirement as pip does: PEP 508, a path or a URL.
func (r *reader) requirementText(v source.At[string], here string) (Requirement, error) {
	text := v.V
	switch {
	case strings.HasPrefix(text, "file:"):
		return r.pathRequirement(source.At[string]{V: strings.TrimPrefix(text, "file:"), Pos: v.Pos}, here)
	case vcsForm.MatchString(text) || strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"):
		return urlRequirement(v)
	}
	parsed, err := pep508.ParseRequirement(text)
	if err != nil {
		if looksLikePath(text) {
			return r.pathRequirement(v, here)
		}
		return Requirement{}, invalidRequirement(v, err)
	}
	if strings.HasPrefix(parsed.URL, "file:") || strings.HasPrefix(parsed.URL, "./") || strings.HasPrefix(parsed.URL, "../") {
		req, err := r.pathRequirement(source.At[string]{V: strings.TrimPrefix(parsed.URL, "file:"), Pos: v.Pos}, here)
		if err != nil {
			return req, err
		}
		parsed.URL = ""
		req.Requirement = parsed
		return req, nil
	}
	if parsed.URL == "" && archive.MatchString(text) {
		// "package.whl" is a name by PEP 508; pip takes the file if it is there.
		if name, err := r.pathFrom(text, v.Pos, here); err == nil {
			return Requirement{Pos: v.Pos, Path: name}, nil
		}
	}
	if err := checkURL(parsed.URL, v.Pos); err != nil {
		return Requirement{}, err
	}
	return Requirement{Requirement: parsed, Pos: v.Pos}, nil
}

func looksLikePath(text string) bool {
	text, _, _ = strings.Cut(text, ";")
	text = strings.TrimSpace(text)
	return text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, ".[") ||
		strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~") || archive.MatchString(text) || strings.Contains(text, "/") && !strings.ContainsAny(text, "@ =<>")
}

// pathRequirement reads "./dir[extra] ; marker".
func (r *reader) pathRequirement(v source.At[string], here string) (Requirement, error) {
	m := pathForm.FindStringSubmatch(v.V)
	if m == nil {
		return Requirement{}, source.Errorf(v.Pos, "%q is neither a requirement nor a path", source.HideCredentials(v.V))
	}
	req := Requirement{Pos: v.Pos}
	for _, extra := range strings.Split(m[2], ",") {
		if extra = strings.TrimSpace(extra); extra != "" {
			if !pep503.IsValid(extra) {
				return Requirement{}, source.Errorf(v.Pos, "%q is not a valid name of an extra", extra)
			}
			req.Extras = append(req.Extras, extra)
		}
	}
	if m[3] != "" {
		marker, err := pep508.ParseMarker(m[3])
		if err != nil {
			return Requirement{}, source.Errorf(v.Pos, "invalid marker: %w", err)
		}
		req.Marker = marker
	}
	name, err := r.pathFrom(strings.TrimSpace(m[1]), v.Pos, here)
	req.Path = name
	return req, err
}

// pathFrom finds a path that a requirement file names. pip takes it relative to
// the folder it is started in, which is the project's; people also mean it
// relative to the file.
func (r *reader) pathFrom(text string, pos source.Pos, here string) (string, error) {
	text = strings.TrimPrefix(text, "//")
	var first error
	for _, dir := range []string{r.p.Dir, here} {
		name, err := contextPath(dir, source.At[string]{V: text, Pos: pos})
		if err == nil {
			err = r.mustExist(name, pos, "folder or file")
		}
		if err == nil {
			return name, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

var (
	vcsForm = regexp.MustCompile(`^(git|hg|svn|bzr)\+[a-z+]+:`)
	eggName = regexp.MustCompile(`[#&]egg=([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?`)
)

// urlRequirement reads a URL that stands without a name, and finds the name
// where it can.
func urlRequirement(v source.At[string]) (Requirement, error) {
	text, markerText, hasMarker := strings.Cut(v.V, " ;")
	text = strings.TrimSpace(text)
	req := Requirement{Pos: v.Pos}
	if strings.ContainsAny(text, " \t") {
		return req, source.Errorf(v.Pos, "%q is not a URL", source.HideCredentials(text))
	}
	if err := checkURL(text, v.Pos); err != nil {
		return req, err
	}
	if hasMarker {
		marker, err := pep508.ParseMarker(strings.TrimSpace(markerText))
		if err != nil {
			return req, source.Errorf(v.Pos, "invalid marker: %w", err)
		}
		req.Marker = marker
	}
	if strings.HasPrefix(text, "hg+") || strings.HasPrefix(text, "svn+") || strings.HasPrefix(text, "bzr+") {
		return req, source.Errorf(v.Pos, "%q: of version control systems only git is supported", text)
	}
	req.URL = text
	if m := eggName.FindStringSubmatch(text); m != nil && pep503.IsValid(m[1]) {
		req.Name = m[1]
		for _, extra := range strings.Split(m[2], ",") {
			if pep503.IsValid(strings.TrimSpace(extra)) {
				req.Extras = append(req.Extras, strings.TrimSpace(extra))
			}
		}
		// The name stands in front of the URL from here on; other parts of the
		// fragment (subdirectory) stay.
		url, fragment, _ := strings.Cut(text, "#")
		var kept []string
		for _, part := range strings.Split(fragment, "&") {
			if !strings.HasPrefix(part, "egg=") && part != "" {
				kept = append(kept, part)
			}
		}
		req.URL = url
		if len(kept) > 0 {
			req.URL += "#" + strings.Join(kept, "&")
		}
		return req, nil
	}
	// A wheel's file name starts with the name of its project.
	base, _, _ := strings.Cut(path.Base(text), "#")
	if strings.HasSuffix(base, ".whl") {
		if name, _, ok := strings.Cut(base, "-"); ok && pep503.IsValid(name) {
			req.Name = name
		}
	}
	return req, nil
}
