package lock_test

import "testing"

// The locks are those of uv 0.13.9 for these settings: it leaves out usual values,
// and of a marker what requires-python says.
func TestALockThatUVWritesForASettingIsFresh(t *testing.T) {
	const packages = "\n[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"six\" }]\n\n" +
		"[package.metadata]\nrequires-dist = [{ name = \"six\" }]\n\n[[package]]\nname = \"six\"\nversion = \"1.17.0\"\nsource = { registry = \"https://index.example/simple\" }\n"
	const supported, required = "supported-markers = [\"sys_platform == 'linux'\"]", "required-markers = [\"sys_platform == 'linux'\"]"
	for name, c := range map[string]struct{ python, setting, lock, want string }{
		"the usual prereleases":                     {">=3.9", `prerelease = "if-necessary"`, "", ""},
		"the usual prereleases by their older name": {">=3.9", `prerelease = "if-necessary-or-explicit"`, "[options]\nprerelease-mode = \"if-necessary\"", ""},
		"other prereleases":                         {">=3.9", `prerelease = "if-necessary"`, "[options]\nprerelease-mode = \"allow\"", `the project sets prerelease = "if-necessary"`},
		"environments from a patch version on":      {">=3.9.5", `environments = ["sys_platform == 'linux' and python_full_version >= '3.9.5'"]`, supported, ""},
		"environments up to a patch version":        {">=3.9,<3.13.3", `environments = ["sys_platform == 'linux' and python_full_version < '3.13.3'"]`, supported, ""},
		"environments of one patch version":         {"==3.11.7", `environments = ["sys_platform == 'linux' and python_full_version == '3.11.7'"]`, supported, ""},
		"other environments of one patch version":   {"==3.11.7", `environments = ["sys_platform == 'darwin'"]`, supported, "the lock was made for other environments"},
		"required environments":                     {">=3.9.5", `required-environments = ["sys_platform == 'linux' and python_full_version >= '3.9.5'"]`, required, ""},
		"a build constraint with an index": {
			">=3.9", "build-constraint-dependencies = [\"zipp<4\"]\nsources = { zipp = { index = \"own\" } }\nindex = [{ name = \"own\", url = \"https://packages.example/simple\" }]",
			"[manifest]\nbuild-constraints = [{ name = \"zipp\", specifier = \"<4\", index = \"https://packages.example/simple\" }]", "",
		},
		"a build constraint with another index": {
			">=3.9", "build-constraint-dependencies = [\"zipp<4\"]\nsources = { zipp = { index = \"own\" } }\nindex = [{ name = \"own\", url = \"https://packages.example/simple\" }]",
			"[manifest]\nbuild-constraints = [{ name = \"zipp\", specifier = \"<4\" }]", "zipp in build-constraint-dependencies comes from",
		},
	} {
		project := "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \"" + c.python + "\"\ndependencies = [\"six\"]\n[tool.uv]\n" + c.setting + "\n"
		check(t, name, project, "version = 1\nrevision = 5\nrequires-python = \""+c.python+"\"\n"+c.lock+"\n"+packages, nil, c.want)
	}
}
