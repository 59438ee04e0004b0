package integration

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestARepositoryThatCannotBeTrustedIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	one, two := newArchive(t, "trixie", "lab-one"), newArchive(t, "trixie", "lab-two")
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/key.asc" {
			_, _ = w.Write([]byte(one.key))
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(keys.Close)
	for name, test := range map[string]struct {
		// repository are the lines of the second repository; the error is told at
		// line, which counts from the first of these, and says all of want.
		repository string
		line       int
		want       []string
	}{
		"the key of another": {"url = \"" + two.url + "\"\nkey = \"one.asc\"\n", 0, []string{two.url, "signature"}},
		"no key":             {"url = \"" + two.url + "\"\n", 0, []string{two.url, "signature"}},
		"another key than that of the digest": {
			"url = \"" + two.url + "\"\nkey = { url = \"" + keys.URL + "/key.asc\", sha256 = \"" + strings.Repeat("0", 64) + "\" }\n", 1, []string{"key.asc", "does not match"},
		},
		"a key that cannot be fetched": {
			"url = \"" + two.url + "\"\nkey = { url = \"" + keys.URL + "/none.asc\", sha256 = \"" + strings.Repeat("0", 64) + "\" }\n", 1, []string{"none.asc", "404"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			head := "python = \"3.13\"\ncmd = [\"python3\", \"main.py\"]\n[apt]\nrun = [\"lab-one\"]\n" +
				"[[apt.repositories]]\nurl = \"" + one.url + "\"\nkey = \"one.asc\"\n[[apt.repositories]]\n"
			b := moult(t, project(t, map[string]string{"moult.toml": head + test.repository, "main.py": "", "one.asc": one.key}), "filename=moult.toml")
			_, err := l.Build(t.Context(), b)
			if err == nil {
				t.Fatal("it is built")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			sources := errdefs.Sources(err)
			if len(sources) == 0 {
				t.Fatalf("no line is shown: %v", err)
			}
			at := sources[len(sources)-1]
			if line, want := int(at.Ranges[0].Start.Line), strings.Count(head, "\n")+1+test.line; at.Info.Filename != "moult.toml" || line != want {
				t.Errorf("it is told at %s:%d, want line %d: %v", at.Info.Filename, line, want, err)
			}
		})
	}
}
