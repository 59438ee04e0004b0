package integration

import (
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestTheTeaTimerHasItsFrontEndAndItsLanguages(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	ref := l.Image("example-django-frontend:test")
	dir := example(t, "django-frontend")
	b := moult(t, dir)
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	historyTellsTheLayers(t, l, b, ref)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	files, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	for p := range files {
		if strings.Contains(p, "node_modules") || strings.HasSuffix(p, "/msgfmt") || strings.HasSuffix(p, ".ts") {
			t.Errorf("the image holds %s", p)
		}
	}

	r := serve(t, l, ref, map[string]string{"SECRET_KEY": "of-the-test", "ALLOWED_HOSTS": "*"})
	page := get(t, r, "/")
	script := regexp.MustCompile(`/static/kettle/timer\.[0-9a-f]+\.js`).FindString(page)
	if script == "" {
		t.Fatalf("the page names no script of the front end:\n%s", page)
	}
	if code := get(t, r, script); !strings.Contains(code, "setInterval") {
		t.Errorf("the script is %q", code)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "de")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	german := new(strings.Builder)
	if err := resp.Write(german); err != nil || !strings.Contains(german.String(), "Kräutertee") {
		t.Errorf("in German it answers %s", german)
	}

	build := func() []string { return steps(mustBuild(t, l, b)) }
	around := []string{"copy the application", "copy /src/dist of frontend", "compile the application", "merge the layers"}
	copied := append([]string{"select the files of the application"}, around...)
	edit(t, filepath.Join(dir, "kettle/views.py"), "# Seconds", unique()+"# Seconds")
	only(t, build(), copied...)
	// esbuild leaves out what nobody uses: its result is the same as before.
	edit(t, filepath.Join(dir, "frontend/src/clock.ts"), "/** Seconds", "export const stamp = \""+unique()[2:30]+"\";\n/** Seconds")
	only(t, build(), "copy the inputs of npm run build", "[frontend] npm run build")
	edit(t, filepath.Join(dir, "frontend/src/timer.ts"), "const output", "console.log(\""+unique()[2:30]+"\");\nconst output")
	only(t, build(), append(around, "copy the inputs of npm run build", "[frontend] npm run build", "collectstatic")...)
	edit(t, filepath.Join(dir, "frontend/package.json"), `"private": true,`, `"private": true, "description": "`+unique()[2:30]+`",`)
	only(t, build(), "copy the inputs of npm ci", "copy the inputs of npm run build", "[frontend] npm ci", "[frontend] npm run build")
	edit(t, filepath.Join(dir, "kettle/locale/de/LC_MESSAGES/django.po"), "Teewecker", "Wecker "+unique()[13:30])
	only(t, build(), append(copied, "compilemessages", "collectstatic")...)
}

func TestTheModelIsDownloadedOnce(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	ref := l.Image("example-model:test")
	dir := example(t, "model")
	b := moult(t, dir)
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	r := serve(t, l, ref, nil)
	if health := get(t, r, "/health"); !strings.Contains(health, "full") {
		t.Errorf("it answers %s", health)
	}
	resp, err := http.Post(r.URL+"/language", "text/plain", strings.NewReader("Wo ist denn hier der Bahnhof?"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), `"de"`) {
		t.Errorf("it answers %s %v", body, err)
	}

	edit(t, filepath.Join(dir, "app.py"), "LANGUAGES =", unique()+"LANGUAGES =")
	only(t, steps(mustBuild(t, l, b)), append(application, "select the files of the application")...)
	b.Opts["build-arg:FULL_MODEL"] = "no"
	only(t, steps(mustBuild(t, l, b)), "merge the layers")
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := img.Lookup("/srv/model"); err == nil {
		t.Error("the model is there although it was switched off")
	}
}
