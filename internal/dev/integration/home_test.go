package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestWhatAStepWritesToTheHomeFolderIsThereForEveryUserOfGroupZero(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"koala\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\nwritable = [\"/data\"]\ncmd = [\"python\", \"main.py\"]\n" +
			"[[tool.moult.steps]]\nrun = [\"python\", \"-c\", \"import pathlib; p = pathlib.Path.home() / '.cache/koala'; p.mkdir(parents=True); (p / 'm').write_text('model')\"]\n",
		"main.py": `import os, pathlib
home = pathlib.Path.home()
for path in [home, "/data"]:
    st = os.stat(path)
    print(path, oct(st.st_mode & 0o777), st.st_uid, st.st_gid)
print((home / ".cache/koala/m").read_text(), os.environ["HOME"])
`,
	})), "home:test")
	mustBuild(t, l, b)
	output(t, l, ref)
	for _, user := range []string{"", "1000710000:0"} {
		out, err := l.Output(t.Context(), lab.Container{Image: ref, ReadOnly: true, User: user})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"/home/nonroot 0o775 65532 0", "/data 0o775 65532 0", "model /home/nonroot"} {
			if !strings.Contains(out, want) {
				t.Errorf("user %q: it does not print %q: %s", user, want, out)
			}
		}
	}
}

// Nothing of the image itself can be written then: the folders are mounts.
func TestFoldersAreWritableWithAReadOnlyRootForEveryUserOfGroupZero(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"quoll\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\nwritable = [\"/data\"]\nvolumes = [\"/uploads\"]\ncmd = [\"python\", \"main.py\"]\n",
		"main.py": `import pathlib
for folder in ["/data", "/uploads"]:
    try:
        pathlib.Path(folder, "x").write_text("x")
        print(folder, "written")
    except OSError as e:
        print(folder, e.strerror)
`,
	})), "quoll:test")
	mustBuild(t, l, b)
	const readOnly, written = "/data Read-only file system\n/uploads written\n", "/data written\n/uploads written\n"
	for _, c := range []struct{ user, tmpfs, want string }{
		{"", "", readOnly},
		{"1000710000:0", "", readOnly},
		// It gets the folder's mode, and belongs to root and group 0.
		{"", "/data:uid=65532", written},
		{"1000710000:0", "/data", written},
	} {
		container := lab.Container{Image: ref, ReadOnly: true, User: c.user}
		if c.tmpfs != "" {
			container.Tmpfs = []string{c.tmpfs}
		}
		if out, err := l.Output(t.Context(), container); err != nil || out != c.want {
			t.Errorf("user %q, tmpfs %q: it prints %q: %v", c.user, c.tmpfs, out, err)
		}
	}
}

func TestANumberWithoutAnAccountHasAHomeFolderThatItMayWrite(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"numbat\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\nuser = \"1234\"\ncmd = [\"python\", \"main.py\"]\n",
		"main.py":        "import os, pathlib\nhome = pathlib.Path.home()\n(home / '.cache').mkdir()\nprint(os.getuid(), home)\n",
	})), "numbat:test")
	mustBuild(t, l, b)
	for user, want := range map[string]string{"": "1234 /home/nonroot\n", "1000710000:0": "1000710000 /home/nonroot\n"} {
		if out, err := l.Output(t.Context(), lab.Container{Image: ref, User: user}); err != nil || out != want {
			t.Errorf("user %q: it prints %q: %v", user, out, err)
		}
	}
}

func TestABuildTellsWhatItsStepsLeaveWhereTheImagesUserDoesNotFindIt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	step := func(code, keys string) string {
		return "[[tool.moult.steps]]\nrun = [\"python\", \"-c\", \"from pathlib import Path as P; " + code + "\"]\n" + keys
	}
	b := moult(t, project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"left\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n" +
			step("p = P('/root/.cache/huggingface'); p.mkdir(parents=True); (p / 'm').write_text('model')", "") +
			step("p = P.home() / 'nltk_data'; p.mkdir(); (p / 'm').write_text('model'); P('/srv/x').write_text('')", "in = \"builder\"\noutputs = [\"/srv/x\"]\n") +
			step("p = P.home() / '.cache/fine'; p.mkdir(parents=True); (p / 'm').write_text('model')", ""),
		"main.py": "print()\n",
	}))
	for _, run := range []string{"first", "cached"} {
		var got []string
		for _, w := range mustBuild(t, l, b).Warnings {
			got = append(got, w.Short)
		}
		text := strings.Join(got, "\n")
		if strings.Count(text, "UnreachableFile") != 2 ||
			!strings.Contains(text, "the step has written /root/.cache/huggingface (5B, 1 file), which the image's user cannot reach: only root may enter /root; write env = {HF_HOME = ") ||
			!strings.Contains(text, "the step has written /root/nltk_data (5B, 1 file), and the image does not get it: no output names it; write env = {NLTK_DATA = ") {
			t.Errorf("the %s build warns:\n%s", run, text)
		}
	}
}
