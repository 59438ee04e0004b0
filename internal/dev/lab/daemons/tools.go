package daemons

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tools are the programs that the lab compiles from its own module lab/tools, by the one that names the group. The
// linked-in version is the one in that module's go.mod.
var tools = map[string]struct {
	packages []string
	module   string
	variable string
}{
	"registry":  {packages: []string{"./registry"}},
	"buildkitd": {packages: []string{"github.com/moby/buildkit/cmd/buildkitd", "github.com/moby/buildkit/cmd/buildctl"}, module: "github.com/moby/buildkit", variable: "github.com/moby/buildkit/version.Version"},
	"buildx":    {packages: []string{"github.com/docker/buildx/cmd/buildx"}, module: "github.com/docker/buildx", variable: "github.com/docker/buildx/version.Version"},
}

// buildTools compiles a group of tools into .lab/bin, unless they were compiled from the same module files.
func (l *lab) buildTools(ctx context.Context, group string) error {
	module := filepath.Join(l.checkout, "lab", "tools")
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "registry/main.go"} {
		data, err := os.ReadFile(filepath.Join(module, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(data), data)
	}
	sum := fmt.Sprintf("%x\n", hash.Sum(nil))
	stamp := filepath.Join(l.bin, "."+group+".stamp")
	if old, err := os.ReadFile(stamp); err == nil && string(old) == sum {
		return nil
	}
	tool := tools[group]
	flags := "-s -w"
	if tool.module != "" {
		version, err := required(filepath.Join(module, "go.mod"), tool.module)
		if err != nil {
			return err
		}
		flags += " -X " + tool.variable + "=" + version
	}
	l.say("compiling %s", group)
	// The program is installed into another folder and renamed, so that the file of a running daemon is never written.
	temp, err := os.MkdirTemp(l.bin, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	env := []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOBIN=" + temp}
	argv := append([]string{"go", "-C", module, "install", "-ldflags", flags}, tool.packages...)
	if err := l.command(ctx, "tools", env, argv...); err != nil {
		return err
	}
	files, err := os.ReadDir(temp)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Rename(filepath.Join(temp, f.Name()), filepath.Join(l.bin, f.Name())); err != nil {
			return err
		}
	}
	l.say("compiled %s", group)
	return os.WriteFile(stamp, []byte(sum), 0o644)
}

// required is the version of a module in a go.mod file.
func required(file, module string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) >= 2 && fields[0] == module {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", file, module)
}
