package start

import (
	"path"
	"strings"
)

// places are the paths of the project's modules, without the suffix, and of the
// folders above them. Sources have many imports, and few of them are the project's.
type places struct {
	modules, folders map[string]bool
	buffer           []byte
}

// places are those of the project, which are found once.
func (f *finder) places() *places {
	if f.found != nil {
		return f.found
	}
	p := &places{modules: map[string]bool{}, folders: map[string]bool{}}
	for _, s := range f.all {
		at := f.modulePath(s.Name)
		p.modules[at] = true
		for dir := path.Dir(at); !p.folders[dir]; dir = path.Dir(dir) {
			p.folders[dir] = true
		}
	}
	f.found = p
	return p
}

// foldersAbove are the folder of a file and those above it, the nearest first.
func foldersAbove(file string) []string {
	all := []string{path.Dir(file)}
	for all[len(all)-1] != "." {
		all = append(all, path.Dir(all[len(all)-1]))
	}
	return all
}

// reached gives the paths of the modules and the folders of the project that a file
// imports by a name or by a part of it. folders are those above the file: the working directory may be each
// of them. The time is that of the name, whatever the project has.
func (p *places) reached(folders []string, imported string, give func(at string)) {
	rest := strings.TrimLeft(imported, ".")
	if dots := len(imported) - len(rest); dots > 0 {
		n := min(dots-1, len(folders)-1)
		folders = folders[n : n+1]
	}
	for _, above := range folders {
		p.buffer = p.buffer[:0]
		if above != "." {
			p.buffer = append(p.buffer, above...)
		}
		for left, more := rest, rest != ""; more; {
			var part string
			part, left, more = strings.Cut(left, ".")
			if len(p.buffer) > 0 {
				p.buffer = append(p.buffer, '/')
			}
			p.buffer = append(p.buffer, part...)
			folder := p.folders[string(p.buffer)]
			if folder || p.modules[string(p.buffer)] {
				give(string(p.buffer))
			}
			if !folder {
				break
			}
		}
	}
}
