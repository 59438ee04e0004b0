package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	bkclient "github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/lab"
	"github.com/moult-build/moult/internal/lab/index"
)

// lockFormats are the folders of testdata/locks, which its generate.py made
// with the tools themselves, with the build file of each.
var lockFormats = []struct{ name, file string }{
	{"uv", "pyproject.toml"},
	{"pylock", "pyproject.toml"},
	{"poetry", "pyproject.toml"},
	{"pdm", "pyproject.toml"},
	{"pipenv", "moult.toml"},
	{"requirements", "pyproject.toml"},
}

// files are what an index has of a project.
func files(t *testing.T, c *index.Client, project string) map[string]string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.URL()+project+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/vnd.pypi.simple.v1+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Files []struct {
			Filename string
			Hashes   map[string]string
		}
	}
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	all := map[string]string{}
	for _, f := range page.Files {
		all[f.Filename] = f.Hashes["sha256"]
	}
	return all
}

var hashOf = regexp.MustCompile(`\{sha256:([^}]+)\}`)

// filled puts an index's address and the hashes of the lab's packages into a
// text of testdata/locks.
func filled(t *testing.T, l *lab.Lab, c *index.Client, text string) string {
	t.Helper()
	projects := map[string]map[string]string{}
	text = hashOf.ReplaceAllStringFunc(text, func(m string) string {
		name := hashOf.FindStringSubmatch(m)[1]
		project := strings.ReplaceAll(strings.SplitN(name, "-", 2)[0], "_", "-")
		if projects[project] == nil {
			projects[project] = files(t, l.Packages, project)
		}
		if sha := projects[project][name]; sha != "" {
			return sha
		}
		// A development tool's, which is another version on other machines.
		return strings.Repeat("0", 64)
	})
	return strings.NewReplacer("{INDEX}", c.URL(), "{HOST}", strings.TrimSuffix(c.URL(), "/simple/")).Replace(text)
}

// locked writes the project of testdata/locks with its lock of one format.
func locked(t *testing.T, l *lab.Lab, c *index.Client, version, format string) string {
	t.Helper()
	dir := t.TempDir()
	relock(t, l, c, dir, version, format)
	write(t, filepath.Join(dir, "main.py"), "import lab_c, lab_data, lab_pure, lab_steps\n")
	return dir
}

// relock writes the project's file and its lock over those in a folder.
func relock(t *testing.T, l *lab.Lab, c *index.Client, dir, version, format string) {
	t.Helper()
	from := filepath.Join("testdata", "locks", version, format)
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text := filled(t, l, c, string(content))
		if format == "requirements" && e.Name() == "pyproject.toml" {
			text = strings.Replace(text, "[tool.moult]\n", "[tool.moult]\nlock = \"requirements.txt\"\n", 1)
		}
		write(t, filepath.Join(dir, e.Name()), text)
	}
}

// venvLayers are the digests of the layers above the base's and below the
// application's.
func venvLayers(t *testing.T, l *lab.Lab, ref string) []string {
	t.Helper()
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	var layers []string
	n := 0
	for _, h := range img.Config.History {
		if h.EmptyLayer {
			continue
		}
		if strings.HasPrefix(h.CreatedBy, "install ") || strings.HasPrefix(h.CreatedBy, "create the virtual") {
			layers = append(layers, img.Layers[n].Digest)
		}
		n++
	}
	return layers
}

func TestLocksOfEveryFormatGiveTheSameVenv(t *testing.T) {
	l := lab.Need(t)
	var want []string
	for _, f := range lockFormats {
		t.Run(f.name, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			ref := l.Image("lock-" + f.name + ":test")
			b := moult(t, locked(t, l, c, "1.0", f.name), "filename="+f.file)
			b.Exports = []bkclient.ExportEntry{lab.ToRegistry(ref)}
			r := mustBuild(t, l, b)
			if ran := r.Find("resolve the requirements"); len(ran) > 0 {
				t.Error("a resolver ran")
			}
			got := venvLayers(t, l, ref)
			if len(got) < 2 {
				t.Fatalf("the image has %d layers of the virtual environment", len(got))
			}
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("the layers are %q, with the first lock %q", got, want)
			}
		})
	}
}
