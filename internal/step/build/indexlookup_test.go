package build

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/step/fetch"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

var (
	hashA = "sha256:" + strings.Repeat("a", 64)
	hashB = "sha256:" + strings.Repeat("b", 64)
)

// pages is an index with the given pages; what it was asked is in its log.
type pages struct {
	mu    sync.Mutex
	files map[string]string
	fails int
	log   []string
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := strings.Trim(strings.TrimPrefix(r.URL.Path, "/simple/"), "/")
	p.log = append(p.log, name)
	if p.fails > 0 {
		p.fails--
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	page, ok := p.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	if strings.HasPrefix(page, "{") && strings.Contains(r.Header.Get("Accept"), indexpage.JSON) {
		w.Header().Set("Content-Type", indexpage.JSON)
	}
	fmt.Fprint(w, page)
}

func serve(t *testing.T, files map[string]string) (*pages, indexfiles.Index) {
	t.Helper()
	p := &pages{files: files}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, indexfiles.Index{URL: server.URL + "/simple"}
}

func jsonPage(filename, hash string) string {
	return `{"meta": {"api-version": "1.1"}, "files": [{"filename": "` + filename + `", "url": "../../f/` + filename +
		`", "size": 7, "hashes": {"sha256": "` + strings.TrimPrefix(hash, "sha256:") + `"}}]}`
}

func ask(t *testing.T, cache string, r indexfiles.Request) (indexfiles.Answer, []indexfiles.Problem) {
	t.Helper()
	a := asker{client: fetch.New(nil, quick), request: r, cache: cache}
	answer, problems, err := a.all(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return answer, problems
}

func TestOnlyFilesOfTheLockAreFound(t *testing.T) {
	_, index := serve(t, map[string]string{
		"a": jsonPage("a-1-py3-none-any.whl", hashA),
		"b": `<a href="/f/b-1-py3-none-any.whl#sha256=` + strings.Repeat("b", 64) + `">b</a> <a href="/f/b-2-py3-none-any.whl#sha256=` + strings.Repeat("c", 64) + `">b</a>`,
		"c": `<a href="/f/c-1-py3-none-any.whl">c</a>`,
	})
	answer, problems := ask(t, "", indexfiles.Request{Indexes: []indexfiles.Index{index}, Packages: []indexfiles.Package{
		{Name: "a", Indexes: []int{0}, Hashes: []string{hashA}},
		{Name: "b", Indexes: []int{0}, Hashes: []string{hashB}},
		// An index without hashes: the name tells, and the hash is checked
		// when the file is fetched.
		{Name: "c", Indexes: []int{0}, Hashes: []string{hashA}, Filename: "c-1-py3-none-any.whl"},
	}})
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	host := strings.TrimSuffix(index.URL, "/simple")
	for name, want := range map[string]string{"a": "a-1-py3-none-any.whl", "b": "b-1-py3-none-any.whl", "c": "c-1-py3-none-any.whl"} {
		if l := answer[name]; len(l) != 1 || l[0].Filename != want || l[0].URL != host+"/f/"+want {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if answer["a"][0].Size != 7 {
		t.Error("the size is lost")
	}
}

func TestIndexesAreAskedUntilAllIsFound(t *testing.T) {
	first, one := serve(t, map[string]string{"a": jsonPage("a-1-py3-none-any.whl", hashA)})
	second, two := serve(t, map[string]string{"a": jsonPage("a-1.tar.gz", hashB)})
	answer, problems := ask(t, "", indexfiles.Request{Indexes: []indexfiles.Index{one, two}, Packages: []indexfiles.Package{
		{Name: "a", Indexes: []int{0, 1}, Hashes: []string{hashA, hashB}},
	}})
	if len(problems) > 0 || len(answer["a"]) != 2 || answer["a"][0].Index != 0 || answer["a"][1].Index != 1 {
		t.Fatalf("%+v %+v", answer, problems)
	}
	ask(t, "", indexfiles.Request{Indexes: []indexfiles.Index{one, two}, Packages: []indexfiles.Package{
		{Name: "a", Indexes: []int{0, 1}, Hashes: []string{hashA}},
	}})
	if len(first.log) != 2 || len(second.log) != 1 {
		t.Errorf("asked %q and %q", first.log, second.log)
	}
}

func TestWhatCannotBeFoundIsToldApart(t *testing.T) {
	_, index := serve(t, map[string]string{"a": jsonPage("a-1-py3-none-any.whl", hashB), "html": "{not json"})
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusUnauthorized) }))
	defer refuses.Close()
	request := indexfiles.Request{Indexes: []indexfiles.Index{index, {URL: refuses.URL}}, Packages: []indexfiles.Package{
		{Name: "a", Indexes: []int{0}, Hashes: []string{hashA}},
		{Name: "gone", Indexes: []int{0}, Hashes: []string{hashA}},
		{Name: "html", Indexes: []int{0}, Hashes: []string{hashA}},
		{Name: "secret", Indexes: []int{1}, Hashes: []string{hashA}},
	}}
	_, problems := ask(t, "", request)
	var kinds []indexfiles.Kind
	for _, p := range problems {
		kinds = append(kinds, p.Kind)
	}
	if want := []indexfiles.Kind{indexfiles.NoFile, indexfiles.Missing, indexfiles.Broken, indexfiles.Refused}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("%+v", problems)
	}
}

func TestAnIndexIsAskedAgainAfterAServerError(t *testing.T) {
	p, index := serve(t, map[string]string{"a": jsonPage("a-1-py3-none-any.whl", hashA)})
	p.fails = 2
	if _, problems := ask(t, "", indexfiles.Request{Indexes: []indexfiles.Index{index}, Packages: []indexfiles.Package{
		{Name: "a", Indexes: []int{0}, Hashes: []string{hashA}},
	}}); len(problems) > 0 || len(p.log) != 3 {
		t.Errorf("%+v after %d requests", problems, len(p.log))
	}
}

func TestWhatIsKnownIsNotAskedAgain(t *testing.T) {
	p, index := serve(t, map[string]string{
		"a": jsonPage("a-1-py3-none-any.whl", hashA), "b": jsonPage("b-1-py3-none-any.whl", hashB),
	})
	cache := filepath.Join(t.TempDir(), "links")
	a := indexfiles.Package{Name: "a", Indexes: []int{0}, Hashes: []string{hashA}}
	first, _ := ask(t, cache, indexfiles.Request{Indexes: []indexfiles.Index{index}, Packages: []indexfiles.Package{a}})
	// The same package in a request whose indexes stand elsewhere.
	a.Indexes = []int{1}
	second, problems := ask(t, cache, indexfiles.Request{Indexes: []indexfiles.Index{{URL: "http://127.0.0.1:1"}, index}, Packages: []indexfiles.Package{
		a, {Name: "b", Indexes: []int{1}, Hashes: []string{hashB}},
	}})
	if len(problems) > 0 || strings.Join(p.log, " ") != "a b" {
		t.Fatalf("%+v, asked %q", problems, p.log)
	}
	if first["a"][0].Index != 0 || second["a"][0].Index != 1 || first["a"][0].URL != second["a"][0].URL {
		t.Errorf("%+v, then %+v", first, second)
	}

	// A cache that is broken is none.
	files, err := filepath.Glob(filepath.Join(cache, "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q %v", files, err)
	}
	for _, f := range files {
		if err := os.WriteFile(f, []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, problems := ask(t, cache, indexfiles.Request{Indexes: []indexfiles.Index{{}, index}, Packages: []indexfiles.Package{a}}); len(problems) > 0 || len(p.log) != 3 {
		t.Errorf("%+v, asked %q", problems, p.log)
	}
}

func TestCredentialsStayWithTheirHost(t *testing.T) {
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, "elsewhere "+r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, "index "+r.Header.Get("Authorization"))
		// Another name for the same machine is another host.
		http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	}))
	defer server.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	req, err := Index{URL: server.URL, Secret: secret}.request(t.Context(), server.URL+"/simple/a/")
	if err != nil {
		t.Fatal(err)
	}
	if err := fetch.New(nil, fetch.Defaults).Get(req, func(*http.Response) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"index Basic X190b2tlbl9fOnRva2Vu", "elsewhere "}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

// quick are the limits of a test that does not wait.
var quick = func() fetch.Limits {
	limits := fetch.Defaults
	limits.Pause, limits.MaxPause = time.Millisecond, time.Millisecond
	return limits
}()

func TestAPartialAnswerLeavesOutWhatIsNotFound(t *testing.T) {
	_, index := serve(t, map[string]string{"a": jsonPage("a-1-py3-none-any.whl", hashA)})
	for _, partial := range []bool{true, false} {
		request := indexfiles.Request{Indexes: []indexfiles.Index{index}, Partial: partial, Packages: []indexfiles.Package{
			{Name: "a", Indexes: []int{0}, Version: "1"}, {Name: "gone", Indexes: []int{0}, Version: "1"},
		}}
		content, err := request.Encode()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		file, out := filepath.Join(dir, "request.json"), filepath.Join(dir, "out")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		err = IndexLookup{Request: file, Out: out, Console: &Console{to: io.Discard}}.Make(t.Context())
		answer, _ := os.ReadFile(filepath.Join(out, indexfiles.AnswerFile))
		if (err == nil) != partial || strings.Contains(string(answer), "a-1-py3-none-any.whl") != partial {
			t.Errorf("partial %v: %s, %v", partial, answer, err)
		}
	}
}

func TestAPageWithoutAnEndIsNotReadToMemory(t *testing.T) {
	sent := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			n, err := io.WriteString(w, strings.Repeat("<a>", 1<<10))
			if sent += n; err != nil {
				return
			}
		}
	}))
	a := asker{client: fetch.New(nil, quick), limit: 3 << 20}
	_, kind, err := a.ask(t.Context(), Index{URL: server.URL}, "a")
	server.Close()
	if err == nil || kind != indexfiles.Broken || !strings.Contains(err.Error(), "a page of more than 3 MiB") || fetch.Temporary(err) || sent > 64<<20 {
		t.Errorf("%v after %d bytes", err, sent)
	}
}
