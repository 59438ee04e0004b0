package lock

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// WritePylock gives a lock as a pylock.toml (PEP 751, format version 1.0),
// the same bytes for the same lock. What other formats know beyond it, such
// as a graph of dependencies, is not written. Reading the bytes gives the same
// packages again.
//
// An error names the package that the format cannot hold: one without any
// file, or with a file that has no hash or no address.
func WritePylock(l *Lock, comments ...string) ([]byte, error) {
	w := &pylockWriter{}
	for _, c := range comments {
		w.line("# %s", c)
	}
	w.line(`lock-version = "1.0"`)
	if len(l.Environments) > 0 {
		var all []string
		for _, e := range l.Environments {
			all = append(all, e.Marker.String())
		}
		w.line("environments = %s", quoteAll(all))
	}
	if !l.RequiresPython.IsEmpty() {
		w.line("requires-python = %s", quote(l.RequiresPython.String()))
	}
	for _, list := range []struct {
		key   string
		names []string
	}{{"extras", l.Extras}, {"dependency-groups", l.Groups}, {"default-groups", l.DefaultGroups}} {
		if len(list.names) > 0 {
			w.line("%s = %s", list.key, quoteAll(list.names))
		}
	}
	w.line("created-by = %s", quote(cmp.Or(l.Tool, createdBy)))
	if len(l.Packages) == 0 {
		w.line("packages = []")
	}
	for _, p := range l.Packages {
		w.line("")
		w.pkg(p)
	}
	return w.out.Bytes(), w.err
}

// createdBy is what a lock says of the tool that wrote it, where that is Moult.
const createdBy = "moult"

// pylockWriter keeps the first error.
type pylockWriter struct {
	out bytes.Buffer
	err error
}

func (w *pylockWriter) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

func (w *pylockWriter) fail(p *Package, format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("%s cannot be written to pylock.toml: %s", describe(p.Name, p.Version), fmt.Sprintf(format, args...))
	}
}

func (w *pylockWriter) pkg(p *Package) {
	w.line("[[packages]]")
	w.line("name = %s", quote(p.Name))
	if p.Version != "" {
		w.line("version = %s", quote(p.Version))
	}
	if p.Marker != nil {
		w.line("marker = %s", quote(p.Marker.String()))
	}
	if !p.RequiresPython.IsEmpty() {
		w.line("requires-python = %s", quote(p.RequiresPython.String()))
	}
	s := p.Source
	var t table
	switch s.Kind {
	case FromGit:
		t.add("type", cmp.Or(s.VCS, "git"))
		t.add("url", s.URL)
		if s.URL == "" {
			t.add("path", s.Path)
		}
		t.add("requested-revision", s.Requested)
		t.add("commit-id", s.Commit)
		t.add("subdirectory", s.Subdirectory)
		if s.Commit == "" {
			w.fail(p, "its commit is not known")
		}
		w.line("vcs = %s", t)
	case FromDirectory:
		t.add("path", cmp.Or(s.Path, "."))
		t.add("subdirectory", s.Subdirectory)
		w.line("directory = %s", t)
	case FromURL, FromFile:
		files := slices.Clone(p.Wheels)
		if p.Sdist != nil {
			files = append(files, *p.Sdist)
		}
		if len(files) != 1 {
			w.fail(p, "it has %d files and not one", len(files))
			return
		}
		a := files[0]
		a.Filename = "" // an archive has no name of its own
		w.line("archive = %s", w.file(p, a, s.Subdirectory))
	default:
		if s.Index != "" && !s.IndexIsPath {
			w.line("index = %s", quote(s.Index))
		}
		if p.Sdist == nil && len(p.Wheels) == 0 {
			w.fail(p, "it has no files")
		}
		if p.Sdist != nil {
			w.line("sdist = %s", w.file(p, *p.Sdist, ""))
		}
		if len(p.Wheels) > 0 {
			w.line("wheels = [")
			for _, a := range p.Wheels {
				w.line("    %s,", w.file(p, a, ""))
			}
			w.line("]")
		}
	}
}

func (w *pylockWriter) file(p *Package, a Artifact, subdirectory string) table {
	if a.URL == "" && a.Path == "" {
		w.fail(p, "it is not known where %s is", a.Filename)
	}
	if len(a.Hashes) == 0 {
		w.fail(p, "%s has no hash", cmp.Or(a.Filename, a.URL, a.Path))
	}
	var t, hashes table
	t.add("name", a.Filename)
	t.add("url", a.URL)
	if a.URL == "" {
		t.add("path", a.Path)
	}
	if a.Size > 0 {
		t = append(t, fmt.Sprintf("size = %d", a.Size))
	}
	for _, algorithm := range slices.Sorted(maps.Keys(a.Hashes)) {
		hashes.add(algorithm, a.Hashes[algorithm])
	}
	t = append(t, "hashes = "+hashes.String())
	t.add("subdirectory", subdirectory)
	return t
}

// table is an inline table; empty strings are left out.
type table []string

func (t *table) add(key, value string) {
	if value != "" {
		*t = append(*t, key+" = "+quote(value))
	}
}

// String gives the table in TOML.
func (t table) String() string { return "{ " + strings.Join(t, ", ") + " }" }

func quoteAll(all []string) string {
	quoted := make([]string, len(all))
	for n, s := range all {
		quoted[n] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quote gives a string of TOML 1.0: a literal one where that saves escapes, as
// in markers, else a basic one. Bytes that are no UTF-8 are replaced, as TOML
// has none.
func quote(s string) string {
	special := func(r rune) bool { return r < ' ' || r == 0x7f || r == '\'' || r == '\uFFFD' }
	if strings.ContainsAny(s, `"\`) && !strings.ContainsFunc(s, special) {
		return "'" + s + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
