//go:build bases

package integration

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// emulator brings Debian's emulator of arm64 and gives its path. The package is not installed, because that would
// register the emulator for the whole machine.
func emulator(t *testing.T, l *lab.Lab) string {
	t.Helper()
	const program = "qemu-aarch64-static"
	dest := filepath.Join(l.Dir, "bin", program)
	if _, err := os.Stat(dest); err == nil {
		return dest
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "apt-get", "download", "-q", "qemu-user-static")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q: %v", files, err)
	}
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--extract", files[0], dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(dir, "usr/bin", program), dest); err != nil {
		t.Fatal(err)
	}
	return dest
}

// emulate runs a command of an image's file system for arm64. The emulator is registered in a user namespace alone,
// which Linux 6.7 allows. The network is the machine's.
const emulate = `set -eu
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf ':arm64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:%s:F' "$1" >/proc/sys/fs/binfmt_misc/register
mkdir -p "$2/dev" "$2/proc"
mount --rbind /dev "$2/dev"
mount --rbind /proc "$2/proc"
root=$2
shift 2
exec chroot "$root" "$@"
`

// emulated builds a project for arm64, starts the command of its image and gives the address of its server.
func emulated(t *testing.T, l *lab.Lab, dir string, port int) string {
	t.Helper()
	b, ref := push(l, moult(t, dir, "platform=linux/arm64"), "emulated-"+filepath.Base(dir)+":test")
	root := t.TempDir()
	mustBuild(t, l, b)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if img.Config.Architecture != "arm64" {
		t.Errorf("the image is for %s", img.Config.Architecture)
	}
	b.Exports = append(b.Exports[:0:0], lab.ToFolder(root))
	mustBuild(t, l, b)
	config := img.Config.Config
	argv := []string{"--user", "--map-root-user", "--mount", "sh", "-c", emulate, "sh", emulator(t, l), root, "/usr/bin/env", "-i", "-C", config.WorkingDir}
	argv = append(append(append(argv, config.Env...), config.Entrypoint...), config.Cmd...)
	cmd := exec.Command("unshare", argv...)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its end is seen below, or asked for
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("it printed:\n%s", log.String())
		}
	})
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatal("it ended")
		default:
		}
		if response, err := http.Get(address + "/"); err == nil {
			response.Body.Close()
			return address
		}
	}
	t.Fatal("it does not answer")
	return ""
}

func TestAnImageForAnotherArchitectureAnswersUnderAnEmulator(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	port := freePort(t)
	hello := example(t, "hello")
	edit(t, filepath.Join(hello, "main.py"), "8000", fmt.Sprint(port))
	if body := answerTo(t, http.MethodGet, emulated(t, l, hello, port), ""); !strings.HasPrefix(body, "Hello from Python 3.13.") {
		t.Errorf("it answers %q", body)
	}
	// With a lock, from wheels for arm64.
	port = freePort(t)
	numbers := example(t, "alpine")
	file := filepath.Join(numbers, "pyproject.toml")
	edit(t, file, "base = \"python:3.13-alpine\"\ninit = true                      # tini, which apk installs\n", "")
	edit(t, file, "[tool.moult.apk]\nrun = [\"libstdc++\", \"tzdata\"]\n", "")
	edit(t, file, "\"8000\"", fmt.Sprintf("%q", fmt.Sprint(port)))
	if body := answerTo(t, http.MethodPost, emulated(t, l, numbers, port), "[1, 2, 3, 4]"); !strings.Contains(body, "2.5") {
		t.Errorf("it answers %q", body)
	}
}

// answerTo is the answer of a server.
func answerTo(t *testing.T, method, address, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s (%v)", address, response.Status, err)
	}
	return string(content)
}
