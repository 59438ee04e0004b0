package pipeline_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// index is a world whose index has these files, or fails.
type index struct {
	worldtest.World
	answer indexfiles.Answer
	err    error
}

func (i index) Locate(context.Context, indexfiles.Request) (indexfiles.Answer, error) {
	return i.answer, i.err
}

func TestPinnedRequirementsChooseTheImagesPython(t *testing.T) {
	files := worldtest.Files(fstest.MapFS{
		"moult.toml": {Data: []byte("cmd = [\"python\"]\n")}, "requirements.txt": {Data: []byte("cffi==1.15.1\n")},
		// Where pins say nothing, it is the one of the authors' container.
		".devcontainer/devcontainer.json": {Data: []byte("{\n\"image\": \"mcr.microsoft.com/devcontainers/python:1-3.12-bookworm\"\n}\n")},
	})
	old := indexfiles.Answer{"cffi": {{Filename: "cffi-1.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"}}}
	for _, test := range []struct {
		name  string
		world index
		want  string
	}{
		{"by their wheels", index{answer: old}, "3.11"},
		{"not where the index does not answer", index{err: indexfiles.Failure{{Package: "cffi"}}}, "3.12"},
		{"not where nothing is built with a container", index{err: errors.New("no container")}, "3.12"},
	} {
		_, d, err := worldtest.Decide(t.Context(), files, "moult.toml", project.Options{}, test.world)
		if err != nil || d.Python.Minor != test.want {
			t.Errorf("%s: %+v, %v", test.name, d, err)
		}
	}
}

// A lock with hashes alone does not say which wheels there are.
func TestALockThatNamesNoFilesChoosesTheImagesPythonByTheIndex(t *testing.T) {
	const hash = "b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374"
	wheel := func(tag, hash string) indexfiles.File {
		name := "cffi-1.15.1-" + tag + "-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
		return indexfiles.File{Filename: name, URL: "https://files.example.com/" + name, Hashes: map[string]string{"sha256": hash}}
	}
	for _, test := range []struct {
		name    string
		files   map[string]string
		answer  []indexfiles.File
		want    string
		message string
	}{
		{"hashed requirements", map[string]string{"requirements.txt": "cffi==1.15.1 --hash=sha256:" + hash + "\n"}, []indexfiles.File{wheel("cp311-cp311", hash)}, "3.11",
			"the newest for which every pinned requirement has a wheel; cffi==1.15.1 has none for 3.14"},
		{"a Pipfile.lock", map[string]string{
			"Pipfile":      "[[source]]\nurl = \"https://index.example.com/simple\"\nverify_ssl = true\nname = \"main\"\n[packages]\ncffi = \"==1.15.1\"\n",
			"Pipfile.lock": `{"_meta": {"hash": {"sha256": "3b362d50b9e55bf7c0c5c5ee3bfee770e1b39a67eff698c99503930b6b68a29c"}, "pipfile-spec": 6, "requires": {}, "sources": [{"name": "main", "url": "https://index.example.com/simple", "verify_ssl": true}]}, "default": {"cffi": {"hashes": ["sha256:` + hash + `"], "version": "==1.15.1"}}, "develop": {}}`,
		}, []indexfiles.File{wheel("cp311-cp311", hash)}, "3.11", ""},
		{"a wheel that is not locked", map[string]string{"requirements.txt": "cffi==1.15.1 --hash=sha256:" + hash + "\n"},
			[]indexfiles.File{wheel("cp313-cp313", "0000"), wheel("cp311-cp311", hash)}, "3.11", ""},
	} {
		tree := fstest.MapFS{"moult.toml": {Data: []byte("cmd = [\"python\"]\n")}}
		for name, content := range test.files {
			tree[name] = &fstest.MapFile{Data: []byte(content)}
		}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(tree), "moult.toml", project.Options{}, index{answer: indexfiles.Answer{"cffi": test.answer}})
		if d == nil || err != nil || d.Python.Minor != test.want || test.message != "" && d.Python.Reason != test.message {
			t.Errorf("%s: %+v, %v", test.name, d, err)
		}
	}
}
