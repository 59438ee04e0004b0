package daemons

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bkclient "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// makePackages builds the wheels and sdists of lab/packages into .lab/packages, unless they were built from the same
// sources. It uses the lab's buildkitd and the images in which projects are built.
func (l *lab) makePackages(ctx context.Context) error {
	sources := filepath.Join(l.checkout, "lab", "packages")
	sum, err := treeHash(sources)
	if err != nil {
		return err
	}
	output := filepath.Join(l.dir, "packages")
	stamp := filepath.Join(output, ".stamp")
	if old, err := os.ReadFile(stamp); err == nil && string(old) == sum {
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
		Func: packages, Locals: map[string]string{"packages": sources},
		Exports: []bkclient.ExportEntry{labapi.ToFolder(next)},
	})
	if err != nil {
		return fmt.Errorf("build the packages of the index: %w\n%s", err, result.Log())
	}
	if err := os.WriteFile(filepath.Join(next, ".stamp"), []byte(sum), 0o644); err != nil {
		return err
	}
	if err := os.RemoveAll(output); err != nil {
		return err
	}
	return os.Rename(next, output)
}

// packages is the build of the lab's packages: everything with the newest Python, the extensions once more with the
// other ones.
func packages(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
	sources := llb.Local("packages", llb.SessionID(c.BuildOpts().SessionID), llb.SharedKeyHint("lab-packages"),
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
	first := build("3.13", llb.Scratch())
	second := build("3.11", first, "--native")
	def, err := second.File(llb.Copy(first, "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true})).Marshal(ctx, llb.LinuxAmd64)
	if err != nil {
		return nil, err
	}
	return c.Solve(ctx, gwclient.SolveRequest{Definition: def.ToPB()})
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
