package build

import (
	"errors"
	"io/fs"
	"os"

	"github.com/moult-build/moult/internal/step/accounts"
)

// tree is the root file system of an image, mounted in a folder.
type tree string

// path returns the path of a file of the image, with its symbolic links
// followed inside the image. The file need not exist.
func (t tree) path(name string) (string, error) { return rootPath(string(t), name) }

func (t tree) readFile(name string) ([]byte, error) {
	p, err := t.path(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // to read a pipe waits
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is no regular file")}
	}
	return os.ReadFile(p)
}

// accounts reads the accounts of the image. A missing file is empty.
func (t tree) accounts() (accounts.Files, error) {
	var a accounts.Files
	for _, f := range []struct {
		name string
		text *string
	}{{"/etc/passwd", &a.Passwd}, {"/etc/group", &a.Group}, {"/etc/shadow", &a.Shadow}} {
		content, err := t.readFile(f.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return a, err
		}
		*f.text = string(content)
		if f.name == "/etc/shadow" {
			a.HasShadow = true
		}
	}
	return a, nil
}
