package project

import (
	"bytes"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// scriptOpen and scriptClose are the lines around the metadata of a script
// (inline script metadata, PEP 723).
const (
	scriptOpen  = "# /// script"
	scriptClose = "# ///"
)

// scriptMetadata returns the metadata of a script as a TOML document whose lines
// and columns are those of the script: all else becomes blanks. ok is false if
// the file is no script with metadata.
func scriptMetadata(file *source.File) (document *source.File, ok bool, err error) {
	if path.Ext(file.Name) != ".py" {
		return nil, false, nil
	}
	var lines [][]byte
	for line := range bytes.Lines(file.Data) {
		lines = append(lines, line)
	}
	text := func(n int) string { return strings.TrimRight(string(lines[n]), " \t\r\n") }
	first, last := -1, -1
	for n := 0; n < len(lines); n++ {
		if text(n) != scriptOpen {
			continue
		}
		end := -1
		for m := n + 1; m < len(lines) && bytes.HasPrefix(lines[m], []byte("#")); m++ {
			if text(m) == scriptClose {
				end = m // the last one counts: the content may have such a line, too
			}
		}
		switch {
		case end < 0:
			return nil, false, source.Errorf(source.Pos{File: file, Line: n + 1, Col: 1}, "the metadata of the script has no end").
				WithHint("write the line %s after it", scriptClose)
		case first >= 0:
			return nil, false, source.Errorf(source.Pos{File: file, Line: n + 1, Col: 1}, "the script has metadata twice, the first at line %d", first+1)
		}
		first, last = n, end
		n = end
	}
	if first < 0 {
		return nil, false, nil
	}
	var out bytes.Buffer
	for n, line := range lines {
		if n > first && n < last {
			rest, blank := bytes.CutPrefix(line, []byte("# "))
			if !blank && strings.TrimSpace(string(line)) != "#" {
				return nil, false, source.Errorf(source.Pos{File: file, Line: n + 1, Col: 1}, `a line of the script's metadata begins with "# "`)
			}
			if blank {
				out.WriteString("  ")
				out.Write(rest)
				continue
			}
		}
		out.WriteByte('\n')
	}
	return &source.File{Name: file.Name, Data: out.Bytes()}, true, nil
}

// script reads the metadata of a script: its requirements, its Python, and the
// tables of tools. The image has this file alone, and runs it.
func (r *reader) script(root *toml.Node) {
	var t struct {
		RequiresPython source.At[string]    `toml:"requires-python"`
		Dependencies   *[]source.At[string] `toml:"dependencies"`
	}
	r.fail(toml.Decode(root, &t, toml.AllowUnknown()))
	p := r.p
	p.Origin, p.staticDependencies = OriginStandard, true
	r.requiresPython(t.RequiresPython)
	if t.Dependencies != nil {
		p.Dependencies = r.requirements(*t.Dependencies)
	}
	if n := root.Get("tool", "uv"); n != nil {
		r.uv(n, p.Dir)
	}
	s := &p.Settings
	name := path.Base(p.File.Name)
	if s.App.Include == nil {
		s.App.Include = []source.At[string]{{V: name}}
	}
	if s.Cmd == nil && s.Entrypoint == nil {
		if s.Workdir != nil {
			name = path.Join(p.AppDir(), name)
		}
		s.Cmd = &Argv{Pos: s.Pos, Args: []source.At[string]{{V: "python"}, {V: name}}}
	}
}
