package daemons

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	bkclient "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"

	labapi "github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/images"
)

// makePackages builds the wheels and sdists of lab/packages into .lab/packages, unless they were built from the same
// sources. It uses the lab's buildkitd and the images in which projects are built; a Python of a prefix gets no builds.
func (l *lab) makePackages(ctx context.Context) error {
	sources := filepath.Join(l.checkout, "lab", "packages")
	sum, err := treeHash(sources)
	if err != nil {
		return err
	}
	pythons := images.Pythons()
	if len(l.pythons) > 0 {
		if pythons = images.Debians(l.pythons); len(pythons) == 0 {
			return nil
		}
	}
	output := filepath.Join(l.dir, "packages")
	stamp := filepath.Join(output, ".stamp")
	old, err := os.ReadFile(stamp)
	if err == nil && builtFor(string(old), sum, pythons) {
		return nil
	}
	l.say("building the packages of the index")
	client, err := bkclient.New(ctx, l.state.Buildkit)
	if err != nil {
		return err
	}
	defer client.Close()
	// The new folder is built separately and renamed, so that no file of an earlier recipe stays.
	next := output + ".new"
	if err := os.RemoveAll(next); err != nil {
		return err
	}
	connected := &labapi.Lab{State: l.state, Client: client}
	result, err := connected.Build(ctx, labapi.Build{
		Func: packages(pythons), Locals: map[string]string{"packages": sources},
		Exports: []bkclient.ExportEntry{labapi.ToFolder(next)},
	})
	if err != nil {
		return fmt.Errorf("build the packages of the index: %w\n%s", err, result.Log())
	}
	if err := os.WriteFile(filepath.Join(next, ".stamp"), []byte(sum+strings.Join(pythons, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	if err := os.RemoveAll(output); err != nil {
		return err
	}
	return os.Rename(next, output)
}

// builtFor reports whether a stamp is that of the same sources (their hash with its line end), built for these Pythons
// and maybe for others. The versions stand on the lines after the hash.
func builtFor(stamp, sum string, pythons []string) bool {
	built, same := strings.CutPrefix(stamp, sum)
	lines := strings.Fields(built)
	return same && !slices.ContainsFunc(pythons, func(version string) bool { return !slices.Contains(lines, version) })
}

// packages is the build of the lab's packages: everything with the first of the Pythons, the extensions once more with
// each other one.
func packages(pythons []string) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		def, err := packagesState(c.BuildOpts().SessionID, pythons).Marshal(ctx, llb.LinuxAmd64)
		if err != nil {
			return nil, err
		}
		return c.Solve(ctx, gwclient.SolveRequest{Definition: def.ToPB()})
	}
}

func packagesState(session string, pythons []string) llb.State {
	sources := llb.Local("packages", llb.SessionID(session), llb.SharedKeyHint("lab-packages"),
		llb.ExcludePatterns([]string{"**/__pycache__"}))
	build := func(python string, setuptools llb.State, more ...string) llb.State {
		args := append([]string{"python3", "/sources/build.py", "/sources", "/output", "/setuptools"}, more...)
		const ca = "/run/secrets/ca-certificates"
		return llb.Image("docker.io/library/python:"+python).Run(
			llb.Args(args), llb.AddMount("/sources", sources, llb.Readonly), llb.AddMount("/setuptools", setuptools),
			llb.AddSecret(ca, llb.SecretID("ca-certificates"), llb.SecretOptional), llb.AddEnv("PYTHONDONTWRITEBYTECODE", "1"),
			llb.WithCustomName("build the packages with Python "+python),
		).AddMount("/output", llb.Scratch())
	}
	first := build(pythons[0], llb.Scratch())
	all := first
	for _, python := range pythons[1:] {
		all = all.File(llb.Copy(build(python, first, "--native"), "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true}))
	}
	return all
}

// treeHash returns a hash of the content of a folder.
func treeHash(dir string) (string, error) {
	hash := sha256.New()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && entry.Name() == "__pycache__" {
				return filepath.SkipDir
			}
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// The paths are relative, so that a moved checkout builds nothing again.
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(data), data)
		return nil
	})
	return fmt.Sprintf("%x\n", hash.Sum(nil)), err
}
