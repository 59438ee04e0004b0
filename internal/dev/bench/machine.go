package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/moult-build/moult/internal/dev/lab"
)

// Machine describes the machine and the versions of the programs for the
// samples.
type Machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	// Memory in bytes.
	Memory   int64  `json:"memory"`
	Kernel   string `json:"kernel"`
	Buildkit string `json:"buildkit"`
	Docker   string `json:"docker"`
	// Moult is the digest of the frontend's image, Commit the checkout's.
	Moult  string `json:"moult"`
	Commit string `json:"commit"`
	// Tmpfs is true if daemons and registry were in memory.
	Tmpfs bool `json:"tmpfs"`
}

// describe returns the description of this machine. Unknown fields stay empty.
func describe(ctx context.Context, l *lab.Lab, o Options) (Machine, error) {
	m := Machine{Cores: runtime.NumCPU(), Tmpfs: o.Memory}
	for line := range strings.Lines(read("/proc/cpuinfo")) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			m.Processor = strings.TrimSpace(value)
			break
		}
	}
	for line := range strings.Lines(read("/proc/meminfo")) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			m.Memory = kilobytes << 10
		}
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	if info, err := l.Client.Info(ctx); err == nil {
		m.Buildkit = info.BuildkitVersion.Version
	}
	if version, err := l.Docker(ctx, "version", "--format", "{{.Server.Version}}"); err == nil {
		m.Docker = strings.TrimSpace(version)
	}
	if commit, err := exec.CommandContext(ctx, "git", "-C", o.Root, "rev-parse", "--short=12", "HEAD").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(commit))
	}
	i, err := l.ReadImage(ctx, o.Frontend, "linux/amd64")
	if err != nil {
		return m, err
	}
	m.Moult = i.Digest
	return m, nil
}

func read(name string) string {
	data, _ := os.ReadFile(filepath.Clean(name))
	return string(data)
}
