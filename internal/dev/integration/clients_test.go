//go:build clients

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// These files are compiled with the tag clients, by `make test-clients`: older versions of docker buildx, which take
// minutes to compile, and programs that are no part of Docker.

// olderClients are the programs by their versions.
var olderClients = map[string]string{
	"0.12": "engines/buildx-v0.12.1/buildx",
	"0.13": "engines/roots/trixie/usr/libexec/docker/cli-plugins/docker-buildx",
	"0.17": "engines/buildx-v0.17.0/buildx",
}

func TestOlderClientsBuildWhatTheNewestDoes(t *testing.T) {
	l := lab.Need(t)
	push := func(t *testing.T, e *engine, tag string) map[string]string {
		ref := l.Image("client-hello:" + tag)
		e.build(t, e.syntax(t, example(t, "hello")), "-t", ref, "--push")
		e.answers(t, ref, "/")
		return e.pushed(t, ref, "")
	}
	expected := push(t, newEngine(t, l, "newest", true), "newest")
	for version, program := range olderClients {
		t.Run(version, func(t *testing.T) {
			e := newEngineBy(t, l, "client-"+version, false, filepath.Join(l.Dir, program))
			if said := e.must(t, "", "docker", "buildx", "version"); !strings.Contains(said, " v"+version+".") && !strings.Contains(said, " "+version+".") {
				t.Fatalf("the client is %s", said)
			}
			sameLines(t, expected, push(t, e, version))
			e.build(t, e.syntax(t, example(t, "hello")), "-t", "client-loaded:"+version, "--load")
			e.answers(t, "client-loaded:"+version, "/")

			bad := e.syntax(t, project(t, unlocked(l, `"lab-pure", "lab-nowhere"`)))
			if _, all, err := e.command(t, bad, e.buildArgs()...); err == nil || !strings.Contains(all, "pyproject.toml:") || !strings.Contains(all, "lab-nowhere") {
				t.Errorf("the error is %v\n%s", err, all)
			}

			if version == "0.17" {
				checked(t, e)
				return
			}
			// The flag came with 0.15.
			_, all, err := e.command(t, bad, e.buildArgs("--check")...)
			if err == nil || !strings.Contains(all, "unknown flag: --check") {
				t.Errorf("--check says %v\n%s", err, all)
			}
		})
	}
}

// entered runs a program of the clients' root file system. It sees the folder dir, which is one of the lab's.
func entered(t *testing.T, l *lab.Lab, dir string, argv ...string) (string, error) {
	t.Helper()
	root := filepath.Join(l.Dir, "engines", "roots", "clients")
	cmd := exec.CommandContext(t.Context(), filepath.Join(l.Dir, "bin", "lab"), append([]string{"enter", root, dir}, argv...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// inLab copies a folder to one of the lab's, which programs of other root file systems see.
func inLab(t *testing.T, l *lab.Lab, dir string) string {
	t.Helper()
	copied, err := os.MkdirTemp(l.Dir, "clients-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(copied) })
	if err := os.CopyFS(filepath.Join(copied, "project"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

// podman and buildah read no syntax line; what they say is in docs/troubleshooting.md, with what helps.
func TestPodmanAndBuildahSayWhatTroubleshootingHas(t *testing.T) {
	l := lab.Need(t)
	e := newEngine(t, l, "newest", true)
	dir := inLab(t, l, e.syntax(t, example(t, "hello")))
	storage := []string{"--root", "/tmp/storage", "--runroot", "/run/storage", "--storage-driver", "vfs"}
	const says = "no FROM statement found"
	inTroubleshooting(t, says)
	for program, command := range map[string]string{"podman": "build", "buildah": "bud"} {
		argv := append(append([]string{"/usr/bin/" + program}, storage...), command, "-f", dir+"/project/pyproject.toml", dir+"/project")
		if out, err := entered(t, l, l.Dir, argv...); err == nil || !strings.Contains(out, says) {
			t.Errorf("%s says %v\n%s", program, err, out)
		}
	}
	// The way out.
	archive := filepath.Join(dir, "hello.tar")
	e.build(t, filepath.Join(dir, "project"), "-t", "hello", "-o", "type=docker,dest="+archive)
	out, err := entered(t, l, l.Dir, append(append([]string{"/usr/bin/podman"}, storage...), "load", "-i", archive)...)
	if err != nil || !strings.Contains(out, "/hello:latest") {
		t.Errorf("podman load says %v\n%s", err, out)
	}
}

// authorities are a command's arguments for those that the machine trusts, if the lab says that they matter.
func authorities(l *lab.Lab) []string {
	if l.CA == "" {
		return nil
	}
	return []string{"--secret", "id=ca-certificates,src=" + l.CA}
}

// inTroubleshooting expects a message in the page that people search for it.
func inTroubleshooting(t *testing.T, says string) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `"+says) {
			return
		}
	}
	t.Errorf("troubleshooting.md has no row for %q", says)
}

func TestTheOldBuilderOfDockerSaysWhatTroubleshootingHas(t *testing.T) {
	const says = "unknown instruction: [project]"
	inTroubleshooting(t, "dockerfile parse error ... "+says)
	l := lab.Need(t).OnEngine(t, "docker-trixie")
	e := newEngine(t, l, "docker-trixie", false)
	dir := e.syntax(t, example(t, "hello"))
	_, all, err := e.command(t, dir, "env", "DOCKER_BUILDKIT=0", "docker", "build", "-f", "pyproject.toml", ".")
	if err == nil || !strings.Contains(all, "dockerfile parse error") || !strings.Contains(all, says) {
		t.Errorf("it says %v\n%s", err, all)
	}
	// Without the variable, it builds.
	argv := append([]string{"docker", "build", "-f", "pyproject.toml", "-t", "client-old:test"}, authorities(l)...)
	e.must(t, dir, append(argv, ".")...)
	e.answers(t, "client-old:test", "/")
}
