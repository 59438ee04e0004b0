package lock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

func TestAPackageGetsTheSetuptoolsThatALockLeavesOut(t *testing.T) {
	hash := strings.Repeat("0", 64)
	poetry := func(names ...string) string {
		packages, files := "", ""
		for _, n := range names {
			name, version, _ := strings.Cut(n, "==")
			packages += fmt.Sprintf("[[package]]\nname = %q\nversion = %q\ncategory = \"main\"\noptional = false\npython-versions = \"*\"\n\n", name, version)
			files += fmt.Sprintf("%s = [\n    {file = \"%s-%s-py3-none-any.whl\", hash = \"sha256:%s\"},\n]\n", name, name, version, hash)
		}
		return packages + "[metadata]\nlock-version = \"1.1\"\npython-versions = \"^3.9\"\ncontent-hash = \"" + hash + "\"\n\n[metadata.files]\n" + files
	}
	requirements := func(names ...string) string {
		text := ""
		for _, n := range names {
			text += n + " --hash=sha256:" + hash + "\n"
		}
		return text
	}
	for _, test := range []struct {
		name, file, content, python string
		want                        bool
	}{
		{"Poetry", "poetry.lock", poetry("gunicorn==20.1.0"), "3.11.4", true},
		{"Poetry, a newer gunicorn", "poetry.lock", poetry("gunicorn==21.2.0"), "3.11.4", false},
		{"Poetry, Python 3.12", "poetry.lock", poetry("gunicorn==20.1.0"), "3.12.1", false},
		{"Poetry, locked with it", "poetry.lock", poetry("gunicorn==20.1.0", "setuptools==65.0.0"), "3.11.4", false},
		{"requirements", "requirements.txt", requirements("gunicorn==19.9.0"), "3.9.1", true},
		{"requirements, locked with it", "requirements.txt", requirements("gunicorn==19.9.0", "setuptools==65.0.0"), "3.9.1", false},
		{"requirements without gunicorn", "requirements.txt", requirements("six==1.16.0"), "3.9.1", false},
	} {
		l, err := Read(&source.File{Name: test.file, Data: []byte(test.content)}, Options{})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		gunicorn, err := pep508.ParseRequirement("gunicorn")
		if err != nil {
			t.Fatal(err)
		}
		sel := Selection{Project: &Project{Main: []Requirement{{Requirement: gunicorn}}}}
		chosen, err := Select(l, sel, linux(test.python, "x86_64"))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		got := false
		for _, c := range chosen {
			if c.Name == "setuptools" && c.Version == setuptoolsVersion {
				got = true
				if _, names := c.NeedsIndex(); names != (test.file == "requirements.txt") {
					t.Errorf("%s: the names of its files are asked for: %v", test.name, names)
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: setuptools is %v, want %v", test.name, got, test.want)
		}
	}
}

func TestSetuptoolsIsWrittenAtTheFirstPackageThatImportsIt(t *testing.T) {
	text := ""
	for _, name := range []string{"six==1.16.0", "gunicorn==19.9.0", "coreapi==2.3.3", "web3==5.31.4", "razorpay==1.4.1"} {
		text += name + " --hash=sha256:" + strings.Repeat("0", 64) + "\n"
	}
	for range 30 {
		l, err := Read(&source.File{Name: "requirements.txt", Data: []byte(text)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		chosen, err := Select(l, Selection{Project: &Project{}}, linux("3.9.1", "x86_64"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chosen {
			if c.Name == "setuptools" && c.Pos.Line != 2 {
				t.Fatalf("it is at line %d", c.Pos.Line)
			}
		}
		if len(chosen) != 6 {
			t.Fatalf("%d packages", len(chosen))
		}
	}
}
