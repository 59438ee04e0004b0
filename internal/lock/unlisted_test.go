package lock

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
)

func TestAPackageWithoutListedFilesTakesThoseOfItsVersionThatHaveAHash(t *testing.T) {
	version, err := pep440.Parse("1.16.0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Package{Name: "six", Version: "1.16.0", Parsed: version, Source: Source{Kind: FromIndex}, Unlisted: true}
	if need, names := p.NeedsIndex(); !need || !names {
		t.Errorf("asks the index: %v, %v", need, names)
	}
	hashed := map[string]string{"sha256": strings.Repeat("0", 64)}
	q, err := p.WithIndexFiles([]indexpage.File{
		{Filename: "six-1.16.0-py2.py3-none-any.whl", Hashes: hashed}, {Filename: "six-1.17.0-py2.py3-none-any.whl", Hashes: hashed},
		{Filename: "six-1.16.0.tar.gz", Hashes: map[string]string{"md5": "0"}}, {Filename: "six-1.16.0.exe", Hashes: hashed},
	})
	if err != nil || len(q.Wheels) != 1 || q.Wheels[0].Filename != "six-1.16.0-py2.py3-none-any.whl" || q.Sdist != nil {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := p.WithIndexFiles([]indexpage.File{{Filename: "six-1.16.0.tar.gz"}}); err == nil || !strings.Contains(err.Error(), "the lock lists no files of six 1.16.0, and its index has none with a sha256 hash") {
		t.Errorf("%v", err)
	}
}
