package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
)

// call runs the command line in this process.
func call(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	root := New("test")
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestEveryCommandTeaches(t *testing.T) {
	root := New("test")
	for _, c := range root.Commands() {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		if c.Short == "" || c.Long == "" || c.Example == "" || c.GroupID == "" {
			t.Errorf("%s lacks a description, an example or a group", c.Name())
		}
		if !strings.Contains(c.Example, "moult "+c.Name()) {
			t.Errorf("the examples of %s do not show it", c.Name())
		}
		for line := range strings.Lines(c.Long) {
			if len(line) > 90 {
				t.Errorf("%s: a line of %d characters: %s", c.Name(), len(line), line)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out, _, err := call(t, "completion", shell); err != nil || !strings.Contains(out, "moult") {
			t.Errorf("%s: %v", shell, err)
		}
	}
	out, _, err := call(t, "__complete", "build", "--progress", "")
	if err != nil || !strings.Contains(out, "rawjson") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestWrongArguments(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pyproject.toml"), "[project]\nname = \"x\"\n")
	empty := t.TempDir()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a context that is not there":    {[]string{"plan", filepath.Join(dir, "none")}, "no such file"},
		"a file as context":              {[]string{"plan", filepath.Join(dir, "pyproject.toml")}, "name the build file with -f"},
		"no build file":                  {[]string{"plan", empty}, "moult init"},
		"a build file that is not there": {[]string{"plan", "-f", filepath.Join(dir, "no.toml"), dir}, "no such file"},
		"a platform that is none":        {[]string{"plan", "--platform", "a/b/c/d", dir}, "--platform a/b/c/d"},
		"a build argument without name":  {[]string{"plan", "--build-arg", "=x", dir}, "NAME=VALUE"},
		"a context without value":        {[]string{"plan", "--build-context", "x", dir}, "NAME=VALUE"},
		"a network that is none":         {[]string{"build", "--network", "x", dir}, "default, host or none"},
		"two contexts":                   {[]string{"plan", dir, dir}, "at most 1 arg"},
		"an unknown command":             {[]string{"biuld"}, "unknown command"},
		"an address nobody answers at":   {[]string{"build", "--builder", "unix:///nowhere", dir}, "no BuildKit answers at unix:///nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("MOULT_PROGRAMS", fakePrograms(t))
			_, _, err := call(t, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// fakePrograms stand where nothing is built.
func fakePrograms(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"moult-install", "moult-build"} {
		write(t, filepath.Join(dir, "linux-amd64", name), "")
	}
	return dir
}

func TestTheRequestSaysWhatBuildxWouldSay(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "services", "api", "pyproject.toml"), "")
	write(t, filepath.Join(dir, "assets", "x"), "")
	t.Setenv("FROM_ENV", "value")
	r := request{
		file: filepath.Join(dir, "services", "api", "pyproject.toml"), target: "venv", platforms: []string{"linux/arm64", "linux/arm/v7"},
		buildArgs: []string{"A=1", "FROM_ENV", "UNSET_FROM_ENV"}, labels: []string{"l=1=2"}, contexts: []string{"Assets=" + filepath.Join(dir, "assets"), "base=docker-image://a/b:1"},
		noCacheFilter: []string{"venv", "wheels"}, pull: true, network: "none", addHosts: []string{"a=1.2.3.4"},
	}
	w, err := r.prepare([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"filename": "pyproject.toml", "target": "venv", "platform": "linux/arm64,linux/arm/v7", "build-arg:A": "1", "build-arg:FROM_ENV": "value",
		"label:l": "1=2", "context:assets": "local:Assets", "context:base": "docker-image://a/b:1", "no-cache": "venv,wheels",
		"image-resolve-mode": "pull", "force-network-mode": "none", "add-hosts": "a=1.2.3.4",
		"vcs:localdir:context": ".", "vcs:localdir:dockerfile": "services/api", // so that of equal build files this one is built
	}
	for name, value := range want {
		if got := w.attrs[name]; got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
	if len(w.attrs) != len(want) {
		t.Errorf("got %v", w.attrs)
	}
	if w.dirs["dockerfile"] != filepath.Join(dir, "services", "api") || w.dirs["context"] != dir || w.mounts["Assets"] == nil {
		t.Errorf("got the folders %v", w.dirs)
	}
}

func TestAMoultTomlComesFirst(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pyproject.toml"), "")
	write(t, filepath.Join(dir, "moult.toml"), "")
	w, err := (&request{}).prepare([]string{dir})
	if err != nil || w.attrs["filename"] != "moult.toml" {
		t.Errorf("got %v, %v", w, err)
	}
}

func TestOutputs(t *testing.T) {
	for arg, want := range map[string]output{
		"out":                       {kind: client.ExporterLocal, attrs: map[string]string{"dest": "out"}},
		"-":                         {kind: client.ExporterTar, attrs: map[string]string{"dest": "-"}},
		"type=registry":             {kind: client.ExporterImage, attrs: map[string]string{}, push: true},
		"type=image,push=true":      {kind: client.ExporterImage, attrs: map[string]string{}, push: true},
		"type=docker":               {kind: client.ExporterDocker, attrs: map[string]string{}, load: true},
		"type=docker,dest=x.tar":    {kind: client.ExporterDocker, attrs: map[string]string{"dest": "x.tar"}},
		"type=oci,dest=a,tar=false": {kind: client.ExporterOCI, attrs: map[string]string{"dest": "a", "tar": "false"}},
	} {
		got, err := parseOutput(arg)
		if err != nil || got.kind != want.kind || got.load != want.load || got.push != want.push || len(got.attrs) != len(want.attrs) {
			t.Errorf("%s: got %+v, %v", arg, got, err)
		}
	}
	for _, arg := range []string{"type=oci", "type=nothing,x=y", "a=b", "type=local"} {
		if _, err := parseOutput(arg); err == nil {
			t.Errorf("%s is taken", arg)
		}
	}
	all, err := outputs([]string{"type=image"}, true, true)
	if err != nil || len(all) != 2 || !all[0].push || !all[1].load {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, err := (output{kind: client.ExporterImage, push: true}).entry(nil, false, nil); err == nil {
		t.Error("an image without a name is pushed")
	}
	e, err := output{kind: client.ExporterDocker, load: true}.entry([]string{"a", "b"}, true, nil)
	if err != nil || e.Type != "moby" || e.Attrs["name"] != "a,b" {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestAttestations(t *testing.T) {
	t.Setenv("BUILDX_NO_DEFAULT_ATTESTATIONS", "")
	for _, test := range []struct{ provenance, sbom, wantProvenance, wantSBOM string }{
		{"", "", "mode=min,inline-only=true", "-"},
		{"true", "true", "", ""},
		{"false", "false", "-", "-"},
		{"mode=max", "generator=x", "mode=max", "generator=x"},
	} {
		attrs := map[string]string{}
		attest(attrs, test.provenance, test.sbom)
		for key, want := range map[string]string{"attest:provenance": test.wantProvenance, "attest:sbom": test.wantSBOM} {
			if got, ok := attrs[key]; ok != (want != "-") || ok && got != want {
				t.Errorf("%+v: %s is %q", test, key, got)
			}
		}
	}
}

func TestMessagesAreTheInnerOnes(t *testing.T) {
	err := errors.New("failed to run Build function: failed to solve: rpc error: code = Unknown desc = pyproject.toml:1:1: wrong")
	if got := message(err); got != "pyproject.toml:1:1: wrong" {
		t.Errorf("got %q", got)
	}
}

func TestSchema(t *testing.T) {
	for _, args := range [][]string{{"schema"}, {"schema", "--pyproject"}} {
		out, _, err := call(t, args...)
		if err != nil || !json.Valid([]byte(out)) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestInit(t *testing.T) {
	t.Run("a dry run writes nothing", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "pyproject.toml"), "[project]\nname = \"x\"\n")
		write(t, filepath.Join(dir, "Dockerfile"), "FROM python:3.12-slim\nRUN make tool\nCMD [\"x\"]\n")
		out, told, err := call(t, "init", "--dry-run", dir)
		if err != nil || !strings.Contains(out, `cmd = ["x"]`) || !strings.Contains(told, "Dockerfile:2: RUN make tool") {
			t.Errorf("%v\n%s\n%s", err, out, told)
		}
		if content := read(t, filepath.Join(dir, "pyproject.toml")); strings.Contains(content, "moult") {
			t.Errorf("got %s", content)
		}
	})
	t.Run("requirements get a moult.toml", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "requirements.txt"), "fastapi\nuvicorn\n")
		write(t, filepath.Join(dir, "shop", "web.py"), "from fastapi import FastAPI\napi = FastAPI()\n")
		if _, _, err := call(t, "init", "--syntax", "r/m:1", dir); err != nil {
			t.Fatal(err)
		}
		want := "# syntax=r/m:1\n# a guess: shop/web.py makes the FastAPI application api, and uvicorn is installed\ncmd = [\"uvicorn\", \"shop.web:api\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]\n"
		if got := read(t, filepath.Join(dir, "moult.toml")); got != want {
			t.Errorf("got %s", got)
		}
		if _, _, err := call(t, "init", dir); err == nil {
			t.Error("a second time it is written over")
		}
	})
	t.Run("a main.py needs no command", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "pyproject.toml"), "[project]\nname = \"x\"\n")
		write(t, filepath.Join(dir, "main.py"), "print(1)\n")
		if _, _, err := call(t, "init", "--syntax", "none", dir); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(dir, "pyproject.toml")); got != "[project]\nname = \"x\"\n\n[tool.moult]\n" {
			t.Errorf("got %s", got)
		}
	})
}

func TestTheMetadataFileHoldsJSONAsJSON(t *testing.T) {
	name := filepath.Join(t.TempDir(), "meta.json")
	if err := writeMetadata(name, map[string]string{"a": "text", "b": "eyJ4IjoxfQ==", "c": "MTIzNA=="}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(read(t, name)), &got); err != nil {
		t.Fatal(err)
	}
	if _, ok := got["b"].(map[string]any); !ok || got["a"] != "text" || got["c"] != "MTIzNA==" {
		t.Errorf("got %v", got)
	}
	keys := []string{}
	for k := range got {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if !slices.Equal(keys, []string{"a", "b", "c"}) {
		t.Errorf("got %v", keys)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
