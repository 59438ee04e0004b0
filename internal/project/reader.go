package project

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// maxFile is the largest file of a project that is read, in bytes.
const maxFile = 16 << 20

// reader fills a Project and collects all errors.
type reader struct {
	files *store
	p     *Project
	errs  []*source.Error
	other error // one that is not the user's: reading failed

	// options are the options of the build.
	options Options
	// args are the build arguments of the target that is read.
	args []Arg
	// base is [tool.moult] without its targets.
	base    *toml.Node
	targets []Target
	// mergedTargets are the tables of targets with what they inherit.
	mergedTargets map[string]*toml.Node
	// included are the files that the requirement file includes so far.
	included map[includedFile]bool
	// checking is true for a target other than that of the build. It is read
	// only to find its errors, without the context; an argument without a value
	// is not an error then.
	checking bool
	// conditionExtras are the extras that entries depend on.
	conditionExtras []source.At[string]
	// fileNodes are the entries of files so far.
	fileNodes []fileNode
	// skippedStages are stages that are not reported as unused, because an entry
	// of files that does not apply uses them, or because their outputs have an
	// error.
	skippedStages map[string]bool

	// unpackaged is true if a table of uv or Poetry says that the project is no
	// package.
	unpackaged bool
	// pipfilePython is the Python of a Pipfile, which is used if there is no
	// .python-version.
	pipfilePython *PythonRequest
}

// fail records an error, or the errors joined in it.
func (r *reader) fail(err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			r.fail(e)
		}
		return
	}
	var placed *source.Error
	if errors.As(err, &placed) {
		r.errs = append(r.errs, placed)
		return
	}
	if r.other == nil {
		r.other = err
	}
}

// err returns all recorded errors: those of one file together, in the order
// of their lines.
func (r *reader) err() error {
	if r.other != nil {
		return r.other
	}
	return joinErrors(r.errs)
}

func joinErrors(list []*source.Error) error {
	var order []*source.File
	for _, e := range list {
		if !slices.Contains(order, e.Pos.File) {
			order = append(order, e.Pos.File)
		}
	}
	slices.SortStableFunc(list, func(a, b *source.Error) int {
		if d := slices.Index(order, a.Pos.File) - slices.Index(order, b.Pos.File); d != 0 {
			return d
		}
		if d := a.Pos.Line - b.Pos.Line; d != 0 {
			return d
		}
		return a.Pos.Col - b.Pos.Col
	})
	var errs []error
	seen := map[string]bool{}
	for _, e := range list {
		if text := e.Error(); !seen[text] {
			seen[text] = true
			errs = append(errs, e)
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// readNamed reads a file that the user named; it must exist.
func (r *reader) readNamed(name string, at source.Pos) *source.File {
	file, err := r.files.file(name)
	if err != nil {
		var placed *source.Error
		if !errors.As(err, &placed) {
			err = source.Errorf(at, "%q cannot be read: %w", name, err)
		}
		r.fail(err)
		return nil
	}
	if file == nil {
		r.fail(source.Errorf(at, "there is no file %q in the build context", name).
			WithHint("check the name, and that .dockerignore does not leave it out"))
	}
	return file
}

// pyproject reads and parses the pyproject.toml of a folder; nil where there is
// none.
func (r *reader) pyproject(dir string) *toml.Node {
	file, err := r.files.file(path.Join(dir, "pyproject.toml"))
	if err != nil || file == nil {
		r.fail(err)
		return nil
	}
	root, err := toml.Parse(file)
	if err != nil {
		r.fail(err)
		return nil
	}
	return root
}

// requirement parses one requirement. If that fails, it records the error
// and ok is false.
func (r *reader) requirement(v source.At[string]) (Requirement, bool) {
	parsed, err := parseRequirement(v)
	if err == nil && parsed.URL != "" {
		err = r.localURL(&parsed)
	}
	if err != nil {
		r.fail(err)
		return Requirement{}, false
	}
	return parsed, true
}

// groupRequirement parses a requirement of a dependency group. A missing path
// is an error only if the group is used, because most groups are for
// development.
func (r *reader) groupRequirement(v source.At[string]) (Requirement, bool) {
	parsed, err := parseRequirement(v)
	if err != nil {
		r.fail(err)
		return Requirement{}, false
	}
	if parsed.URL != "" {
		if err := r.localURL(&parsed); err != nil {
			parsed.Source = &Source{Pos: v.Pos, Name: parsed.NormalizedName(), Err: err}
			parsed.URL, parsed.Path = "", ""
		}
	}
	return parsed, true
}

func (r *reader) requirements(list []source.At[string]) []Requirement {
	var parsed []Requirement
	for _, v := range list {
		if one, ok := r.requirement(v); ok {
			parsed = append(parsed, one)
		}
	}
	return parsed
}

// projectRoot and hatchRoot are how pdm and hatch write the project's folder in a
// URL.
const (
	projectRoot = "file:///${PROJECT_ROOT}"
	hatchRoot   = "{root:uri}"
)

// localURL converts a file URL to its path.
func (r *reader) localURL(req *Requirement) error {
	rest, ok := strings.CutPrefix(req.URL, projectRoot)
	if !ok {
		rest, ok = strings.CutPrefix(req.URL, hatchRoot)
	}
	if !ok {
		if rest, ok = strings.CutPrefix(req.URL, "file:"); !ok {
			return nil
		}
		if strings.HasPrefix(rest, "/") {
			return source.Errorf(req.Pos, "%q is not in the build context", req.URL).
				WithHint(`name its folder with [tool.moult.package.%s] path = "..."`, req.NormalizedName())
		}
	}
	rest, _, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "#")
	name, err := contextPath(r.p.Dir, source.At[string]{V: "./" + rest, Pos: req.Pos})
	if err == nil {
		err = r.mustExist(name, req.Pos, "folder or file")
	}
	req.URL, req.Path = "", name
	return err
}

func parseRequirement(v source.At[string]) (Requirement, error) {
	parsed, err := pep508.ParseRequirement(v.V)
	if err != nil {
		return Requirement{}, invalidRequirement(v, err)
	}
	if err := checkURL(parsed.URL, v.Pos); err != nil {
		return Requirement{}, err
	}
	return Requirement{Requirement: parsed, Pos: v.Pos}, nil
}

func invalidRequirement(v source.At[string], err error) *source.Error {
	text := source.HideCredentials(v.V)
	var syntax *pep508.SyntaxError
	if errors.As(err, &syntax) {
		return source.Errorf(v.Pos, "%q is not a valid requirement: column %d: %s", text, syntax.Column(), syntax.Msg)
	}
	return source.Errorf(v.Pos, "%q is not a valid requirement: %w", text, err)
}
