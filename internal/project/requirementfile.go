package project

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/requirements"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// maxIncludes limits the depth of includes in requirement files.
const maxIncludes = 32

// requirementFiles reads the files of the key requirements. If neither it
// nor a project's table says what to install, it reads the usual file.
func (r *reader) requirementFiles() {
	p := r.p
	named := p.Settings.Requirements
	if len(named) == 0 && len(p.Dependencies) == 0 && !p.DynamicDependencies && slices.Contains([]Origin{OriginNone, OriginStandard, OriginPoetry}, p.Origin) && !p.staticDependencies {
		file, err := r.usualRequirementFile()
		if err != nil {
			r.fail(err)
			return
		}
		if file == nil {
			return
		}
		named = []source.At[string]{{V: file.Name, Pos: source.Pos{File: file}}}
	}
	if len(named) == 0 {
		r.unusedPins()
	}
	for _, v := range named {
		f := RequirementFile{Name: v}
		r.requirementFile(v, &f, false, nil)
		p.RequirementFiles = append(p.RequirementFiles, f)
	}
}

// unusedPins finds a pinned line of a requirements.txt that is not used. It
// ignores errors in this file, which has no effect.
func (r *reader) unusedPins() {
	p := r.p
	name := path.Join(p.Dir, "requirements.txt")
	if p.DynamicDependencies || len(p.Dependencies) == 0 || slices.ContainsFunc(p.BuildFiles, func(v source.At[string]) bool { return v.V == name }) {
		return
	}
	file, err := r.files.file(name)
	if err != nil || file == nil {
		return
	}
	items, err := requirements.Read(file)
	if err != nil {
		return
	}
	for _, i := range items {
		if i.Err == nil && i.Kind == requirements.Requirement && strings.Contains(i.Text, "==") {
			p.UnusedPins = i.Pos
			return
		}
	}
}

// includedFile is a file that a requirement file includes.
type includedFile struct {
	name        string
	constraints bool
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
	// A second time adds nothing, and files that each include two others would
	// be read without end.
	if len(trail) == 1 {
		r.included = map[includedFile]bool{}
	}
	once := includedFile{name.V, constraints}
	if r.included[once] {
		return
	}
	r.included[once] = true
	file := r.readNamed(name.V, name.Pos)
	if file == nil {
		return
	}
	items, err := requirements.Read(file)
	r.fail(err)
	for _, item := range items {
		if item.Err != nil {
			r.fail(item.Err)
			continue
		}
		if err := writtenByConda(item); err != nil {
			r.fail(err)
			return // every other line is as wrong
		}
		r.requirementItem(item, f, constraints, trail)
	}
}

// condaPin matches a package with its version and its build, as conda lists it.
var condaPin = regex.New(`^[A-Za-z0-9_][\w.-]*=[^=\s]+=\S+$`)

// writtenByConda is the error for a line that conda writes into its own lists.
func writtenByConda(item requirements.Item) error {
	option := ""
	switch {
	case item.Kind != requirements.Requirement:
		return nil
	case item.Text == "@EXPLICIT":
		option = "--explicit"
	case condaPin.MatchString(item.Text):
		option = "--export"
	default:
		return nil
	}
	return source.Errorf(item.Pos, "%q is not a valid requirement", item.Text).
		WithHint(`"conda list %s" wrote this file, which names the packages of conda; write those that pip installs, as "pip list --format=freeze" prints them`, option)
}

var variable = regex.New(`\$\{[A-Z0-9_]+\}`)

// variableCredentials matches the user part of a URL that consists only of
// variables.
var variableCredentials = regex.New(`^(https?://)(?:\$\{[A-Z0-9_]+\}|__token__|oauth2accesstoken)(?::\$\{[A-Z0-9_]+\})?@`)

// gitVariables matches the user part of a repository's URL that consists only
// of variables.
var gitVariables = regex.New(`(git\+https?://)(?:\$\{[A-Z0-9_]+\}|oauth2|x-access-token|git)(?::\$\{[A-Z0-9_]+\})?@`)

// requirementItem adds one item of a file to f. trail are the files that
// include this one.
func (r *reader) requirementItem(item requirements.Item, f *RequirementFile, constraints bool, trail []string) {
	here := path.Dir(trail[len(trail)-1])
	switch item.Kind {
	case requirements.Option:
		r.requirementOption(item, &f.Options, here)
		return
	case requirements.Include, requirements.Constraint:
		if r.noVariables(item) {
			r.requirementInclude(item, f, constraints || item.Kind == requirements.Constraint, trail)
		}
		return
	}
	// The variable has a token on a developer's machine. A build has the SSH
	// agent, or the secret for the host.
	item.Text = gitVariables.ReplaceAllString(item.Text, "$1")
	if !r.noVariables(item) {
		return
	}
	req, err := r.requirementText(source.At[string]{V: item.Text, Pos: item.Pos}, here)
	if err != nil {
		r.fail(err)
		return
	}
	req.Editable = item.Kind == requirements.Editable
	r.ownOptions(item, &req)
	if constraints {
		f.Constraints = append(f.Constraints, req)
	} else {
		f.Requirements = append(f.Requirements, req)
	}
}

func (r *reader) requirementInclude(item requirements.Item, f *RequirementFile, constraints bool, trail []string) {
	if constraints && isWebURL(item.Text) {
		r.fail(checkURL(item.Text, item.Pos))
		f.ConstraintURLs = append(f.ConstraintURLs, source.At[string]{V: item.Text, Pos: item.Pos})
		return
	}
	if strings.Contains(item.Text, "://") {
		r.fail(mustBeFile(item.Text, item.Pos))
		return
	}
	name, err := contextPath(path.Dir(trail[len(trail)-1]), source.At[string]{V: item.Text, Pos: item.Pos})
	if err != nil {
		r.fail(err)
		return
	}
	r.requirementFile(source.At[string]{V: name, Pos: item.Pos}, f, constraints, trail)
}

// mustBeFile is the error for an address in the place of a file.
func mustBeFile(address string, pos source.Pos) error {
	return source.Errorf(pos, "%q must be a file of the build context", requirements.Shorten(address)).
		WithHint("save what is at the address in the project, and name that file")
}

// isWebURL reports whether pip can read a file from an address.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsFunc(text, unicode.IsSpace)
}

// noVariables refuses a line with a variable, because a build does not see the
// user's variables.
func (r *reader) noVariables(item requirements.Item) bool {
	name := variable.FindString(item.Text)
	for _, o := range item.Options {
		if name == "" {
			name = variable.FindString(o.Value)
		}
	}
	if name != "" {
		r.fail(source.Errorf(item.Pos, "the build has no variable %s", name).
			WithHint("write its value; credentials belong into a build secret"))
	}
	return name == ""
}

// ownOptions reads the options of one requirement.
func (r *reader) ownOptions(item requirements.Item, req *Requirement) {
	for _, o := range item.Options {
		switch o.Name {
		case "--hash":
			if !validHash(o.Value) {
				r.fail(source.Errorf(item.Pos, "%q is not a hash", o.Value).WithHint("write --hash=sha256:..."))
				continue
			}
			req.Hashes = append(req.Hashes, o.Value)
		case "--config-settings":
			if !strings.Contains(o.Value, "=") || strings.ContainsAny(o.Value, "\"\\") {
				r.fail(source.Errorf(item.Pos, "%s needs key=value", o.Name))
				continue
			}
			req.ConfigSettings = append(req.ConfigSettings, o.Value)
		}
	}
	slices.Sort(req.Hashes)
}

func validHash(text string) bool {
	algorithm, digest, ok := strings.Cut(text, ":")
	size := map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}[algorithm]
	return ok && size != 0 && len(digest) == size && strings.Trim(digest, "0123456789abcdefABCDEF") == ""
}

// requirementOption reads an option of the whole file, which is in the folder
// here.
func (r *reader) requirementOption(item requirements.Item, o *RequirementOptions, here string) {
	at := source.At[string]{V: item.Text, Pos: item.Pos}
	switch item.Name {
	case "--index-url":
		o.IndexURL = &at
	case "--extra-index-url":
		o.ExtraIndexURLs = append(o.ExtraIndexURLs, at)
	case "--find-links":
		if link, ok := r.findLinks(item, here); ok {
			o.FindLinks = append(o.FindLinks, link)
		}
	case "--no-binary":
		o.NoBinary = append(o.NoBinary, r.packageNames(item)...)
	case "--only-binary":
		o.OnlyBinary = append(o.OnlyBinary, r.packageNames(item)...)
	case "--all-releases":
		o.AllReleases = append(o.AllReleases, r.packageNames(item)...)
	case "--only-final":
		o.OnlyFinal = append(o.OnlyFinal, r.packageNames(item)...)
	case "--trusted-host":
		o.TrustedHosts = append(o.TrustedHosts, at)
	case "--use-feature":
		// Only pip uses this option.
	case "--no-index":
		o.NoIndex = true
	case "--prefer-binary":
		o.PreferBinary = true
	case "--require-hashes":
		o.RequireHashes = true
	case "--pre":
		o.Pre = true
	}
}

// findLinks reads the URL of a page, or a folder of the context.
func (r *reader) findLinks(item requirements.Item, here string) (source.At[string], bool) {
	at := source.At[string]{V: item.Text, Pos: item.Pos}
	if !r.noVariables(item) {
		return at, false
	}
	var err error
	if strings.HasPrefix(at.V, "https://") || strings.HasPrefix(at.V, "http://") {
		err = checkURL(at.V, at.Pos)
	} else {
		at.V, err = r.pathFrom(strings.TrimPrefix(at.V, "file:"), at.Pos, here)
	}
	r.fail(err)
	return at, err == nil
}

// packageNames reads a list of packages, ":all:" or ":none:".
func (r *reader) packageNames(item requirements.Item) []source.At[string] {
	var list []source.At[string]
	for _, name := range strings.Split(item.Text, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			continue
		case name == ":all:" || name == ":none:":
		case !pep503.IsValid(name):
			r.fail(source.Errorf(item.Pos, "%s: %q is not a project name", item.Name, name))
			continue
		default:
			name = pep503.Normalize(name)
		}
		list = append(list, source.At[string]{V: name, Pos: item.Pos})
	}
	return list
}
