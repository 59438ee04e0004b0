package lock

import (
	"strings"
	"testing"
)

const jsonPage = `{"meta":{"api-version":"1.1"},"name":"idna","files":[
 {"filename":"idna-3.10-py3-none-any.whl","url":"../../files/idna-3.10-py3-none-any.whl","hashes":{"sha256":"946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3"},"size":70442,"requires-python":">=3.6","yanked":false},
 {"filename":"idna-3.10.tar.gz","url":"https://files.pypi.invalid/idna-3.10.tar.gz#sha256=12F65C9B470ABDA6DC35CF8E63CC574B1C52B11DF2C86030AF0AC09B01B13EA9","hashes":{},"yanked":"broken"},
 {"filename":"../evil.whl","url":"https://files.pypi.invalid/evil.whl","hashes":{}},
 {"filename":"x.whl","url":"javascript:alert(1)","hashes":{}}]}`

const htmlPage = `<!DOCTYPE html><html><head><base href="https://files.pypi.invalid/root/"><title>Links</title></head><body>
<a href="idna-3.10-py3-none-any.whl#sha256=946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3" data-requires-python="&gt;=3.6">idna</a>
<A HREF="https://user:secret@files.pypi.invalid/idna-3.10.tar.gz#sha256=12f65c9b470abda6dc35cf8e63cc574b1c52b11df2c86030af0ac09b01b13ea9" data-yanked>x</A>
<a>no address</a></body></html>`

func TestIndexPagesAreReadInBothForms(t *testing.T) {
	for _, c := range []struct{ kind, body, first string }{
		{JSONPage + "; charset=utf-8", jsonPage, "https://pypi.invalid/files/idna-3.10-py3-none-any.whl"},
		{"", jsonPage, "https://pypi.invalid/files/idna-3.10-py3-none-any.whl"},
		{"text/html; charset=UTF-8", htmlPage, "https://files.pypi.invalid/root/idna-3.10-py3-none-any.whl"},
	} {
		links, err := ParseIndexPage([]byte(c.body), c.kind, "https://pypi.invalid/simple/idna/")
		if err != nil || len(links) != 2 {
			t.Errorf("%s: %v, %v", c.kind, links, err)
			continue
		}
		if links[0].URL != c.first || links[0].RequiresPython != ">=3.6" || links[0].Yanked || !links[1].Yanked {
			t.Errorf("%s: %+v", c.kind, links)
		}
		if links[1].URL != "https://files.pypi.invalid/idna-3.10.tar.gz" || links[1].Digest() != "sha256:12f65c9b470abda6dc35cf8e63cc574b1c52b11df2c86030af0ac09b01b13ea9" {
			t.Errorf("%s: %+v", c.kind, links[1])
		}
	}
	for kind, body := range map[string]string{"image/png": "x", JSONPage: "{", "application/json": `{"meta":{"api-version":"2.0"}}`} {
		if _, err := ParseIndexPage([]byte(body), kind, "https://pypi.invalid/simple/idna/"); err == nil {
			t.Errorf("%s was accepted", kind)
		}
	}
}

func TestLinksAreMatchedByHash(t *testing.T) {
	links, err := ParseIndexPage([]byte(jsonPage), JSONPage, "https://pypi.invalid/simple/idna/")
	if err != nil {
		t.Fatal(err)
	}
	hash := links[0].Digest()
	nameless := &Package{Name: "idna", Version: "3.10", Source: Source{Kind: FromIndex}, Hashes: []string{"sha256:" + strings.Repeat("0", 64), hash}}
	got, err := nameless.WithLinks(links)
	if err != nil || len(got.Wheels) != 1 || got.Sdist != nil || got.Wheels[0].Filename != "idna-3.10-py3-none-any.whl" {
		t.Errorf("%+v, %v", got, err)
	}
	if len(nameless.Wheels) != 0 {
		t.Error("the package itself was changed")
	}
	if _, err := nameless.Choose(supported(13, "x86_64", bookworm)); err == nil {
		t.Error("a file was chosen before its name was known")
	}
	nameless.Hashes = nameless.Hashes[:1]
	if _, err := nameless.WithLinks(links); err == nil || !strings.Contains(err.Error(), "none of the 1 locked hashes") {
		t.Errorf("got %v", err)
	}
	named := &Package{Name: "idna", Version: "3.10", Source: Source{Kind: FromIndex}, Wheels: []Artifact{
		{Filename: "idna-3.10-py3-none-any.whl", Hashes: map[string]string{"sha256": strings.TrimPrefix(hash, "sha256:")}},
		{Filename: "idna-3.10-py3-none-any.whl", Hashes: map[string]string{"sha256": strings.Repeat("0", 64)}},
	}}
	if got, err = named.WithLinks(links); err != nil || got.Wheels[0].URL != links[0].URL || got.Wheels[0].Size != 70442 || got.Wheels[1].URL != "" {
		t.Errorf("%+v, %v", got.Wheels, err)
	}
}

func FuzzParseIndexPage(f *testing.F) {
	f.Add([]byte(jsonPage), JSONPage)
	f.Add([]byte(htmlPage), "text/html")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		links, err := ParseIndexPage(body, kind, "https://pypi.invalid/simple/x/")
		if err != nil {
			return
		}
		for _, l := range links {
			if checkFilename(l.Filename) != nil || checkURL(l.URL) != nil {
				t.Fatalf("%+v", l)
			}
		}
	})
}
