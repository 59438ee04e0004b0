package integration

import (
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
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
	_, files := readImage(t, l, ref)
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
	around := append([]string{"copy run:/src/dist to /app/kettle/static/kettle"}, application...)
	const copyTheFrontEnd = "copy context:/frontend to /src/"
	django := func(command, from string) []string {
		return []string{"run python manage.py " + command, "copy files:/app to /, copy files:/app to /app/: manage.py kettle/__init__.py kettle/settings.py " + from}
	}
	collected := append(django("collectstatic --noinput", "kettle/static"), "copy files:/app to /, copy run:/app/staticfiles to /app/, copy files:/ to /")
	copied := append([]string{selectTheApplication()}, around...)
	edit(t, filepath.Join(dir, "kettle/views.py"), "# Seconds", unique()+"# Seconds")
	only(t, build(), copied...)
	// esbuild leaves out what nobody uses: its result is the same as before.
	edit(t, filepath.Join(dir, "frontend/src/clock.ts"), "/** Seconds", "export const stamp = \""+unique()[2:30]+"\";\n/** Seconds")
	only(t, build(), copyTheFrontEnd, "run npm run build")
	edit(t, filepath.Join(dir, "frontend/src/timer.ts"), "const output", "console.log(\""+unique()[2:30]+"\");\nconst output")
	only(t, build(), slices.Concat(around, collected, []string{copyTheFrontEnd, "run npm run build"})...)
	edit(t, filepath.Join(dir, "frontend/package.json"), `"private": true,`, `"private": true, "description": "`+unique()[2:30]+`",`)
	only(t, build(), copyTheFrontEnd+": package.json package-lock.json", copyTheFrontEnd, "run npm ci", "run npm run build")
	edit(t, filepath.Join(dir, "kettle/locale/de/LC_MESSAGES/django.po"), "Teewecker", "Wecker "+unique()[13:30])
	only(t, build(), slices.Concat(copied, django("compilemessages", "kettle/locale"), []string{"copy files:/app to /, copy run:/app/kettle/locale to /app/kettle/, copy files:/ to /", "run python manage.py collectstatic --noinput"})...)
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
	only(t, steps(mustBuild(t, l, b)), append(application, selectTheApplication())...)
	b.Opts["build-arg:FULL_MODEL"] = "no"
	only(t, steps(mustBuild(t, l, b)), merge)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := img.Lookup("/srv/model"); err == nil {
		t.Error("the model is there although it was switched off")
	}
}
