package frontend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/staticfs"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/cli/localgateway"
	"github.com/moult-build/moult/internal/environment/recorded"
	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/internal/step/protocol"
)

// images are recorded images in the place of a registry.
type images struct{}

func (images) Resolve(_ context.Context, ref string, platform ocispecs.Platform) (*localgateway.Image, error) {
	ref = strings.TrimPrefix(ref, "docker.io/library/")
	ref, _, _ = strings.Cut(ref, "@")
	img := recorded.Find(ref, platform.Architecture)
	config := dockerspec.DockerOCIImage{}
	config.OS, config.Architecture, config.Author = platform.OS, platform.Architecture, ref
	config.Config.Env = img.Env
	dt, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	files := localgateway.Files{}
	for name, content := range img.Files {
		files[name] = localgateway.File{Content: content}
	}
	for name, to := range img.Links {
		if _, ok := img.Files[name]; !ok {
			files[name] = localgateway.File{Link: to}
		}
	}
	return localgateway.NewImage(dt, files), nil
}

// run stands in for the steps that the frontend waits for: the resolver and
// the indexes have everything that they are asked for.
func run(ctx context.Context, s localgateway.Step) (localgateway.Files, error) {
	command, err := protocol.Parse(s.Args())
	if err != nil {
		return nil, err
	}
	switch command := command.(type) {
	case protocol.TakeInterpreter:
		return answers(ctx, command, s.Mounted(command.Base))
	case protocol.Resolve:
		content, err := s.ReadFile(ctx, protocol.Requirements)
		if err != nil {
			return nil, err
		}
		files := localgateway.Files{}
		for line := range strings.Lines(string(content)) {
			end := strings.IndexFunc(line, func(r rune) bool {
				return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
			})
			if end <= 0 || line[0] == '-' || line[0] == '/' {
				continue
			}
			name := strings.ToLower(strings.NewReplacer("-", "_", ".", "_").Replace(line[:end]))
			files["/"+name+"-1.0-py3-none-any.whl"] = localgateway.File{Content: emptyWheel}
		}
		return files, nil
	case protocol.Locate:
		content, err := s.ReadFile(ctx, protocol.IndexRequest)
		if err != nil {
			return nil, err
		}
		var r indexfiles.Request
		if err := json.Unmarshal(content, &r); err != nil {
			return nil, err
		}
		answer := indexfiles.Answer{}
		for _, p := range r.Packages {
			name := p.Filename
			if name == "" {
				name = strings.ReplaceAll(p.Name, "-", "_") + "-1.0-py3-none-any.whl"
			}
			sum, algorithm := strings.Repeat("0", 64), "sha256"
			if len(p.Hashes) > 0 {
				algorithm, sum, _ = strings.Cut(p.Hashes[0], ":")
			}
			answer[p.Name] = []indexfiles.File{{Filename: name, URL: "https://files.example.com/" + name, Hashes: map[string]string{algorithm: sum}}}
		}
		dt, err := json.Marshal(answer)
		return localgateway.Files{"/" + indexfiles.AnswerFile: {Content: string(dt)}}, err
	}
	return nil, nil
}

// answers are those of a step to what it is asked about an image.
func answers(ctx context.Context, of protocol.TakeInterpreter, image client.Reference) (localgateway.Files, error) {
	a := protocol.Answers{Files: map[string][]byte{}, Folders: map[string]map[string]protocol.Entry{}}
	for _, name := range of.Files {
		if content, err := image.ReadFile(ctx, client.ReadRequest{Filename: name}); err == nil {
			a.Files[name] = content
		}
	}
	for _, name := range of.Folders {
		list, err := image.ReadDir(ctx, client.ReadDirRequest{Path: name})
		if err != nil {
			continue
		}
		a.Folders[name] = map[string]protocol.Entry{}
		for _, e := range list {
			a.Folders[name][e.Path] = protocol.Entry{Mode: fs.FileMode(e.Mode), UID: int(e.Uid), GID: int(e.Gid), Link: e.Linkname}
		}
	}
	content, err := json.Marshal(a)
	return localgateway.Files{protocol.AnswersFile: {Content: string(content)}}, err
}

// emptyWheel is an archive without files.
const emptyWheel = "PK\x05\x06" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// ask puts a question to the frontend about a project, without a daemon.
func ask(t *testing.T, context fsutil.FS, name, request string, opts map[string]string) (map[string][]byte, error) {
	t.Helper()
	all := map[string]string{"filename": name, "requestid": "frontend." + request, "source": "moult"}
	for k, v := range opts {
		all[k] = v
	}
	if request == "" {
		delete(all, "requestid")
	}
	c := localgateway.New(all, map[string]fsutil.FS{"context": context, "dockerfile": context, "tools": staticfs.NewFS()}, images{}, nil)
	c.RunWith(run)
	res, err := frontend.New(frontend.FromLocal("tools")).Build(t.Context(), c)
	if err != nil {
		return nil, err
	}
	return res.Metadata, nil
}

// example is a folder of the examples as a build context.
func example(t *testing.T, name string) fsutil.FS {
	t.Helper()
	context, err := fsutil.NewFS("../examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return context
}

// read decodes an answer.
func read[T any](t *testing.T, answer map[string][]byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(answer["result.json"], &v); err != nil {
		t.Fatalf("%v in %s", err, answer["result.json"])
	}
	return v
}

func TestEveryQuestionIsAnsweredFromRecordedImages(t *testing.T) {
	type platforms struct {
		Platforms []struct {
			Platform string `json:"platform"`
		} `json:"platforms"`
	}
	for request, check := range map[string]func(t *testing.T, answer map[string][]byte){
		"plan": func(t *testing.T, answer map[string][]byte) {
			if p := read[platforms](t, answer); len(p.Platforms) != 2 || p.Platforms[1].Platform != "linux/arm64" {
				t.Errorf("it is for %+v", p)
			}
			if text := string(answer["result.txt"]); !strings.Contains(text, "fastapi") || !strings.Contains(text, "python:3.13-slim") {
				t.Errorf("it says %s", text)
			}
		},
		"size": func(t *testing.T, answer map[string][]byte) {
			if p := read[platforms](t, answer); len(p.Platforms) != 2 {
				t.Errorf("it is for %+v", p)
			}
		},
		"llb": func(t *testing.T, answer map[string][]byte) {
			g := read[frontend.Graphs](t, answer)
			if len(g.Platforms) != 2 {
				t.Fatalf("there are %d graphs", len(g.Platforms))
			}
			for _, p := range g.Platforms {
				var def pb.Definition
				if err := def.UnmarshalVT(p.Definition); err != nil || len(def.Def) < 10 {
					t.Errorf("the graph has %d operations: %v", len(def.Def), err)
				}
				if p.Image.Architecture != strings.TrimPrefix(p.Platform, "linux/") || len(p.Image.Config.Cmd) == 0 {
					t.Errorf("the image is %+v", p.Image)
				}
			}
		},
		"lint": func(t *testing.T, answer map[string][]byte) {
			if r := read[lint.LintResults](t, answer); r.Error != nil || len(r.Sources) == 0 {
				t.Errorf("it is %+v", r)
			}
		},
		"outline": func(t *testing.T, answer map[string][]byte) {
			if o := read[outline.Outline](t, answer); o.Name != "runtime" || len(o.Secrets) == 0 {
				t.Errorf("it is %+v", o)
			}
		},
		"targets": func(t *testing.T, answer map[string][]byte) {
			if l := read[targets.List](t, answer); len(l.Targets) < 4 || !l.Targets[0].Default {
				t.Errorf("they are %+v", l)
			}
		},
		"describe": func(t *testing.T, answer map[string][]byte) {
			if !bytes.Contains(answer["result.txt"], []byte("plan")) {
				t.Errorf("it says %s", answer["result.txt"])
			}
		},
	} {
		t.Run(request, func(t *testing.T) {
			answer, err := ask(t, example(t, "digits-api"), "pyproject.toml", request, map[string]string{"platform": "linux/amd64,linux/arm64"})
			if err != nil {
				t.Fatal(err)
			}
			check(t, answer)
		})
	}
}

// The graphs hold no trace of the session: neither in their folders nor in the
// graph that returns the build file, for the positions in it.
func TestTheGraphsAreTheSameInEverySession(t *testing.T) {
	var all [2]frontend.Graphs
	for n := range all {
		answer, err := ask(t, example(t, "django"), "pyproject.toml", "llb", nil)
		if err != nil {
			t.Fatal(err)
		}
		all[n] = read[frontend.Graphs](t, answer)
	}
	first, second := all[0].Platforms[0].Definition, all[1].Platforms[0].Definition
	if !bytes.Equal(first, second) {
		t.Errorf("the bytes differ: %d and %d", len(first), len(second))
	}
	var def pb.Definition
	if err := def.UnmarshalVT(first); err != nil {
		t.Fatal(err)
	}
	if len(def.Source.GetInfos()) == 0 || len(def.Source.Infos[0].Definition.GetDef()) == 0 {
		t.Error("the build file has no graph that returns it")
	}
}

// What pip finds and what an index says of it becomes a lock.
func TestALockIsWrittenFromTheResolversResult(t *testing.T) {
	answer, err := ask(t, example(t, "requirements"), "moult.toml", "lock", nil)
	if err != nil {
		t.Fatal(err)
	}
	text := string(answer["result.txt"])
	if !strings.Contains(text, "lock-version = \"1.0\"") || !strings.Contains(text, "https://files.example.com/") {
		t.Errorf("it is %s", text)
	}
	_, err = ask(t, example(t, "digits-api"), "pyproject.toml", "lock", nil)
	if err == nil || !strings.Contains(err.Error(), "locked by uv.lock already") {
		t.Errorf("a locked project: %v", err)
	}
}
