package check

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// pythonEndOfLife finds releases of Python without security fixes.
func pythonEndOfLife(p Project) []Finding {
	if p.Python.Minor == "" || !p.Python.PastEndOfLife(p.Today) {
		return nil
	}
	f := Finding{Rule: PythonEndOfLife, Pos: p.Python.Pos,
		Msg: fmt.Sprintf("Python %s has had no security fixes since %s", p.Python.Minor, p.Python.EndOfLife)}
	for _, r := range project.Releases {
		if r.EndOfLife > p.Today && r.Released < p.Today && pep440.AllowsMinor(p.Requires, r.X, r.Y) {
			f.Hint = fmt.Sprintf("write python = %q under [tool.moult], the oldest that has, or a later one", r.Minor)
			break
		}
	}
	if f.Hint == "" {
		f.Hint = "requires-python allows no later release; widen it"
	}
	return []Finding{f}
}

// patchTag is a tag of the official Python images with a patch version.
var patchTag = regex.New(`^(3\.\d+)\.\d+((?:-.*)?)$`)

// basePatchVersion finds official images named by their patch version. A digest
// pins the image on purpose, so the rule does not report it.
func basePatchVersion(p Project) []Finding {
	var found []Finding
	for _, v := range []*source.At[string]{p.Settings.Base, p.Settings.Builder} {
		if v == nil {
			continue
		}
		named, err := reference.ParseNormalizedNamed(v.V)
		if err != nil {
			continue
		}
		tagged, ok := named.(reference.Tagged)
		if _, pinned := named.(reference.Digested); !ok || pinned {
			continue
		}
		name := reference.FamiliarName(named)
		m := patchTag.FindStringSubmatch(tagged.Tag())
		if m == nil || name != "python" && !strings.HasSuffix(name, "/python") {
			continue
		}
		found = append(found, Finding{Rule: BasePatchVersion, Pos: v.Pos,
			Msg:  fmt.Sprintf("%s stays at this patch version and gets no fixes of Python", v.V),
			Hint: fmt.Sprintf("write %q, which is renewed, or add the digest (@sha256:...) to hold it in place on purpose", name+":"+m[1]+m[2])})
	}
	return found
}

// pythonMismatch finds a base image whose patch version requires-python does
// not allow. ChoosePython reports a release that it does not allow.
func pythonMismatch(p Plan) []Finding {
	full := p.Environment.Python.Full
	version, err := pep440.Parse(full)
	if full == "" || err != nil || p.Requires.IsEmpty() || p.Requires.Contains(version, pep440.PrereleasesAllowed) {
		return nil
	}
	return []Finding{{Rule: PythonMismatch, Pos: p.RequiresPython.Pos,
		Msg:  fmt.Sprintf("the base %s has Python %s, which requires-python = %q does not allow", p.Plan.Base, full, p.RequiresPython.V),
		Hint: "use a base with a later patch version, or change requires-python"}}
}
