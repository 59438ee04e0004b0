package index

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wheel makes the smallest wheel that the index can describe.
func wheelOf(t *testing.T, name, version string) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	file := strings.ReplaceAll(name, "-", "_")
	f, err := z.Create(fmt.Sprintf("%s-%s.dist-info/METADATA", file, version))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "Metadata-Version: 2.1\nName: %s\nVersion: %s\nRequires-Python: >=3.9\n", name, version)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s-%s-py3-none-any.whl", file, version), b.Bytes()
}

// serve runs an index over a folder with one wheel, and returns a client, the wheel's name and its bytes.
func serve(t *testing.T) (*Client, string, []byte) {
	t.Helper()
	dir := t.TempDir()
	name, content := wheelOf(t, "Lab.Thing", "1.0")
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(dir))
	t.Cleanup(server.Close)
	return NewClient(server.URL), name, content
}

func get(t *testing.T, url string, header ...string) (*http.Response, []byte, error) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, body, err
}

func TestPagesInTheFormThatIsAskedFor(t *testing.T) {
	c, name, _ := serve(t)
	for _, test := range []struct{ accept, want string }{
		{"", "text/html; charset=utf-8"},
		{"text/html", "text/html; charset=utf-8"},
		{"application/vnd.pypi.simple.v1+json", typeJSON},
		{"application/vnd.pypi.simple.v1+json, text/html;q=0.1", typeJSON},
		{"application/vnd.pypi.simple.v1+html;q=0.9, application/vnd.pypi.simple.v1+json;q=0.2", typeHTML},
	} {
		response, body, err := get(t, c.URL()+"lab-thing/", "Accept", test.accept)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("Content-Type"); got != test.want || !strings.Contains(string(body), name) {
			t.Errorf("Accept %q: %s\n%s", test.accept, got, body)
		}
	}
}

func TestJSONTellsHashSizeAndMetadata(t *testing.T) {
	c, name, content := serve(t)
	_, body, err := get(t, c.URL()+"lab-thing/", "Accept", typeJSON)
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Versions []string
		Files    []struct {
			Filename       string
			Hashes         map[string]string
			Size           int
			RequiresPython string            `json:"requires-python"`
			CoreMetadata   map[string]string `json:"core-metadata"`
		}
	}
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Files) != 1 || len(page.Versions) != 1 {
		t.Fatalf("%s", body)
	}
	f := page.Files[0]
	if f.Filename != name || f.Hashes["sha256"] != sha256Of(content) || f.Size != len(content) || f.RequiresPython != ">=3.9" {
		t.Errorf("%+v", f)
	}
	_, metadata, err := get(t, c.FileURL(name)+".metadata")
	if err != nil || sha256Of(metadata) != f.CoreMetadata["sha256"] {
		t.Errorf("metadata %q, %v", metadata, err)
	}
}

func TestANameThatIsNotNormalisedIsRedirected(t *testing.T) {
	c, _, _ := serve(t)
	response, _, err := get(t, c.URL()+"Lab_Thing")
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.HasSuffix(response.Request.URL.Path, "/simple/lab-thing/") {
		t.Errorf("%d at %s", response.StatusCode, response.Request.URL)
	}
}

func TestFaults(t *testing.T) {
	c, name, content := serve(t)
	for _, test := range []struct {
		says  string
		fault Fault
		check func(c *Client) error
	}{
		{"a status", Fault{Status: 500}, func(c *Client) error {
			response, _, err := get(t, c.URL()+"lab-thing/")
			return expect(err == nil && response.StatusCode == 500, "%v", err)
		}},
		{"a hidden project is unknown", Fault{Hidden: true}, func(c *Client) error {
			response, _, err := get(t, c.URL()+"lab-thing/")
			return expect(err == nil && response.StatusCode == 404, "%v", err)
		}},
		{"a body cut short", Fault{CutAfter: 10}, func(c *Client) error {
			response, body, err := get(t, c.FileURL(name))
			return expect(errors.Is(err, io.ErrUnexpectedEOF) && len(body) == 10 && response.ContentLength == int64(len(content)), "%d bytes, %v", len(body), err)
		}},
		{"other bytes of the same length", Fault{Corrupt: true}, func(c *Client) error {
			_, body, err := get(t, c.FileURL(name))
			return expect(err == nil && len(body) == len(content) && !bytes.Equal(body, content), "%d bytes, %v", len(body), err)
		}},
		{"a password", Fault{User: "u", Password: "p"}, func(c *Client) error {
			without, _, err := get(t, c.URL()+"lab-thing/")
			if err != nil || without.StatusCode != 401 {
				return fmt.Errorf("without: %v %v", without, err)
			}
			with, _, err := get(t, c.URL()+"lab-thing/", "Authorization", "Basic dTpw")
			return expect(err == nil && with.StatusCode == 200, "with: %v", err)
		}},
		{"a delay", Fault{Delay: 60 * time.Millisecond}, func(c *Client) error {
			began := time.Now()
			_, _, err := get(t, c.FileURL(name))
			return expect(err == nil && time.Since(began) >= 60*time.Millisecond, "%v", err)
		}},
		{"once only", Fault{Status: 503, Times: 1}, func(c *Client) error {
			first, _, _ := get(t, c.FileURL(name))
			second, _, err := get(t, c.FileURL(name))
			return expect(err == nil && first.StatusCode == 503 && second.StatusCode == 200, "%v", err)
		}},
	} {
		t.Run(test.says, func(t *testing.T) {
			scoped := c.Scope(t.Name())
			if err := scoped.Fail("lab-thing", test.fault); err != nil {
				t.Fatal(err)
			}
			if err := test.check(scoped); err != nil {
				t.Error(err)
			}
			if err := scoped.Heal(); err != nil {
				t.Fatal(err)
			}
			if response, body, err := get(t, scoped.FileURL(name)); err != nil || response.StatusCode != 200 || !bytes.Equal(body, content) {
				t.Errorf("after Heal: %v", err)
			}
		})
	}
}

func expect(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("not as expected: "+format, args...)
}

func TestAScopeKeepsItsFilesFaultsAndRequests(t *testing.T) {
	c, _, _ := serve(t)
	one, other := c.Scope("one"), c.Scope("other")
	name, content := wheelOf(t, "lab-more", "2.0")
	if err := one.Add(name, content); err != nil {
		t.Fatal(err)
	}
	if err := one.Fail("*", Fault{Status: 500, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if response, _, _ := get(t, other.URL()+"lab-more/"); response.StatusCode != 404 {
		t.Errorf("the other scope has it: %d", response.StatusCode)
	}
	if response, _, _ := get(t, one.URL()+"lab-more/"); response.StatusCode != 500 {
		t.Errorf("no fault: %d", response.StatusCode)
	}
	if response, body, _ := get(t, one.FileURL(name)); response.StatusCode != 200 || !bytes.Equal(body, content) {
		t.Errorf("not served: %d", response.StatusCode)
	}
	requests, err := one.Requests()
	if err != nil || len(requests) != 2 || requests[0].Status != 500 || requests[1].Path != "/files/"+name {
		t.Errorf("%+v %v", requests, err)
	}
	if err := one.Forget(); err != nil {
		t.Fatal(err)
	}
	if requests, err = one.Requests(); err != nil || len(requests) != 0 {
		t.Errorf("%+v %v", requests, err)
	}
}

func TestAFileThatIsNoDistributionIsRefused(t *testing.T) {
	c, _, _ := serve(t)
	if err := c.Scope("x").Add("thing.txt", []byte("x")); err == nil {
		t.Error("taken")
	}
}
