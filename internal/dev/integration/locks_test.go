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

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
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
	t.Parallel()
	l := lab.Need(t)
	var want []string
	for _, f := range lockFormats {
		t.Run(f.name, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			ref := l.Image("lock-" + f.name + ":test")
			b := moult(t, locked(t, l, c, "1.0", f.name), "filename="+f.file)
			b.Exports = []bkclient.ExportEntry{lab.ToRegistry(ref)}
			r := mustBuild(t, l, b)
			if ran := done(r, resolve); len(ran) > 0 {
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

// fetched are the files that an index was asked for, and pages its pages.
func fetched(t *testing.T, c *index.Client) (files, pages []string) {
	t.Helper()
	requests, err := c.Requests()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		if name, ok := strings.CutPrefix(r.Path, "/files/"); ok {
			files = append(files, name)
		} else {
			pages = append(pages, strings.Trim(strings.TrimPrefix(r.Path, "/simple/"), "/"))
		}
	}
	slices.Sort(files)
	slices.Sort(pages)
	return slices.Compact(files), pages
}

func forget(t *testing.T, c *index.Client) {
	t.Helper()
	if err := c.Forget(); err != nil {
		t.Fatal(err)
	}
}

func TestAnUpgradeConcernsItsPackageAlone(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	for n, f := range lockFormats {
		t.Run(f.name, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			dir := locked(t, l, c, "1.0", f.name)
			b := moult(t, dir, "filename="+f.file)
			b.Exports = []bkclient.ExportEntry{lab.ToRegistry(l.Image("upgrade-" + f.name + ":test"))}
			mustBuild(t, l, b)

			forget(t, c)
			only(t, steps(mustBuild(t, l, b)))
			if files, pages := fetched(t, c); len(files)+len(pages) > 0 {
				t.Errorf("nothing has changed, and the index was asked for %q %q", files, pages)
			}

			relock(t, l, c, dir, "1.1", f.name)
			ran := steps(mustBuild(t, l, b))
			ran = slices.DeleteFunc(ran, func(name string) bool {
				// What is new is compared with the rest.
				return name == compareThePackages || name == merge || name == locate
			})
			if n == 0 {
				only(t, ran, "wheels lab-steps")
			} else {
				// The other formats' installations are the first one's.
				only(t, ran)
			}
			files, pages := fetched(t, c)
			for _, name := range files {
				if name != "lab_steps-1.1-py3-none-any.whl" {
					t.Errorf("%s was fetched", name)
				}
			}
			for _, name := range pages {
				if name != "lab-steps" {
					t.Errorf("the index was asked for %s", name)
				}
			}
		})
	}
}

// cached builds on a first daemon, exporting a cache to the registry, and
// gives a fresh daemon that has nothing but that cache.
func cached(t *testing.T, b lab.Build, name, mode string) (*lab.Lab, lab.Build) {
	t.Helper()
	l := lab.Need(t)
	first := l.Fresh(t)
	ref := l.Image(name + ":cache")
	b.Exports = []bkclient.ExportEntry{lab.ToRegistry(l.Image(name + ":test"))}
	export := b
	export.CacheExports = []bkclient.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": ref, "mode": mode}}}
	mustBuild(t, first, export)
	b.CacheImports = []bkclient.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": ref}}}
	return l.Fresh(t), b
}

func TestAFreshBuilderWithARegistryCacheFetchesNoWheelForAChangeOfTheCode(t *testing.T) {
	t.Parallel()
	for _, f := range lockFormats {
		if f.name != "uv" && f.name != "poetry" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			l := lab.Need(t)
			c := l.Packages.Scope(t.Name())
			dir := locked(t, l, c, "1.0", f.name)
			fresh, b := cached(t, moult(t, dir, "filename="+f.file), "code-"+f.name, "min")
			forget(t, c)
			edit(t, filepath.Join(dir, "main.py"), "\n", "\n# changed\n")
			ran := steps(mustBuild(t, fresh, b))
			if files, _ := fetched(t, c); len(files) > 0 {
				t.Errorf("%q were fetched", files)
			}
			for _, name := range ran {
				if strings.HasPrefix(name, "wheels ") {
					t.Errorf("%q ran", name)
				}
			}
		})
	}
}

func TestAFreshBuilderWithARegistryCacheFetchesTheUpgradedWheelAlone(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	dir := locked(t, l, c, "1.0", "uv")
	fresh, b := cached(t, moult(t, dir), "upgrade-cache", "min")
	forget(t, c)
	relock(t, l, c, dir, "1.1", "uv")
	mustBuild(t, fresh, b)
	if files, _ := fetched(t, c); !slices.Equal(files, []string{"lab_steps-1.1-py3-none-any.whl"}) {
		t.Errorf("%q were fetched", files)
	}
}

func TestAFileIsFetchedWithTheSecretOfItsIndex(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	for _, f := range lockFormats {
		t.Run(f.name, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			if err := c.Fail("*", index.Fault{User: "someone", Password: "s3cret-in-test"}); err != nil {
				t.Fatal(err)
			}
			dir := locked(t, l, c, "1.0", f.name)
			b := moult(t, dir, "filename="+f.file)

			_, err := l.Build(t.Context(), b)
			if err == nil {
				t.Fatal("built without the password")
			}
			want := []string{f.file + ":", "401", "secret"} // where the index is named
			switch f.name {
			case "uv":
				want = []string{"uv.lock:", "401", "password", "secret"}
			case "pylock":
				want = []string{"pylock.toml:", "401", "password", "secret"}
			}
			for _, part := range want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}

			edit(t, filepath.Join(dir, f.file), `simple/" }]`, `simple/", secret = "lab-index" }]`)
			b.Secrets = map[string][]byte{"lab-index": []byte("someone:s3cret-in-test")}
			layout := filepath.Join(t.TempDir(), "layout")
			if err := os.Mkdir(layout, 0o755); err != nil {
				t.Fatal(err)
			}
			b.Exports = []bkclient.ExportEntry{lab.ToLayout(layout)}
			b.Opts["attest:provenance"] = "mode=max"
			r := mustBuild(t, l, b)
			if strings.Contains(r.Log(), "s3cret-in-test") {
				t.Error("the log tells the password")
			}
			if err := filepath.WalkDir(layout, func(name string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				content, err := os.ReadFile(name)
				if strings.Contains(string(content), "s3cret-in-test") {
					t.Errorf("%s tells the password", name)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
