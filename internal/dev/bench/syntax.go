package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/dev/lab"
)

// dockerfileFrontend is the reference in the first line of Dockerfiles. The lab's registry answers for Docker Hub.
const dockerfileFrontend = "docker/dockerfile:1"

// setSyntax writes the line that names the frontend at the top of a build file, in place of the one that is there.
func setSyntax(name, frontend string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text := string(data)
	if strings.HasPrefix(text, "# syntax=") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return os.WriteFile(name, []byte("# syntax="+frontend+"\n"+text), 0o644)
}

// buildDockerfileFrontend makes the image of the Dockerfile frontend from BuildKit's module, of the version of the lab's
// buildkitd, and pushes it to the lab's registry. The program is compiled as in BuildKit's own release.
func buildDockerfileFrontend(ctx context.Context, l *lab.Lab, o Options) error {
	goCommand, err := exec.CommandContext(ctx, filepath.Join(o.Root, "lab", "go.sh")).Output()
	if err != nil {
		return fmt.Errorf("find Go: %w", err)
	}
	dir := filepath.Join(l.Dir, "bench", "dockerfile-frontend")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	compile := exec.CommandContext(ctx, strings.TrimSpace(string(goCommand)), "build", "-C", filepath.Join(o.Root, "lab", "tools"), "-buildvcs=false",
		"-tags", "netgo static_build osusergo", "-o", dir+"/", "github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the Dockerfile frontend: %w\n%s", err, text)
	}
	b := lab.Build{
		Frontend: "dockerfile.v0", Context: dir, Locals: map[string]string{"dockerfile": filepath.Join(o.Bench, "ladder")},
		Opts: map[string]string{"filename": "dockerfile-frontend.Dockerfile"},
	}
	b.Exports = append(b.Exports, lab.ToRegistry(l.Image(dockerfileFrontend)))
	if r, err := l.Build(ctx, b); err != nil {
		return fmt.Errorf("make the image of the Dockerfile frontend: %w\n%s", err, r.Log())
	}
	return nil
}
