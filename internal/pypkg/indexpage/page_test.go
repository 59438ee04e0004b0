package indexpage

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/artifact"
)

const jsonPage = `{"meta":{"api-version":"1.1"},"name":"idna","files":[
 {"filename":"idna-3.10-py3-none-any.whl","url":"../../files/idna-3.10-py3-none-any.whl","hashes":{"sha256":"946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3"},"size":70442,"requires-python":">=3.6","upload-time":"2024-09-15T23:59:01.123456Z","yanked":false},
 {"filename":"idna-3.10.tar.gz","url":"https://files.pypi.invalid/idna-3.10.tar.gz#sha256=12F65C9B470ABDA6DC35CF8E63CC574B1C52B11DF2C86030AF0AC09B01B13EA9","hashes":{},"yanked":"broken"},
 {"filename":"../evil.whl","url":"https://files.pypi.invalid/evil.whl","hashes":{}},
 {"filename":"x.whl","url":"javascript:alert(1)","hashes":{}}]}`

const htmlPage = `<!DOCTYPE html><html><head><base href="https://files.pypi.invalid/root/"><title>Links</title></head><body>
<a href="idna-3.10-py3-none-any.whl#sha256=946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3" data-requires-python="&gt;=3.6">idna</a>
<A HREF="https://user:secret@files.pypi.invalid/idna-3.10.tar.gz#sha256=12f65c9b470abda6dc35cf8e63cc574b1c52b11df2c86030af0ac09b01b13ea9" data-yanked>x</A>
<a>no address</a></body></html>`

func TestIndexPagesAreReadInBothForms(t *testing.T) {
	for _, c := range []struct{ kind, body, first, uploaded string }{
		{JSON + "; charset=utf-8", jsonPage, "https://pypi.invalid/files/idna-3.10-py3-none-any.whl", "2024-09-15"},
		{"", jsonPage, "https://pypi.invalid/files/idna-3.10-py3-none-any.whl", "2024-09-15"},
		{"text/html; charset=UTF-8", htmlPage, "https://files.pypi.invalid/root/idna-3.10-py3-none-any.whl", ""},
	} {
		files, err := Parse([]byte(c.body), c.kind, "https://pypi.invalid/simple/idna/")
		if err != nil || len(files) != 2 {
			t.Errorf("%s: %v, %v", c.kind, files, err)
			continue
		}
		if files[0].URL != c.first || files[0].RequiresPython != ">=3.6" || files[0].Yanked || !files[1].Yanked || c.uploaded != files[0].Uploaded {
			t.Errorf("%s: %+v", c.kind, files)
		}
		if files[1].URL != "https://files.pypi.invalid/idna-3.10.tar.gz" || files[1].Hashes["sha256"] != "12f65c9b470abda6dc35cf8e63cc574b1c52b11df2c86030af0ac09b01b13ea9" {
			t.Errorf("%s: %+v", c.kind, files[1])
		}
	}
	for kind, body := range map[string]string{"image/png": "x", JSON: "{", "application/json": `{"meta":{"api-version":"2.0"}}`} {
		if _, err := Parse([]byte(body), kind, "https://pypi.invalid/simple/idna/"); err == nil {
			t.Errorf("%s was accepted", kind)
		}
	}
}

func FuzzParse(fuzz *testing.F) {
	fuzz.Add([]byte(jsonPage), JSON)
	fuzz.Add([]byte(htmlPage), "text/html")
	fuzz.Fuzz(func(t *testing.T, body []byte, kind string) {
		files, err := Parse(body, kind, "https://pypi.invalid/simple/x/")
		if err != nil {
			return
		}
		for _, f := range files {
			if artifact.CheckFilename(f.Filename) != nil || !strings.HasPrefix(f.URL, "http://") && !strings.HasPrefix(f.URL, "https://") {
				t.Fatalf("%+v", f)
			}
		}
	})
}
