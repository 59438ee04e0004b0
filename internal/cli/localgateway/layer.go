package localgateway

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil/types"
)

// entry is a file of a layer, with the position of its content in the archive.
type entry struct {
	Name   string      `json:"name"`
	Mode   fs.FileMode `json:"mode"`
	Size   int64       `json:"size,omitempty"`
	Link   string      `json:"link,omitempty"`
	Hard   bool        `json:"hard,omitempty"`
	Offset int64       `json:"offset,omitempty"`
	UID    int         `json:"uid,omitempty"`
	GID    int         `json:"gid,omitempty"`
}

// counter counts the bytes that were read. tar.Reader reads exactly a header,
// so the count after a header is the position of the content.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// index lists an archive's files.
func (l *layer) index(r *counter) error {
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			_, err = io.Copy(io.Discard, r)
			return err
		}
		if err != nil {
			return err
		}
		name := clean(h.Name)
		if name == "" {
			continue
		}
		e := entry{Name: name, Mode: h.FileInfo().Mode(), Size: h.Size, Link: h.Linkname, Offset: r.n, UID: h.Uid, GID: h.Gid}
		if h.Typeflag == tar.TypeLink {
			e.Hard, e.Link = true, clean(h.Linkname)
		}
		l.Entries = append(l.Entries, e)
	}
}

// The names by which a layer removes files of lower layers (whiteouts).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// apply applies the layer to a tree. The content of a file is read when it is
// needed.
func (l *layer) apply(t *tree) {
	// A whiteout never removes a file of its own layer, whatever the order of the
	// entries.
	for _, e := range l.Entries {
		dir, base := dirOf(e.Name), path.Base(e.Name)
		if base == opaque {
			t.remove(dir, false)
		} else if hidden, ok := strings.CutPrefix(base, whiteout); ok {
			t.remove(path.Join(dir, hidden), true)
		}
	}
	for _, e := range l.Entries {
		if strings.HasPrefix(path.Base(e.Name), whiteout) {
			continue
		}
		if e.Hard {
			if other := t.nodes[e.Link]; other != nil {
				t.add(e.Name, other)
			}
			continue
		}
		n := &node{stat: types.Stat{Mode: uint32(e.Mode), Size: e.Size, Linkname: e.Link, Uid: uint32(e.UID), Gid: uint32(e.GID)}}
		if e.Mode.IsRegular() {
			n.open = func() (io.ReadCloser, error) { return l.open(e) }
		}
		if old := t.nodes[e.Name]; old != nil && old.isDir() && !n.isDir() {
			t.remove(e.Name, true)
		}
		t.add(e.Name, n)
	}
}

// section is a part of a file.
type section struct {
	*io.SectionReader
	io.Closer
}

func (l *layer) open(e entry) (io.ReadCloser, error) {
	f, err := os.Open(l.archive)
	if err != nil {
		return nil, err
	}
	return section{io.NewSectionReader(f, e.Offset, e.Size), f}, nil
}

// listEnding ends the file name of a layer's list of files. Change it together
// with the format of the list, because newer releases use the same cache.
const listEnding = ".2.json"

// layer is an unpacked layer on disk with the list of its files.
type layer struct {
	archive string
	Entries []entry `json:"entries"`
}

// layer fetches and unpacks a layer, unless it is in the cache.
func (i *Images) layer(ctx context.Context, fetcher remotes.Fetcher, desc ocispecs.Descriptor) (*layer, error) {
	// The digest becomes the name of a file.
	if err := desc.Digest.Validate(); err != nil {
		return nil, err
	}
	base := filepath.Join(i.layers, desc.Digest.Encoded())
	l := &layer{archive: base + ".tar"}
	if dt, err := os.ReadFile(base + listEnding); err == nil && json.Unmarshal(dt, l) == nil {
		return l, nil
	}
	r, err := fetcher.Fetch(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out, err := os.CreateTemp(i.layers, "layer-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	verifier := desc.Digest.Verifier()
	compressed := io.TeeReader(r, verifier)
	plain, err := compression.DecompressStream(compressed)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	if err := l.index(&counter{r: io.TeeReader(plain, w)}); err != nil {
		return nil, err
	}
	// The digest also covers the bytes after the archive's end.
	if _, err := io.Copy(io.Discard, compressed); err != nil {
		return nil, err
	}
	if !verifier.Verified() {
		return nil, errors.New("the answer of the registry has another digest")
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	if err := os.Rename(out.Name(), l.archive); err != nil {
		return nil, err
	}
	dt, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	// A temporary file is renamed, because an image may have a layer twice and
	// other programs may read it now.
	list, err := os.CreateTemp(i.layers, "list-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(list.Name())
	_, err = list.Write(dt)
	if err = errors.Join(err, list.Close()); err != nil {
		return nil, err
	}
	return l, os.Rename(list.Name(), base+listEnding)
}
