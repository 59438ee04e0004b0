package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestFilesThatTheImagesUserCannotReach(t *testing.T) {
	root := plan.ParentDirectory{Path: "/root", Mode: 0o700}
	for _, test := range []struct {
		says, user, to string
		parent         plan.ParentDirectory
		want           string
	}{
		{"a model in root's home folder", "65532:65532", "/root/.cache/huggingface", root, `write env = {HF_HOME = "/srv/huggingface"} for the step`},
		{"browsers", "app", "/root/.cache/ms-playwright", root, "PLAYWRIGHT_BROWSERS_PATH"},
		{"something else", "app", "/root/data", root, "let the step write to a folder such as /srv"},
		{"root may", "0:0", "/root/data", root, ""},
		{"root may by name", "root", "/root/data", root, ""},
		{"a base whose folder is open", "app", "/root/data", plan.ParentDirectory{Path: "/root", Mode: 0o755}, ""},
		{"a folder of another user", "app", "/home/app/data", plan.ParentDirectory{Path: "/home/app", Mode: 0o700, UID: 1000, GID: 1000}, ""},
		{"a user with root's group", "1001:0", "/root/data", plan.ParentDirectory{Path: "/root", Mode: 0o550}, ""},
		{"a number without an account", "1001", "/root/data", plan.ParentDirectory{Path: "/root", Mode: 0o550}, ""},
		{"a user with another group", "1001:1001", "/root/data", plan.ParentDirectory{Path: "/root", Mode: 0o550}, "let the step write"},
		{"a user with root's group, who may not either", "1001:0", "/root/data", root, "let the step write"},
		{"the folder itself is made by the step", "app", "/root", root, ""},
	} {
		for _, files := range []bool{false, true} {
			p := Plan{Project: &project.Project{File: &source.File{Name: "pyproject.toml"}}, Plan: &plan.Plan{Config: plan.Config{User: test.user}}}
			parents := []plan.ParentDirectory{test.parent}
			if files {
				p.Plan.Files = []plan.Files{{To: test.to, Parents: parents}}
			} else {
				p.Plan.Steps = []plan.Step{{Outputs: &plan.Outputs{{Path: test.to, Parents: parents}}}}
			}
			found := unreachable(p)
			if (test.want != "") != (len(found) == 1) || len(found) == 1 && !strings.Contains(found[0].Text(), test.want) {
				t.Errorf("%s: %v", test.says, Texts(found))
			}
		}
	}
}
