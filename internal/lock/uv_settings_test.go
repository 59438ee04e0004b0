package lock_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The answers are those of "uv lock --check" of uv 0.13.9 to the same changes.
// Moult takes two addresses that differ in a slash for one, and lets a limit be in
// a file of the machine.
func TestALockWithOtherSourcesOrSettingsIsStaleAsUVSays(t *testing.T) {
	pyproject, lock := uvCase(t, "u-settings")
	const six = `six = { index = "pypi" }`
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":               {"shop", "shop", ""},
		"another tag":           {`tag = "v1"`, `tag = "v2"`, "pyproject.toml:14:18: uv.lock does not match the project any more: gadget comes from https://git.example/gadget (tag=v2), the lock was made for https://git.example/gadget (tag=v1); run: uv lock"},
		"a branch":              {`tag = "v1"`, `branch = "v1"`, "gadget comes from https://git.example/gadget (branch=v1)"},
		"no tag":                {`, tag = "v1"`, ``, "gadget comes from https://git.example/gadget,"},
		"another repository":    {"git.example/gadget", "git.example/fork", "gadget comes from https://git.example/fork (tag=v1)"},
		"a folder of it":        {`tag = "v1"`, `tag = "v1", subdirectory = "x"`, "gadget comes from"},
		"a user's name":         {"git.example/gadget", "git@git.example/gadget", ""},
		"no repository":         {"gadget = {", "other = {", "gadget comes from an index that is not named, the lock was made for https://git.example/gadget (tag=v1)"},
		"no index":              {six, "", "comes from an index that is not named, the lock was made for the index https://pypi.org/simple"},
		"another index":         {`url = "https://pypi.org/simple"`, `url = "https://index.example/simple"`, "six in override-dependencies comes from the index https://index.example/simple, the lock was made for the index https://pypi.org/simple"},
		"an index more":         {six, six + "\niniconfig = { index = \"pypi\" }", "iniconfig"},
		"a URL":                 {six, `six = { url = "https://files.example/six-1.16.0-py2.py3-none-any.whl" }`, "comes from https://files.example/six-1.16.0-py2.py3-none-any.whl"},
		"a URL in the list":     {`"gadget",`, `"gadget @ https://files.example/gadget.zip",`, ""},
		"a source elsewhere":    {six, six[:len(six)-2] + `, marker = "sys_platform == 'win32'" }`, "six"},
		"another override":      {"six==1.16.0", "six==1.17.0", "pyproject.toml:7:26: uv.lock does not match the project any more: the project asks for six==1.17.0 in override-dependencies, the lock was made for six==1.16.0"},
		"an override respelled": {"six==1.16.0", "Six == 1.16", ""},
		"no override":           {`override-dependencies = ["six==1.16.0"]`, "", "it was made for six==1.16.0 in override-dependencies, which the project does not ask for"},
		"an unused override":    {`"six==1.16.0"`, `"six==1.16.0", "zipp>1"`, ""},
		"a marker that holds":   {"six==1.16.0", "six==1.16.0 ; python_version > '3.0'", ""},
		"another constraint":    {"iniconfig<3", "iniconfig<4", "the project asks for iniconfig<4 in constraint-dependencies"},
		"an unused constraint":  {`"iniconfig<3"`, `"iniconfig<3", "zipp"`, ""},
		"another day":           {"2026-01-01T00:00:00Z", "2026-01-02", ""},
		"another resolution":    {`"highest"`, `"lowest"`, `the project sets resolution = "lowest", the lock was made with "highest"`},
		"no prereleases":        {`prerelease = "allow"`, `prerelease = "disallow"`, `pyproject.toml:12:1: uv.lock does not match the project any more: the project sets prerelease = "disallow", the lock was made with "allow"`},
	} {
		if !strings.Contains(pyproject, c.old) {
			t.Fatalf("%s: the project has no %q", name, c.old)
		}
		check(t, name, strings.Replace(pyproject, c.old, c.new, 1), lock, nil, c.want)
	}
	limit := "[options]\nprerelease-mode = \"allow\"\nexclude-newer = \"2026-01-01T00:00:00Z\"\n"
	if !strings.Contains(lock, limit) {
		t.Fatal("the lock has no limit")
	}
	check(t, "a lock without the limit", pyproject, strings.Replace(lock, limit, "[options]\nprerelease-mode = \"allow\"\n", 1), nil, "the lock was made without exclude-newer")
	// uv.toml is read instead of [tool.uv], so that it may have the overrides.
	without := strings.Replace(pyproject, `override-dependencies = ["six==1.16.0"]`, "", 1)
	check(t, "overrides in uv.toml", without, lock, map[string]string{"uv.toml": `override-dependencies = ["six==1.16.0"]`}, "")
}

// The answers are those of "uv lock --check" of uv 0.13.9 to the same changes.
func TestALockWithoutWhatTheTableOfUVSaysIsStaleAsUVSays(t *testing.T) {
	pyproject, lock := uvCase(t, "u-table")
	const (
		groups       = `default-groups = ["docs"]`
		builds       = `build-constraint-dependencies = ["flit-core<5"]`
		excludes     = `exclude-dependencies = ["p8"]`
		environments = `environments = ["sys_platform == 'linux'", "sys_platform == 'darwin' and python_version >= '3.12'"]`
		required     = `required-environments = ["sys_platform == 'linux'"]`
		conflicts    = `conflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]`
		metadata     = "[[tool.uv.dependency-metadata]]\nname = \"p10\"\nversion = \"3.0\"\nrequires-dist = [\"p11>=1 ; python_version > '3.9'\"]"
	)
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":                        {"shop", "shop", ""},
		"other default groups":           {groups, `default-groups = ["dev", "docs"]`, "its default groups are dev, docs, those of the lock are docs"},
		"the usual default groups":       {groups, "", "its default groups are dev, those of the lock are docs"},
		"all default groups":             {groups, `default-groups = "all"`, "its default groups are all"},
		"a default group respelled":      {groups, `default-groups = ["Docs"]`, ""},
		"another build constraint":       {builds, `build-constraint-dependencies = ["flit-core<6"]`, "the project asks for flit-core<6 in build-constraint-dependencies, the lock was made for flit-core<5"},
		"no build constraint":            {builds, "", "it was made for flit-core<5 in build-constraint-dependencies, which the project does not ask for"},
		"a build constraint respelled":   {builds, `build-constraint-dependencies = ["Flit_Core < 5.0"]`, ""},
		"a build constraint more":        {builds, `build-constraint-dependencies = ["flit-core<5", "hatchling"]`, "it does not know hatchling in build-constraint-dependencies"},
		"another exclusion":              {excludes, `exclude-dependencies = ["zipp"]`, "it was made with p8 in exclude-dependencies, which the project does not have"},
		"an exclusion of what is locked": {excludes, `exclude-dependencies = ["p8", "p11"]`, "pyproject.toml:19:31: uv.lock does not match the project any more: the lock was made without p11 in exclude-dependencies"},
		"no exclusion":                   {excludes, "", "it was made with p8 in exclude-dependencies"},
		"an unused exclusion":            {excludes, `exclude-dependencies = ["p8", "zipp"]`, ""},
		"an exclusion respelled":         {excludes, `exclude-dependencies = ["P8"]`, ""},
		"other environments":             {environments, `environments = "sys_platform == 'darwin' and python_version >= '3.12'"`, "the lock was made for other environments"},
		"environments respelled":         {environments, `environments = ["sys_platform == 'linux'", "python_version > '3.11' and 'darwin' == sys_platform"]`, ""},
		"a limit of an environment":      {environments, strings.Replace(environments, "3.12", "3.13", 1), "pyproject.toml:20:1: uv.lock does not match the project any more: the lock was made for other environments"},
		"no environments":                {environments, "", "the lock was made for other environments"},
		"other required environments":    {required, `required-environments = ["sys_platform == 'darwin'"]`, "the lock was made for other required-environments"},
		"no required environments":       {required, "", "the lock was made for other required-environments"},
		"no conflict":                    {conflicts, "", "it was made for conflicts, which the project does not have"},
		"another conflict":               {conflicts, `conflicts = [[{ extra = "cpu" }, { group = "dev" }]]`, "the lock was made without the conflict of the extra cpu of shop, the group dev of shop"},
		"a conflict respelled":           {conflicts, `conflicts = [[{ package = "Shop", extra = "GPU" }, { extra = "cpu" }]]`, ""},
		"another fork strategy":          {`"fewest"`, `"requires-python"`, `the project sets fork-strategy = "requires-python", the lock was made with "fewest"`},
		"other metadata":                 {"p11>=1 ;", "p11>=1.0,<9 ;", "the lock was made without p10 3.0 with p11<9,>=1 in dependency-metadata"},
		"metadata respelled":             {"p11>=1 ;", "P11 >= 1.0 ;", ""},
		"no metadata":                    {metadata, "", "it was made with p10 3.0 with p11>=1 in dependency-metadata, which the project does not have"},
		"metadata of another version":    {`version = "3.0"`, `version = "2.0"`, "the lock was made without p10 2.0 with p11>=1 in dependency-metadata"},
		"metadata for a Python":          {`version = "3.0"`, "version = \"3.0\"\nrequires-python = \">=3.9\"", "the lock was made without p10 3.0 for Python >=3.9 with p11>=1 in dependency-metadata"},
		"another setting":                {"package = false", "package = false\nlink-mode = \"copy\"\nno-build = true", ""},
	} {
		if !strings.Contains(pyproject, c.old) {
			t.Fatalf("%s: the project has no %q", name, c.old)
		}
		check(t, name, strings.Replace(pyproject, c.old, c.new, 1), lock, nil, c.want)
	}
	// Before revision 5 a lock has no default groups.
	old := strings.Replace(strings.Replace(lock, "revision = 5", "revision = 3", 1), groups+"\n", "", 1)
	check(t, "an old lock", pyproject, old, nil, "")
}

// A span is another limit than a time, and another span another limit, as uv 0.13.9
// says. uv writes a span in the form of ISO 8601.
func TestALockWithAnotherSpanIsStaleAsUVSays(t *testing.T) {
	const project = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"six\"]\n[tool.uv]\n"
	const head = "version = 1\nrevision = 5\nrequires-python = \">=3.11\"\n\n"
	const packages = "\n[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"six\" }]\n\n" +
		"[package.metadata]\nrequires-dist = [{ name = \"six\" }]\n\n[[package]]\nname = \"six\"\nversion = \"1.17.0\"\nsource = { registry = \"https://index.example/simple\" }\n"
	const day, span = "exclude-newer = \"2026-06-01T00:00:00Z\"\n", "exclude-newer = \"0001-01-01T00:00:00Z\"\nexclude-newer-span = \"P7D\"\n"
	const own = "\n[options.exclude-newer-package]\nsix = "
	for name, c := range map[string]struct{ setting, options, want string }{
		"the same span":               {`exclude-newer = "7 days"`, span, ""},
		"the span as uv writes it":    {`exclude-newer = "P7D"`, span, ""},
		"a week, which is its own":    {`exclude-newer = "1 week"`, span, `the project sets exclude-newer = "1 week", the lock was made with "P7D"`},
		"hours":                       {`exclude-newer = "168 hours"`, span, "the lock was made with"},
		"another span":                {`exclude-newer = "8 days"`, span, `the project sets exclude-newer = "8 days"`},
		"a span that nobody reads":    {`exclude-newer = "1 fortnight"`, span, ""},
		"a time for a span":           {`exclude-newer = "2026-07-01"`, span, "exclude-newer is a time, the lock was made with a span"},
		"a span for a time":           {`exclude-newer = "7 days"`, day, "exclude-newer is a span, the lock was made with a time"},
		"another time":                {`exclude-newer = "2026-07-01"`, day, ""},
		"no limit of a package":       {`exclude-newer-package = { six = "7 days" }`, day, "the lock was made without exclude-newer-package.six"},
		"a limit of what is not here": {`exclude-newer-package = { zipp = "7 days" }`, day, ""},
		"another limit of a package":  {`exclude-newer-package = { Six = "8 days" }`, own + `{ timestamp = "0001-01-01T00:00:00Z", span = "P7D" }`, "exclude-newer-package.Six"},
		"the limit of a package":      {`exclude-newer-package = { six = "7 days" }`, own + `{ timestamp = "0001-01-01T00:00:00Z", span = "P7D" }`, ""},
		"no limit for a limit":        {`exclude-newer-package = { six = false }`, own + `"2026-06-01T00:00:00Z"`, "is no limit, the lock was made with a time"},
		"a limit for none":            {`exclude-newer-package = { six = "1 day" }`, own + "false", "is a span, the lock was made with no limit"},
		"no limit, which was so":      {`exclude-newer-package = { six = false }`, "", ""},
	} {
		check(t, name, project+c.setting+"\n", head+"[options]\n"+c.options+packages, nil, c.want)
	}
}

// check compares what is wrong with a project and its lock with a part of it; ""
// is nothing.
func check(t *testing.T, name, pyproject, lock string, more map[string]string, want string) {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{"pyproject.toml": pyproject, "uv.lock": lock, "uv.toml": more["uv.toml"]} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := selected(t, dir, "3.11.7", nil, nil)
	if want == "" && strings.Contains(got, ":") || want != "" && !strings.Contains(got, want) {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

// uvCase reads the project and the lock of a case of testdata.
func uvCase(t *testing.T, name string) (pyproject, lock string) {
	t.Helper()
	var content [2]string
	for n, file := range []string{"pyproject.toml", "uv.lock"} {
		data, err := os.ReadFile(filepath.Join("testdata/cases", name, file))
		if err != nil {
			t.Fatal(err)
		}
		content[n] = string(data)
	}
	return content[0], content[1]
}
