// Package demo shows on one machine what Moult does, with the commands of its users. The input is a running lab
// (package lab) with the frontend's image in its registry, as after `make frontend`. The demo builds a project through
// a `# syntax=` line, runs the image and sends it a request. It builds again after a change of the code and of a
// dependency. The output are messages and the figures, on a writer.
//
// The project is examples/digits-api. If the public package index cannot be reached, it is lab/demo, which needs only
// the lab's own packages.
package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// demo is one run.
type demo struct {
	*lab.Lab
	// checkout is the module's root, work a folder of the demo's own in .lab.
	checkout, work string
	out            io.Writer
	began          time.Time
	// frontend is the reference of the frontend's image, image that of the project's.
	frontend, image string
}

// figures are what the demo measures.
type figures struct {
	first, code, dependency time.Duration
	// stored is the image's size in the registry, unpacked its size on a disk, base the unpacked size of its base image;
	// all in bytes.
	stored, unpacked, base int64
}

// Run runs the demo in the lab of the checkout. With offline it does not use the public index.
func Run(ctx context.Context, checkout string, out io.Writer, offline bool) (err error) {
	l, err := lab.Open(ctx)
	if err != nil {
		return err
	}
	l.PublicIndex = l.PublicIndex && !offline
	defer l.Client.Close()
	if l.State.Docker == "" {
		return fmt.Errorf("the demo runs what it builds, and this machine runs no Docker Engine; `make lab-up` says why")
	}
	d := &demo{Lab: l, checkout: checkout, work: filepath.Join(l.Dir, "demo"), out: out, began: time.Now(),
		frontend: l.Image("moult:dev"), image: l.Image("demo:latest")}
	if err := os.RemoveAll(filepath.Join(d.work, "project")); err != nil {
		return err
	}
	if err := os.MkdirAll(d.work, 0o755); err != nil {
		return err
	}
	p := d.choose()
	d.say("starting a builder that has base images and nothing else, so that the times mean something")
	b, err := d.startBuilder(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := b.stop(); err == nil {
			err = stopped
		}
	}()
	// The measured times do not include the pull of the base images, which every tool needs.
	if err := b.prepare(ctx, "python:3.13-slim", "python:3.13"); err != nil {
		return err
	}
	f, err := d.show(ctx, b, p)
	if err != nil {
		return err
	}
	d.report(f)
	return nil
}

// show builds the project three times and sends a request to its image in between.
func (d *demo) show(ctx context.Context, b *builder, p project) (figures, error) {
	var f figures
	dir := filepath.Join(d.work, "project")
	if err := p.write(d, dir); err != nil {
		return f, err
	}
	build := func() (time.Duration, error) {
		return d.buildx(ctx, b.name, dir, "-f", "pyproject.toml", "-t", d.image, "--push", ".")
	}
	var err error
	d.say("building %s for the first time; its first line is: # syntax=%s", p.name, d.frontend)
	if f.first, err = build(); err != nil {
		return f, err
	}
	if err := d.sizes(ctx, &f); err != nil {
		return f, err
	}
	if err := d.ask(ctx, p); err != nil {
		return f, err
	}
	d.say("changing the code: a line more in %s", p.code)
	if err := p.changeCode(dir); err != nil {
		return f, err
	}
	if f.code, err = build(); err != nil {
		return f, err
	}
	d.say("changing a dependency: %s", p.change)
	if err := p.changeDependency(d, dir); err != nil {
		return f, err
	}
	if f.dependency, err = build(); err != nil {
		return f, err
	}
	return f, d.ask(ctx, p)
}

// buildx runs `docker buildx build` in a folder. It returns the time of the build with the export.
func (d *demo) buildx(ctx context.Context, builder, dir string, args ...string) (time.Duration, error) {
	args = append([]string{"--builder", builder}, args...)
	if d.CA != "" {
		args = append([]string{"--secret", "id=ca-certificates,src=" + d.CA}, args...)
	}
	args = append([]string{"buildx", "build", "--provenance=false"}, args...)
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Dir = dir
	cmd.Env = d.environment()
	d.print("$ docker " + strings.Join(args, " "))
	began := time.Now()
	output, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return took, fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	d.print(fmt.Sprintf("  took %s", seconds(took)))
	return took, nil
}

// environment is that of the lab's own docker and buildx.
func (d *demo) environment() []string {
	return append(os.Environ(),
		"PATH="+filepath.Join(d.Dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"DOCKER_HOST="+d.State.Docker, "DOCKER_CONFIG="+filepath.Join(d.Dir, "docker"))
}

// sizes reads the image's sizes.
func (d *demo) sizes(ctx context.Context, f *figures) error {
	img, err := d.ReadImage(ctx, d.image, "")
	if err != nil {
		return err
	}
	for _, layer := range img.Layers {
		f.stored += layer.Size
	}
	size := func(ref string) (int64, error) {
		if _, err := d.Docker(ctx, "pull", "--quiet", ref); err != nil {
			return 0, err
		}
		text, err := d.Docker(ctx, "image", "inspect", "--format", "{{.Size}}", ref)
		if err != nil {
			return 0, err
		}
		var n int64
		_, err = fmt.Sscan(text, &n)
		return n, err
	}
	if f.unpacked, err = size(d.image); err != nil {
		return err
	}
	f.base, err = size("python:3.13-slim")
	return err
}

// report prints the figures.
func (d *demo) report(f figures) {
	fmt.Fprintf(d.out, `
image                             %s, of which its base python:3.13-slim is %s; %s compressed
first build                       %s
rebuild after a code change       %s
rebuild after a dependency change %s

The builds were made by a builder that had only the base images; each time is that of the whole command,
with the push of the image. The demo took %s.
`, megabytes(f.unpacked), megabytes(f.base), megabytes(f.stored),
		seconds(f.first), seconds(f.code), seconds(f.dependency), seconds(time.Since(d.began)))
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out, "\n=> "+format+"\n", args...)
}

func (d *demo) print(line string) { fmt.Fprintln(d.out, line) }

func seconds(t time.Duration) string { return fmt.Sprintf("%.1f s", t.Seconds()) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
