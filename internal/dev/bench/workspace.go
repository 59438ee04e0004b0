package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	bkclient "github.com/moby/buildkit/client"
	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The measures of a workspace: after a change of the package that all members use, the image of one member, and the
// images of all members.
const (
	WorkspaceOne = "workspace-one"
	WorkspaceAll = "workspace-all"
)

// workspaceApp is the name of the generated workspace in the results.
const workspaceApp = "workspace"

// members is the number of members of the workspace that have an image, atOnce the number of images that are built at the
// same time.
const (
	members = 83
	atOnce  = 4
)

// workspaceGroup is the group of the workspace. Only Moult is measured: a Dockerfile for a member copies the others, too.
var workspaceGroup = group{
	measures: func(_ Application, c Contestant) []string { return only(c.Name == "moult", WorkspaceOne, WorkspaceAll) },
	take:     (*runner).workspace,
	seldom:   true,
}

func memberName(n int) string { return fmt.Sprintf("member-%03d", n) }

// madeWorkspace writes a workspace with many members into a folder: the example's, with many workers in place of one.
func madeWorkspace(root, dir, frontend string, count int) error {
	if err := empty(dir); err != nil {
		return err
	}
	if err := lay(filepath.Join(root, "examples", "workspace"), dir); err != nil {
		return err
	}
	services := filepath.Join(dir, "services")
	worker, err := os.ReadFile(filepath.Join(services, "worker", "pyproject.toml"))
	if err != nil {
		return err
	}
	code, err := os.ReadFile(filepath.Join(services, "worker", "src", "worker", "__init__.py"))
	if err != nil {
		return err
	}
	lock, err := os.ReadFile(filepath.Join(dir, "uv.lock"))
	if err != nil {
		return err
	}
	before, block, found := strings.Cut(string(lock), "[[package]]\nname = \"worker\"\n")
	if !found {
		return errors.New("the lock of examples/workspace does not end with the worker")
	}
	var list, blocks strings.Builder
	for n := range count {
		name := memberName(n)
		module := strings.ReplaceAll(name, "-", "_")
		folder := filepath.Join(services, name)
		if err := os.MkdirAll(filepath.Join(folder, "src", module), 0o755); err != nil {
			return err
		}
		own := strings.NewReplacer(`"worker"`, `"`+name+`"`, `worker = "worker:main"`, name+` = "`+module+`:main"`).Replace(string(worker))
		_, own, _ = strings.Cut(own, "\n")
		for file, content := range map[string]string{
			"pyproject.toml": "# syntax=" + frontend + "\n" + own,
			filepath.Join("src", module, "__init__.py"): string(code),
		} {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o644); err != nil {
				return err
			}
		}
		fmt.Fprintf(&list, "    %q,\n", name)
		fmt.Fprintf(&blocks, "[[package]]\nname = %q\n%s\n", name, strings.TrimRight(strings.ReplaceAll(block, "services/worker", "services/"+name), "\n")+"\n")
	}
	text := strings.Replace(before, "    \"worker\",\n", list.String(), 1) + strings.TrimRight(blocks.String(), "\n") + "\n"
	return errors.Join(os.RemoveAll(filepath.Join(services, "worker")), os.WriteFile(filepath.Join(dir, "uv.lock"), []byte(text), 0o644))
}

// workspace measures the builds of a workspace after changes of the shared package.
func (r *runner) workspace(ctx context.Context, w *world, j job) error {
	d, err := w.startDaemon(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = d.end() }()
	if err := d.pull(ctx, w, []string{"python:" + pythonVersion, "python:" + pythonVersion + "-slim"}); err != nil {
		return err
	}
	dir := filepath.Join(w.dir, "workspace")
	if err := madeWorkspace(r.options.Root, dir, r.options.Frontend, members); err != nil {
		return err
	}
	shared := filepath.Join(dir, "libs", "shared", "src", "shared", "__init__.py")
	common, err := j.contestant.build(w, j.app, dir)
	if err != nil {
		return err
	}
	one := func(ctx context.Context, n int) error {
		b := common
		b.Locals = map[string]string{"dockerfile": filepath.Join(dir, "services", memberName(n))}
		b.Exports = []bkclient.ExportEntry{lab.ToRegistry(w.registry + "/" + memberName(n) + ":1")}
		result, err := d.Build(ctx, b)
		if err != nil {
			return fmt.Errorf("build %s: %w\n%s", memberName(n), err, lastLines(result.Log(), 30))
		}
		return nil
	}
	all := func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(atOnce)
		for n := range members {
			group.Go(func() error { return one(ctx, n) })
		}
		return group.Wait()
	}
	if err := all(ctx); err != nil {
		return err
	}
	for _, measure := range []struct {
		name string
		run  func(context.Context) error
	}{{WorkspaceOne, func(ctx context.Context) error { return one(ctx, 0) }}, {WorkspaceAll, all}} {
		if err := edit(shared, func(s string) string { return s + "\n# " + measure.name + "\n" }); err != nil {
			return err
		}
		s := Sample{Load: load()}
		stop := watch(d.pid)
		began := time.Now()
		err := measure.run(ctx)
		s.Seconds = time.Since(began).Seconds()
		used := stop()
		if err != nil {
			return err
		}
		s.CPU, s.Memory = used.CPU, used.Memory
		r.put(j, measure.name, s)
	}
	return nil
}
