package lock

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func readRequirementText(text string, files map[string]string) (*Lock, error) {
	return Read(&source.File{Name: "app/requirements.txt", Data: []byte(text)}, Options{
		Open: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
	})
}

func TestARequirementFileWithPinsAndHashesIsALock(t *testing.T) {
	l, err := readRequirementText("\uFEFF"+`# a comment
--index-url https://${INDEX}.invalid/simple  # which index
--only-binary=:all: --no-binary idna
-r more/base.txt
-c constraints.txt
Idna[All]==3.10 ; python_version >= "3.8" \
    --hash=sha256:`+sha+` \
    --hash sha512:`+sha+sha+` \
    # a comment ends what goes on
six @ https://x.invalid/six-1.16.0-py2.py3-none-any.whl#sha256=`+sha+`
https://x.invalid/attrs-23.1.0-py3-none-any.whl --hash=sha256:`+sha+"\r\n", map[string]string{
		"app/more/base.txt":   "-r nested.txt\n",
		"app/more/nested.txt": "h11===0.16.0 --hash=sha256:" + sha + "\n-r base.txt\n",
		"app/constraints.txt": "idna>=3\nsix<2 # no hash needed\n-e ./x\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := Select(l, Selection{}, linux("3.12.1", "x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	if got := pins(chosen); got != "attrs h11==0.16.0 idna==3.10 six" {
		t.Errorf("got %s", got)
	}
	idna := chosen[2]
	if idna.Pos.Line != 6 || idna.Pos.EndLine != 9 || len(idna.Hashes) != 2 || strings.Join(idna.Extras, " ") != "all" || !idna.NoWheel || idna.NoSdist {
		t.Errorf("%+v %v", idna.Package, idna.Pos)
	}
	if six := chosen[3]; six.Source.Kind != FromURL || six.Wheels[0].Digest() != "sha256:"+sha || !six.NoSdist {
		t.Errorf("%+v", six.Package)
	}
	if len(l.Indexes) != 1 || l.Indexes[0].URL != "https://${INDEX}.invalid/simple" {
		t.Errorf("%+v", l.Indexes)
	}
	if len(l.Files) != 3 || chosen[1].Pos.File.Name != "app/more/nested.txt" {
		t.Errorf("%+v", l.Files)
	}
}

func TestARequirementFileThatIsNoLockSaysSo(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"idna\n", "app/requirements.txt:1:1: idna is not pinned"},
		{"idna>=3\n", "idna is not pinned"},
		{"idna==3.*\n", "idna is not pinned"},
		{"\nidna==3.10\n", "app/requirements.txt:2:1: idna==3.10 has no --hash"},
		{"-e .\n", `"-e ." is editable`},
		{"-e ./x ; os_name == 'a'\n", "is editable"},
		{"./x\n", "is a path"},
		{"x @ git+https://x.invalid/r@v1\n", "comes from a repository"},
		{"x @ https://x.invalid/x-1.zip\n", "comes from a URL and has no --hash"},
		{"-r https://x.invalid/r.txt\n", "is included from a URL"},
		{"", "asks for nothing"},
	} {
		_, err := readRequirementText(c.text, nil)
		if !errors.Is(err, ErrNotLocked) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
	hashed := " --hash=sha256:" + sha + "\n"
	for _, c := range []struct{ text, want string }{
		{"-r missing.txt\n", "cannot read app/missing.txt"},
		{"-r ../../etc/passwd\n", "is outside the build context"},
		{"idna==3.10 --hash=sha256:12\n", "is not a sha256 digest"},
		{"idna==3.10 --frobnicate=1\n", `unknown option "--frobnicate"`},
		{"--frobnicate\n", `unknown option "--frobnicate"`},
		{"idna==3.10,<3" + hashed, "which no version satisfies"},
		{"idna=3.10" + hashed, "column 5"},
		{"idna==3.10 --hash='x\n", "cannot be read"},
		{"-c c.txt\nidna==3.10" + hashed, "does not satisfy the constraint <3 (app/c.txt:1:1)"},
		{"\xff\n", "requirements.txt is not UTF-8"},
	} {
		_, err := readRequirementText(c.text, map[string]string{"app/c.txt": "idna<3"})
		if err == nil || errors.Is(err, ErrNotLocked) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestUTF16WithItsMarkIsRead(t *testing.T) {
	text := "\xff\xfe"
	for _, c := range "a==1 --hash=sha256:" + sha {
		text += string([]byte{byte(c), 0})
	}
	if l, err := readRequirementText(text, nil); err != nil || l.Packages[0].Name != "a" {
		t.Errorf("%v, %v", l, err)
	}
}

func TestMessagesDoNotTellPasswords(t *testing.T) {
	for _, text := range []string{
		"a @ https://me:pa/ss@example.com/a.whl --hash=sha256:" + sha,
		"https://me:pa/ss@example.com/a-1-py3-none-any.whl --hash=sha256:" + sha,
		"-r https://me:pa/ss@example.com/requirements.txt",
		"-e git+https://me:pa/ss@example.com/a.git",
		"a @ https://me:pa/ss@example.com/a.whl; os_name =",
		"https://me:pa/ss@example.com/simple",
	} {
		_, err := Read(&source.File{Name: "requirements.txt", Data: []byte(text)}, Options{})
		if err == nil || strings.Contains(err.Error(), "pa/ss") || strings.Contains(err.Error(), "me:") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
