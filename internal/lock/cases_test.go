package lock_test

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// selected reads the project and the lock of a folder and gives what the lock
// means for the selection, or what is wrong.
func selected(t *testing.T, folder, python string, extras, groups []string) string {
	t.Helper()
	files := os.DirFS(folder)
	name := "pyproject.toml"
	file := &source.File{Name: name}
	var err error
	if file.Data, err = os.ReadFile(path.Join(folder, name)); err != nil {
		file.Name = "moult.toml"
	}
	p, err := project.ReadFile(project.FS(files), file, project.Options{})
	if err != nil {
		return err.Error()
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	parse := func(name string) *toml.Node {
		data, err := os.ReadFile(path.Join(folder, name))
		if err != nil {
			return nil
		}
		root, err := toml.Parse(&source.File{Name: name, Data: data})
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	lockName, _ := lock.Detect(names)
	data, err := os.ReadFile(path.Join(folder, lockName))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lock.Read(&source.File{Name: lockName, Data: data}, lock.Options{})
	if err != nil {
		return err.Error()
	}
	lp := plan.LockProject(p, parse("pyproject.toml"), parse("Pipfile"))
	sel := lock.Selection{Member: p.Name.V, Extras: extras, Groups: groups, Project: lp}
	minor, _, _ := strings.Cut(python[2:], ".")
	env := pep508.Environment{ImplementationName: "cpython", ImplementationVersion: python, OSName: "posix", PlatformMachine: "x86_64",
		PlatformPythonImplementation: "CPython", PlatformSystem: "Linux", PythonFullVersion: python, PythonVersion: "3." + minor, SysPlatform: "linux"}
	chosen, err := lock.Select(l, sel, env)
	if err != nil {
		return err.Error()
	}
	if err := lock.Check(l, lp, sel, env, chosen); err != nil {
		return err.Error()
	}
	var list []string
	for _, c := range chosen {
		if !c.Root {
			list = append(list, strings.TrimSuffix(c.Name+"=="+c.Version, "=="))
		}
	}
	return strings.Join(list, " ")
}

// The wanted sets are what the tools that made the locks install.
func TestALockGivesWhatItsOwnToolInstalls(t *testing.T) {
	for _, c := range []struct {
		folder, python string
		extras, groups []string
		want           string
	}{
		{"p-optional", "3.11.7", nil, nil, "plain==1.0"},
		{"p-optional", "3.11.7", []string{"big"}, nil, "heavy==1.0 plain==1.0"},
		{"p-optional", "3.11.7", nil, []string{"test"}, "heavy==1.0 plain==1.0"},
		{"p-groupopt", "3.11.7", nil, []string{"cpu"}, "plain==1.0"},
		{"p-versions", "3.11.7", nil, nil, "deep==1.0 loose==1.0 mid==1.0 thing==1.0"},
		{"p-versions", "3.9.1", nil, nil, "deep==0.9 loose==1.0 mid==1.0 thing==2.0"},
		{"p-url", "3.11.7", nil, nil, "kernels==1.0"},
		{"p-url", "3.12.1", nil, nil, ""},
		{"p-url", "3.11.7", nil, []string{"cpu"}, "kernels==1.0 torchy==1.0+cpu"},
		{"p-url", "3.11.7", nil, []string{"pypi"}, "kernels==1.0 torchy==2.0"},
		{"p-union", "3.11.7", nil, nil, "plain==1.0"},
		{"p-union", "3.11.7", nil, []string{"dev"}, "heavy==1.0 plain==1.0"},
		{"p-python2", "3.11.7", nil, nil, "plain==1.0"},
		{"p-backtrack", "3.9.18", nil, nil, "deep==1.5 low==1.0 stub==1.0 types==1.0"},
		{"p-backtrack", "3.12.4", nil, nil, "deep==2.5 low==1.0 stub==2.0"},
		{"p-notextra", "3.11.7", nil, nil, "lib==1.0 part==3.0"},
		{"p-patch", "3.11.2", nil, nil, "lib==1.0 part==3.0"},
		{"p-patch", "3.11.7", nil, nil, "lib==1.0"},
		{"p-orextra", "3.11.7", nil, nil, "lib==1.0"},
		{"p-orextra11", "3.11.7", nil, nil, "lib==1.0 part==3.0"}, // as Poetry 1.1, which wrote it
		{"d-python", "3.12.4", nil, nil, "idna==3.20"},
		{"p-legacy", "3.11.7", nil, nil, "idna==3.20"},
		{"p-legacy", "3.11.7", []string{"old"}, nil, "idna==3.20 six==1.17.0"},
		{"p-legacy1", "3.11.7", nil, nil, "idna==3.20"},
		{"p-legacy1", "3.11.7", []string{"old"}, nil, "idna==3.20 six==1.17.0"},
		{"u-legacy", "3.11.7", nil, nil, ""},
		{"p-full", "3.11.2", nil, nil, ""},
		{"p-full", "3.11.7", nil, nil, "part==3.0"},
		{"u-merged", "3.11.7", nil, []string{"dev"}, "attrs==25.4.0 idna==3.20"},
		{"u-poetrygroup", "3.11.7", nil, nil, "idna==3.20"},
		{"u-pdmdev", "3.11.7", nil, nil, "idna==3.20"},
		{"u-poetrydev", "3.11.7", nil, nil, "idna==3.20"},
		{"u-pdmegit", "3.11.7", nil, nil, "idna==3.20"},
		{"u-poetryunion", "3.11.7", nil, nil, "idna==3.20"},
		{"u-groupsrp", "3.11.7", nil, nil, "idna==3.20"},
		{"u-groupsrp", "3.11.7", nil, []string{"docs"}, "idna==3.20"},
		{"u-groupsrp", "3.12.1", nil, []string{"docs"}, "idna==3.20 six==1.17.0"},
		{"old12", "3.12.1", nil, nil, ""},
		{"old12", "3.13.1", nil, nil, "idna==3.4"},
		{"u-compat", "3.12.1", nil, nil, "idna==3.20"},
		{"u-backend", "3.12.1", nil, nil, "idna==3.20"},
		{"u-conflict0", "3.12.1", []string{"old"}, nil, "idna==3.20 six==1.16.0"},
		{"u-conflict0", "3.12.1", []string{"none", "old"}, nil, "uv.lock:5:5: the extra none of demo and the extra old of demo exclude each other; choose one of them"},
		{"d-self", "3.12.1", []string{"all"}, nil, "idna==3.20 six==1.17.0"},
		{"d-self", "3.12.1", nil, nil, "idna==3.20"},
		{"d-egit", "3.12.1", nil, nil, "idna==3.20"},
		{"d-gitextra", "3.12.1", nil, nil, "plug==1.0 tool==1.0"},
		{"i-mirror", "3.12.1", nil, nil, "idna==3.7"},
		{"u-nometadata", "3.12.1", nil, nil, "idna==3.20"},
		{"u-nometadata", "3.12.1", []string{"none"}, []string{"dev", "nothing"}, "idna==3.20 six==1.17.0"},
		{"u-groups", "3.12.1", nil, nil, "idna==3.20"},
		{"u-groups", "3.12.1", nil, []string{"dev", "docs"}, "idna==3.20 iniconfig==2.3.1 six==1.17.0"},
		{"u-oldextra", "3.12.1", []string{"none"}, nil, "idna==3.20"},
		{"d-twice", "3.12.1", nil, nil, "idna==3.20"},
		{"d-overrides", "3.12.1", nil, nil, "idna==3.20"},
		{"d-legacy", "3.12.1", nil, nil, "idna==3.20 six==1.17.0"},
		{"i-unlocked", "3.12.1", nil, nil, "idna==3.20"},
		{"i-unlocked", "3.9.1", nil, nil, "idna==3.20 old"},
		{"i-twoversions", "3.12.1", nil, nil, "six==1.16.0"},
		{"i-twoversions", "3.12.1", nil, []string{"dev"}, "six==1.17.0"},
		{"p-grouppython", "3.12.1", nil, []string{"dev"}, "idna==3.20 six==1.17.0"},
		{"i-groupmarker", "3.12.1", nil, nil, "idna==3.20"},
		{"i-groupmarker", "3.12.1", nil, []string{"dev"}, "idna==3.20 six==1.17.0"},
		{"i-groupmarker", "3.9.1", nil, []string{"dev"}, "idna==3.20 old==2.0 six==1.17.0"},
		{"i-latest", "3.12.1", nil, []string{"dev"}, "idna==3.20 six==1.17.0"},
		{"y-default", "3.12.1", nil, nil, "idna==3.7 six==1.16.0"},
	} {
		if got := selected(t, "testdata/cases/"+c.folder, c.python, c.extras, c.groups); got != c.want {
			t.Errorf("%s for Python %s with %v %v: got %q, want %q", c.folder, c.python, c.extras, c.groups, got, c.want)
		}
	}
}
