package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// unreachable finds files that steps and [[files]] put below a folder that the
// image's user may not enter, such as /root.
func unreachable(p Plan) []Finding {
	user, group, named := strings.Cut(p.Plan.Config.User, ":")
	if user == "" || user == "root" || user == "0" || p.Plan.User != nil && p.Plan.User.UID == 0 {
		return nil
	}
	enter := uint32(0o001)
	if group == "0" || group == "root" || !named && (p.Plan.User == nil || p.Plan.User.GID == 0) {
		enter = 0o011 // as in images for OpenShift, whose users have root's group
	}
	var found []Finding
	report := func(to string, parents []plan.ParentDirectory, pos source.Pos) {
		n := slices.IndexFunc(parents, func(d plan.ParentDirectory) bool {
			return d.Mode&enter == 0 && d.UID == 0 && d.GID == 0 && within(d.Path, to) != to
		})
		if n < 0 {
			return
		}
		f := Finding{Rule: UnreachableFile, Pos: pos,
			Msg:  fmt.Sprintf("the image has %s, which its user cannot reach: only root may enter %s", to, parents[n].Path),
			Hint: "let the step write to a folder such as /srv, and name this folder in outputs and, by a variable, to the program"}
		if variable, folder := cacheVariable(to); variable != "" {
			f.Hint = fmt.Sprintf("write env = {%s = %q} for the step and%s, and %s instead of %s", variable, folder, p.HintTable(), folder, to)
		}
		found = append(found, f)
	}
	for _, s := range p.Plan.Steps {
		for _, o := range s.Outputs.All() {
			report(o.Path, o.Parents, s.Pos)
		}
	}
	for _, f := range p.Plan.Files {
		report(path.Clean(f.To), f.Parents, f.Pos)
	}
	return found
}

// cacheVariables are the variables that say where programs keep what they
// download, by a part of the usual folder.
var cacheVariables = []struct{ part, variable string }{
	{"huggingface", "HF_HOME"}, {"nltk_data", "NLTK_DATA"}, {"ms-playwright", "PLAYWRIGHT_BROWSERS_PATH"}, {"torch", "TORCH_HOME"},
	{"puppeteer", "PUPPETEER_CACHE_DIR"}, {"tiktoken", "TIKTOKEN_CACHE_DIR"}, {"ollama", "OLLAMA_MODELS"}, {"selenium", "SE_CACHE_PATH"},
}

// cacheVariable returns the variable for a folder below /root, and the folder to
// use instead; "" if none is known.
func cacheVariable(to string) (variable, folder string) {
	for part := range strings.SplitSeq(strings.Trim(to, "/"), "/") {
		for _, v := range cacheVariables {
			if strings.TrimPrefix(part, ".") == v.part {
				return v.variable, "/srv/" + v.part
			}
		}
	}
	return "", ""
}
