package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/homefiles"
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

func TestWhatAStepLeavesInTheHomeFolder(t *testing.T) {
	named := &plan.Outputs{{Path: "/app/static"}}
	model := homefiles.Folder{Path: "/root/.cache/huggingface", Files: 3, Bytes: 1_200_000, Home: "/root", Mode: 0o700}
	other := homefiles.Folder{Path: "/root/.cache/koala", Files: 1, Bytes: 1000, Home: "/root", Mode: 0o700}
	home := homefiles.Folder{Path: "/home/nonroot/nltk_data", Files: 1, Bytes: 1000, Home: "/home/nonroot", Mode: 0o775}
	with := func(f homefiles.Folder, change func(f *homefiles.Folder)) homefiles.Folder { change(&f); return f }
	for _, test := range []struct {
		says, user string
		outputs    *plan.Outputs
		folder     homefiles.Folder
		want       string
	}{
		{"a model below /root", "65532", nil, model, "the step has written /root/.cache/huggingface (1.2MB, 3 files), which the image's user cannot reach: only root may enter /root; write env = {HF_HOME = \"/srv/huggingface\"} for the step and under [tool.moult]"},
		{"what may have a usual variable", "65532", nil, other, "write env = {XDG_CACHE_HOME = \"/srv/cache\"} for the step"},
		{"something else", "65532", nil, with(other, func(f *homefiles.Folder) { f.Path = "/root/data" }), "let the step write to a folder such as /srv, and tell the program this folder"},
		{"the image runs as root", "0", nil, model, ""},
		{"a base whose folder is open", "65532", nil, with(model, func(f *homefiles.Folder) { f.Mode = 0o755 }), ""},
		{"in the home folder of the image", "65532", nil, home, ""},
		{"a model that no output names", "65532", named, model, "and the image does not get it: no output names it; write env = {HF_HOME = \"/srv/huggingface\"} for the step and under [tool.moult], and add \"/srv/huggingface\" to its outputs"},
		{"in the home folder of the image, which no output names", "65532", named, home, "no output names it; write env = {NLTK_DATA = \"/srv/nltk_data\"}"},
		{"root loses it too", "0", named, model, "no output names it"},
		{"little of an unknown program", "65532", named, with(other, func(f *homefiles.Folder) { f.Path = "/root/data" }), ""},
		{"much of an unknown program", "65532", named, with(other, func(f *homefiles.Folder) { f.Path, f.Bytes = "/root/data", 50_000_000 }), "the step has written /root/data (50MB, 1 file)"},
	} {
		p := Plan{Project: &project.Project{File: &source.File{Name: "pyproject.toml"}}, Plan: &plan.Plan{Config: plan.Config{User: test.user, Env: []string{"HOME=/home/nonroot"}}}}
		found := HomeFiles(p, plan.Step{Outputs: test.outputs}, []homefiles.Folder{test.folder})
		if (test.want != "") != (len(found) == 1) || len(found) == 1 && !strings.Contains(found[0].Text(), test.want) {
			t.Errorf("%s: %v", test.says, Texts(found))
		}
	}
}
