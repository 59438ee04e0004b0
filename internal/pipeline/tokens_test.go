package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

// What is in the address of a package is in its direct_url.json (PEP 610) and in
// the provenance, so that a token there would be in the image.
func TestAnAddressWithATokenIsRefusedBecauseTheImageWouldHaveIt(t *testing.T) {
	const file = "x-1.0-py3-none-any.whl"
	hash := strings.Repeat("a", 64)
	commit := strings.Repeat("b", 40)
	locks := map[string]func(address string) (name, text string){
		"pylock.toml": func(address string) (string, string) {
			return "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"x\"\nversion = \"1.0\"\narchive = {url = \"" + address + "/" + file + "\", hashes = {sha256 = \"" + hash + "\"}}\n"
		},
		"pylock.toml with git": func(address string) (string, string) {
			return "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"x\"\nversion = \"1.0\"\nvcs = {type = \"git\", url = \"" + address + "\", commit-id = \"" + commit + "\"}\n"
		},
		"uv.lock": func(address string) (string, string) {
			return "uv.lock", "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"demo\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"x\" }]\n\n" +
				"[[package]]\nname = \"x\"\nversion = \"1.0\"\nsource = { url = \"" + address + "/" + file + "\" }\nwheels = [{ url = \"" + address + "/" + file + "\", hash = \"sha256:" + hash + "\" }]\n"
		},
		"uv.lock with git": func(address string) (string, string) {
			return "uv.lock", "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"demo\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"x\" }]\n\n" +
				"[[package]]\nname = \"x\"\nversion = \"1.0\"\nsource = { git = \"" + address + "?rev=" + commit + "#" + commit + "\" }\n"
		},
		"a requirement": func(address string) (string, string) {
			return "requirements.txt", "x @ " + address + "/" + file + "\n"
		},
	}
	for what, lock := range locks {
		for _, address := range []string{"https://me:s3cret@example.com/p", "https://s3cret@example.com/p", "https://example.com/p?token=s3cret&x=", "https://example.com/p?X-Amz-Signature=s3cret&x=", "https://example.com/p"} {
			name, text := lock(address)
			if what == "uv.lock with git" && strings.Contains(address, "?") {
				continue // uv keeps the revision there
			}
			files := fstest.MapFS{
				"main.py":    {},
				"moult.toml": {Data: []byte("python = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n" + map[bool]string{true: "lock = \"" + name + "\"\n"}[name != "requirements.txt"])},
				name:         {Data: []byte(text)},
			}
			if name == "uv.lock" {
				files["pyproject.toml"] = &fstest.MapFile{Data: []byte("[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"x\"]\n[tool.uv]\npackage = false\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n")}
				delete(files, "moult.toml")
			}
			build := "moult.toml"
			if files[build] == nil {
				build = "pyproject.toml"
			}
			_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), build, project.Options{}, worldtest.World{})
			if !strings.Contains(address, "s3cret") {
				if err != nil || name != "requirements.txt" && !strings.Contains(d.Plan.Packages[0].DirectURL, address) {
					t.Errorf("%s with %s: %v", what, address, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), "credentials") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s with %s: %v", what, address, err)
			}
		}
	}
}
