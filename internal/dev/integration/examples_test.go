package integration

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// built is an example's image, with what everyone expects of an image of
// Moult's already checked.
func built(t *testing.T, l *lab.Lab, name, file string) string {
	t.Helper()
	ref := l.Image("example-" + name + ":test")
	b := moult(t, example(t, name), "filename="+file)
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	return ref
}

// unwanted are programs that an image has no use for at run time.
var unwanted = []string{"gcc", "g++", "cc", "c++", "make", "pip", "pip3", "uv", "git"}

// isFitToShip looks at an image as a careful reader would.
func isFitToShip(t *testing.T, l *lab.Lab, ref string) {
	t.Helper()
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if img.Config.Config.User != "65532:65532" {
		t.Errorf("the image's user is %q", img.Config.Config.User)
	}
	if n := len(img.Layers); n > 60 {
		t.Errorf("the image has %d layers", n)
	}
	layers := 0
	for _, h := range img.Config.History {
		if !h.EmptyLayer {
			layers++
		}
		if strings.Contains(h.CreatedBy, "/moult/") {
			t.Errorf("the history says %q", h.CreatedBy)
		}
	}
	if layers != len(img.Layers) {
		t.Errorf("the history tells of %d layers, the image has %d", layers, len(img.Layers))
	}
	files, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	for p, f := range files {
		switch {
		case slices.Contains(unwanted, path.Base(p)) && f.Mode&0o111 != 0 && path.Base(path.Dir(p)) == "bin":
			t.Errorf("the image holds %s", p)
		case strings.HasPrefix(p, "/moult"):
			t.Errorf("a mount point is left: %s", p)
		case strings.Contains(p, "/.cache/"), strings.HasPrefix(p, "/var/lib/apt/lists/") && f.Mode.IsRegular() && f.Size > 0:
			t.Errorf("a cache is left: %s", p)
		case strings.HasPrefix(p, "/app"), strings.HasPrefix(p, "/opt/venv"):
			// Everybody may create files in some folders of the application, and change
			// none of root's.
			open := strings.HasPrefix(p, "/app") && f.Mode == fs.ModeDir|fs.ModeSticky|0o777
			if f.UID != 0 || f.GID != 0 || f.Mode.Perm()&0o022 != 0 && f.Mode&fs.ModeSymlink == 0 && !open {
				t.Errorf("%s may be changed by others than root: %v %d:%d", p, f.Mode, f.UID, f.GID)
			}
			if f.Mode&fs.ModeSymlink == 0 && f.Mode.Perm()&0o004 == 0 {
				t.Errorf("%s cannot be read by the user: %v", p, f.Mode)
			}
		}
	}
}

// serve runs an image as a cautious operator does: read-only, with nothing
// but its own user's rights.
func serve(t *testing.T, l *lab.Lab, ref string, env map[string]string) *lab.Running {
	t.Helper()
	return l.Start(t, lab.Container{Image: ref, ReadOnly: true, Env: env, Port: 8000})
}

// get expects an answer with status 200.
func get(t *testing.T, r *lab.Running, path string) string {
	t.Helper()
	status, body, err := r.Get(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK {
		t.Fatalf("%s answers %d: %s", path, status, body)
	}
	return body
}

func TestTheSmallestProjectAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	if body := get(t, serve(t, l, built(t, l, "hello", "pyproject.toml"), nil), "/"); !strings.Contains(body, "ello") {
		t.Errorf("it answers %q", body)
	}
}

func TestTheDigitsAreRecognised(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	recognises(t, serve(t, l, built(t, l, "digits-api", "pyproject.toml"), nil))
}

// recognises asks the example digits-api what two digits are.
func recognises(t *testing.T, r *lab.Running) {
	t.Helper()
	for _, digit := range []string{"3", "7"} {
		pixels := get(t, r, "/example?digit="+digit)
		resp, err := http.Post(r.URL+"/classify", "application/json", bytes.NewBufferString(pixels))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		var answer struct{ Digit int }
		if err := json.Unmarshal(body, &answer); err != nil || string(rune('0'+answer.Digit)) != digit {
			t.Errorf("a %s is taken for %s", digit, body)
		}
	}
}

func TestAProjectOfRequirementFilesAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := serve(t, l, built(t, l, "requirements", "moult.toml"), nil)
	resp, err := http.Post(r.URL+"/words", "text/plain", strings.NewReader("a b a"))
	if err != nil {
		// The server may still be starting.
		get(t, r, "/")
		if resp, err = http.Post(r.URL+"/words", "text/plain", strings.NewReader("a b a")); err != nil {
			t.Fatal(err)
		}
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "a") {
		t.Errorf("it answers %d %s", resp.StatusCode, body)
	}
}

func TestTheDjangoSiteServesItsStaticFiles(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	ref := built(t, l, "django", "pyproject.toml")
	historyTellsTheLayers(t, l, moult(t, example(t, "django")), ref)
	r := serve(t, l, ref, map[string]string{"SECRET_KEY": "of-the-test", "ALLOWED_HOSTS": "*"})
	page := get(t, r, "/")
	at := strings.Index(page, "/static/")
	if at < 0 {
		t.Fatalf("the page names no static file:\n%s", page)
	}
	name := page[at:]
	if css := get(t, r, name[:strings.IndexAny(name, `"'`)]); css == "" {
		t.Error("the style sheet is empty")
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(img.RawConfig, []byte(`"Healthcheck"`)) {
		t.Error("the image has no health check")
	}
	if files, err := img.Paths("/usr/lib"); err != nil || !slices.ContainsFunc(files, func(p string) bool { return strings.Contains(p, "libpq.so.5") }) {
		t.Errorf("the image has no libpq (%v)", err)
	}
}
