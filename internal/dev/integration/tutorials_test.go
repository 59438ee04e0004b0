package integration

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// fenced is a fenced block of a page: its language, its title, and its text.
type fenced struct{ language, title, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]+)(?: title=\"([^\"]+)\")?\n(.*?)^```$")

// fences are the fenced blocks of a page, in order.
func fences(t *testing.T, page string) []fenced {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	var list []fenced
	for _, m := range fence.FindAllStringSubmatch(string(content), -1) {
		list = append(list, fenced{m[1], m[2], m[3]})
	}
	return list
}

// follow does what a tutorial says, as its reader would: a block with a title is a file, one of commands is run, and
// the block after it is what they print, line by line. Only the names of registry, port and images are the test's.
func follow(t *testing.T, l *lab.Lab, page string) {
	t.Helper()
	dir, name := t.TempDir(), strings.TrimSuffix(filepath.Base(page), ".md")
	port := freePort(t)
	ca := ""
	if l.CA != "" {
		ca = " --secret id=ca-certificates,src=" + l.CA
	}
	local := strings.NewReplacer("registry.example.com/moult:1", l.Image("moult:dev"), "docker buildx build ", "docker buildx build"+ca+" ",
		"-p 8000:8000", fmt.Sprintf("-p 127.0.0.1:%d:8000", port), "127.0.0.1:8000/", fmt.Sprintf("127.0.0.1:%d/", port),
		"--name ", "--name tutorial-"+name+"-", "docker stop ", "docker stop tutorial-"+name+"-", "docker exec ", "docker exec tutorial-"+name+"-")
	printed, ran := "", 0
	for _, b := range fences(t, page) {
		switch {
		case b.title != "":
			text := b.text
			if filepath.Ext(b.title) == ".toml" {
				text = local.Replace(text)
			}
			write(t, filepath.Join(dir, b.title), text)
		case b.language == "sh":
			cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", local.Replace(b.text))
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "DOCKER_HOST="+l.State.Docker, "DOCKER_CONFIG="+filepath.Join(l.Dir, "docker"), "BUILDX_BUILDER=lab",
				"PATH="+filepath.Join(l.Dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s\n%s", err, b.text, out)
			}
			printed = string(out)
			ran++
		default:
			for line := range strings.Lines(b.text) {
				if !strings.Contains(printed, strings.TrimSpace(line)) {
					t.Errorf("%s says that %q is printed; it is\n%s", page, line, printed)
				}
			}
		}
	}
	if ran < 4 {
		t.Errorf("%s has only %d blocks of commands", page, ran)
	}
}

// freePort is a port of this machine that nobody uses.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestTheTutorialsSayWhatHappens(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for page, container := range map[string]string{"tutorials/fastapi.md": "tutorial-fastapi-words", "tutorials/django.md": "tutorial-django-shop"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			remove := func() { _, _ = l.Docker(context.WithoutCancel(t.Context()), "rm", "--force", container) }
			remove() // what a run that was interrupted has left
			t.Cleanup(remove)
			follow(t, l, page)
		})
	}
}
