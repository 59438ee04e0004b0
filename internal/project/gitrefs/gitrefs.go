// Package gitrefs finds the tags of a repository and the commit that is checked
// out. It reads only the few files of a .git folder that name commits. It reads
// no history, because the client has to send every file that is read, and a
// history may be larger than the project.
//
// internal/pipeline derives the version of a package from the result.
package gitrefs

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"path"
	"slices"
	"strings"
)

// Repository is the result of Read.
type Repository struct {
	// Head is the commit that is checked out; "" if that is not known.
	Head string
	// Tags are the tags, by name.
	Tags []Tag
}

// Tag is a tag.
type Tag struct {
	Name string
	// Commit is the tagged commit; "" for an annotated tag whose object is in a
	// pack, which is not read.
	Commit string
}

// Loader returns the content of files: of those that it is asked for, and of
// all files below folders that it is asked for. It omits what does not exist.
type Loader func(names ...string) (map[string][]byte, error)

// Read reads the repository whose .git folder is in dir; nil if there is none.
func Read(dir string, load Loader) (*Repository, error) {
	git := path.Join(dir, ".git")
	head, packed, tags := path.Join(git, "HEAD"), path.Join(git, "packed-refs"), path.Join(git, "refs/tags")
	files, err := load(head, packed, tags)
	if err != nil || files[head] == nil {
		return nil, err
	}
	refs := readPacked(files[packed])
	for name, content := range files {
		if tag, ok := strings.CutPrefix(name, tags+"/"); ok {
			refs["refs/tags/"+tag] = ref{id: line(content)}
		}
	}
	r := &Repository{Head: line(files[head])}
	var more []string
	branch, onBranch := strings.CutPrefix(r.Head, "ref: ")
	if onBranch = onBranch && isRef(branch); onBranch {
		r.Head = refs[branch].id
		more = append(more, path.Join(git, branch))
	}
	for name, ref := range refs {
		if strings.HasPrefix(name, "refs/tags/") && !ref.peeled && isID(ref.id) {
			more = append(more, object(git, ref.id))
		}
	}
	slices.Sort(more)
	if files, err = load(slices.Compact(more)...); err != nil {
		return nil, err
	}
	if content := files[path.Join(git, branch)]; onBranch && content != nil {
		r.Head = line(content)
	}
	if !isID(r.Head) {
		r.Head = ""
	}
	for name, ref := range refs {
		if tag, ok := strings.CutPrefix(name, "refs/tags/"); ok && isID(ref.id) {
			r.Tags = append(r.Tags, Tag{Name: tag, Commit: ref.commit(r.Head, files[object(git, ref.id)])})
		}
	}
	slices.SortFunc(r.Tags, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

// ref is the target of a reference: a commit, or the object of an annotated
// tag.
type ref struct {
	id string
	// peeled is true if id is certainly that of a commit.
	peeled bool
}

// commit returns the commit of a reference; "" if it is not known. content is
// the file of its object, or nil.
func (r ref) commit(head string, content []byte) string {
	if r.peeled || r.id == head {
		return r.id
	}
	kind, body, ok := inflate(content)
	switch {
	case !ok:
		return ""
	case kind == "tag":
		if id, ok := strings.CutPrefix(line(body), "object "); ok && isID(id) {
			return id
		}
		return ""
	default:
		return r.id
	}
}

// readPacked reads packed-refs. A line "^id" has the commit of the annotated
// tag in the line before it. A file with the word "fully-peeled" has such a
// line for each annotated tag.
func readPacked(content []byte) map[string]ref {
	refs := map[string]ref{}
	last, full := "", false
	for text := range strings.Lines(string(content)) {
		text = strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(text, "#"):
			full = full || strings.Contains(text, " fully-peeled")
		case strings.HasPrefix(text, "^"):
			if last != "" {
				refs[last] = ref{id: text[1:], peeled: true}
			}
		default:
			id, name, ok := strings.Cut(text, " ")
			if last = ""; ok {
				last, refs[name] = name, ref{id: id, peeled: full}
			}
		}
	}
	return refs
}

// object is the file of an object that is not in a pack.
func object(git, id string) string { return path.Join(git, "objects", id[:2], id[2:]) }

// maxObject is the number of bytes that are read of an object.
const maxObject = 4 << 10

// inflate reads the beginning of an object's file: "tag 123\x00object ...".
func inflate(content []byte) (kind string, body []byte, ok bool) {
	z, err := zlib.NewReader(bytes.NewReader(content))
	if err != nil {
		return "", nil, false
	}
	text, err := io.ReadAll(io.LimitReader(z, maxObject))
	if err != nil {
		return "", nil, false
	}
	header, body, ok := bytes.Cut(text, []byte{0})
	kind, _, _ = strings.Cut(string(header), " ")
	return kind, body, ok
}

// line is the first line of a file.
func line(content []byte) string {
	text, _, _ := strings.Cut(string(content), "\n")
	return strings.TrimSpace(text)
}

// isID reports whether a text is an object's id, by SHA-1 or SHA-256.
func isID(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && (len(text) == 40 || len(text) == 64)
}

// isRef reports whether a text is the name of a reference that is a path below
// .git.
func isRef(name string) bool {
	return strings.HasPrefix(name, "refs/") && path.Clean(name) == name && !strings.ContainsAny(name, `*?[\`)
}
