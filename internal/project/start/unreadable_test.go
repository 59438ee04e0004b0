package start

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

// broken is a context in which one file or the list of sources cannot be read,
// once or always.
type broken struct {
	Files
	name  string
	times int
}

var errBroken = errors.New("input/output error")

func (b *broken) fails(name string) bool {
	if name != b.name || b.times == 0 {
		return false
	}
	b.times--
	return true
}

func (b *broken) ReadFile(name string) ([]byte, error) {
	if b.fails(name) {
		return nil, errBroken
	}
	return b.Files.ReadFile(name)
}

func (b *broken) Sources(dir string) ([]Source, error) {
	if b.fails(dir) {
		return nil, errBroken
	}
	return b.Files.Sources(dir)
}

func TestAContextThatCannotBeReadIsNotOneWithoutTheFile(t *testing.T) {
	const head = "[project]\nname = \"shop\"\nversion = \"1\"\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- main.py --\nprint(1)\n"
	for _, name := range []string{".", "main.py"} {
		for _, times := range []int{1, 100} {
			files := tree(head)
			p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := Command(Input{
				Project: p, Files: &broken{FS(files), name, times}, Has: Installed(nil),
				Copied: func(name string) bool { return path.Base(name) != "main.py" }, Copyable: func(string) bool { return true },
			})
			if !errors.Is(err, errBroken) {
				t.Errorf("%s, %d times: %q, %v", name, times, c.Cmd, err)
			}
		}
	}
	for _, name := range []string{"shop/__init__.py", "src/shop/__init__.py", "."} {
		files := tree(head + "-- src/shop/__init__.py --\n")
		p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wanted := errBroken
		if name == "." {
			wanted = nil // the module is found before the list is asked for
		}
		if unpackaged, err := Unpackaged(p, &broken{FS(files), name, 1}); !errors.Is(err, wanted) || unpackaged {
			t.Errorf("%s: %v, %v", name, unpackaged, err)
		}
	}
}

// unknown is a file system whose files cannot be described.
type unknown struct{ fs.FS }

func (u unknown) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(u.FS, name)
	for n, e := range all {
		if strings.HasSuffix(e.Name(), ".py") {
			all[n] = undescribed{e}
		}
	}
	return all, err
}

type undescribed struct{ fs.DirEntry }

func (undescribed) Info() (fs.FileInfo, error) { return nil, errBroken }

func TestASourceThatCannotBeDescribedIsAnError(t *testing.T) {
	if _, err := FS(unknown{tree("-- main.py --\n")}).Sources("."); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}
