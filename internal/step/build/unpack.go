package build

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/moult-build/moult/internal/step/whiteout"
)

// Unpack unpacks an archive: a tar file, plain or compressed by gzip, xz,
// zstd or bzip2, or a zip file. The first bytes decide the format. The
// archive is not trusted: all files are written below Out, links are never
// followed, devices are refused, and the unpacked size is limited.
type Unpack struct {
	Archive, Out string
	// Strip is the number of leading folders that are removed from paths;
	// entries with fewer folders are skipped.
	Strip int
	// Epoch is the time of all files in Unix seconds.
	Epoch int64
}

// Limits of an archive: the number of entries, and the unpacked bytes for
// each byte of the archive. A small archive may always have leastUnpacked
// bytes.
const (
	maxEntries    = 2_000_000
	maxRatio      = 250
	leastUnpacked = 1 << 30
)

// Make unpacks the archive.
func (u Unpack) Make(ctx context.Context) error {
	f, err := os.Open(u.Archive)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(u.Out, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(u.Out)
	if err != nil {
		return err
	}
	defer root.Close()
	t := &unpacking{ctx: ctx, root: root, strip: u.Strip, remaining: max(leastUnpacked, maxRatio*info.Size())}
	if err := t.archive(f, info.Size()); err != nil {
		return fmt.Errorf("unpacking the archive: %w", err)
	}
	if t.written == 0 {
		return errors.New("unpacking the archive: no file is left; is strip too large?")
	}
	return allTimes(u.Out, u.Epoch)
}

// unpacking is the state of Unpack.
type unpacking struct {
	ctx   context.Context
	root  *os.Root
	strip int
	// entries is the number of entries so far, written the number of written ones.
	entries, written int
	// remaining is how many bytes may still be written.
	remaining int64
}

func (t *unpacking) archive(f *os.File, size int64) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 1<<20)
	starts := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case starts("PK\x03\x04"), starts("PK\x05\x06"):
		r, err := zip.NewReader(f, size)
		if err != nil {
			return err
		}
		return t.zip(r)
	case starts("\x1f\x8b"):
		r, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		return t.tar(r)
	case starts("\xfd7zXZ\x00"):
		r, err := xz.NewReader(in)
		if err != nil {
			return err
		}
		return t.tar(r)
	case starts("\x28\xb5\x2f\xfd"):
		r, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(1<<30))
		if err != nil {
			return err
		}
		defer r.Close()
		return t.tar(r)
	case starts("BZh"):
		return t.tar(bzip2.NewReader(in))
	case len(head) > 262 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return t.tar(in)
	}
	return errors.New("it is neither a zip file nor a tar file, plain or compressed by gzip, xz, zstd or bzip2")
}

func (t *unpacking) tar(in io.Reader) error {
	// Skipped entries have to be decompressed too.
	in = &limited{in: in, remaining: t.remaining + maxEntries*maxHeader}
	r := tar.NewReader(in)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, ok, err := t.name(h.Name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = t.folder(name)
		case tar.TypeReg:
			err = t.file(name, h.FileInfo().Mode(), r)
		case tar.TypeSymlink:
			err = t.link(name, h.Linkname)
		case tar.TypeLink:
			target, ok, nameErr := t.name(h.Linkname)
			switch {
			case nameErr != nil:
				err = nameErr
			case !ok:
				err = fmt.Errorf("%s is a link to %s, which strip drops", h.Name, h.Linkname)
			default:
				err = t.hardLink(target, name)
			}
		case tar.TypeXGlobalHeader:
		default:
			err = fmt.Errorf("%s is a device or a pipe", h.Name)
		}
		if err != nil {
			return err
		}
	}
}

// maxHeader is the overhead of a tar file for each file, in bytes: a header,
// a long name, and the padding of the last block.
const maxHeader = 2048

// limited is a reader that returns an error after too many bytes.
type limited struct {
	in        io.Reader
	remaining int64
}

func (b *limited) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.remaining -= int64(n); b.remaining < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// errTooLarge is the error for an archive that is too large unpacked.
var errTooLarge = errors.New("it is far larger unpacked than an archive of its size should be")

func (t *unpacking) zip(r *zip.Reader) error {
	for _, f := range r.File {
		name, ok, err := t.name(f.Name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		mode := f.Mode()
		switch {
		case mode.IsDir():
			err = t.folder(name)
		case mode&fs.ModeSymlink != 0:
			var target []byte
			if target, err = t.content(f, maxLink); err == nil {
				err = t.link(name, string(target))
			}
		case mode.IsRegular():
			var in io.ReadCloser
			if in, err = f.Open(); err == nil {
				err = t.file(name, mode, in)
				in.Close()
			}
		default:
			err = fmt.Errorf("%s is a device or a pipe", f.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maxLink is the longest target of a link, in bytes.
const maxLink = 4096

func (t *unpacking) content(f *zip.File, limit int64) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	all, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(all)) > limit {
		err = fmt.Errorf("the target of the link %s is too long", f.Name)
	}
	return all, err
}

// name is an entry's name below the root without the leading folders that are
// removed; ok is false for an entry that is skipped.
func (t *unpacking) name(raw string) (name string, ok bool, err error) {
	if err := t.ctx.Err(); err != nil {
		return "", false, err
	}
	if t.entries++; t.entries > maxEntries {
		return "", false, fmt.Errorf("it holds more than %d files", maxEntries)
	}
	if strings.ContainsAny(raw, "\x00\\") {
		return "", false, fmt.Errorf("%q is not the name of a file", raw)
	}
	if strings.ContainsFunc(raw, unicode.IsControl) {
		return "", false, fmt.Errorf("%q has a control character in its name", raw)
	}
	if path.IsAbs(raw) {
		return "", false, fmt.Errorf("%s is an absolute path", raw)
	}
	if part, found := whiteout.In(raw); found {
		return "", false, fmt.Errorf("%s has a name that %s: %s", raw, whiteout.Reason, part)
	}
	for part := range strings.SplitSeq(raw, "/") {
		if part == ".." {
			return "", false, fmt.Errorf("%s leads out of the archive", raw)
		}
	}
	parts := strings.Split(path.Clean(raw), "/")
	if len(parts) <= t.strip || parts[0] == "." {
		return "", false, nil
	}
	return path.Join(parts[t.strip:]...), true, nil
}

// place creates the parent directories of an entry and removes the file of
// an earlier entry with this name.
func (t *unpacking) place(name string) error {
	t.written++
	if dir := path.Dir(name); dir != "." {
		if err := t.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if st, err := t.root.Lstat(name); err == nil && !st.IsDir() {
		return t.root.Remove(name)
	}
	return nil
}

func (t *unpacking) folder(name string) error {
	if err := t.place(name); err != nil {
		return err
	}
	return t.root.MkdirAll(name, 0o755)
}

func (t *unpacking) file(name string, mode fs.FileMode, in io.Reader) error {
	if err := t.place(name); err != nil {
		return err
	}
	bits := fs.FileMode(0o644)
	if mode&0o111 != 0 {
		bits = 0o755
	}
	out, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, bits)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, t.remaining+1))
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if t.remaining -= n; t.remaining < 0 {
		return errTooLarge
	}
	// This is independent of the step's umask.
	return t.root.Chmod(name, bits)
}

// link creates a symbolic link. Its target is not checked, because links are
// never followed here.
func (t *unpacking) link(name, target string) error {
	if target == "" || len(target) > maxLink || strings.ContainsRune(target, 0) {
		return fmt.Errorf("%s is a link to nowhere", name)
	}
	if err := t.place(name); err != nil {
		return err
	}
	return t.root.Symlink(target, name)
}

// hardLink creates another name for a file of the archive.
func (t *unpacking) hardLink(target, name string) error {
	st, err := t.root.Lstat(target)
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s is a hard link to %s, which is no file", name, target)
	}
	if target == name {
		return nil
	}
	if err := t.place(name); err != nil {
		return err
	}
	return t.root.Link(target, name)
}

// allTimes sets the time of everything in a folder.
func allTimes(dir string, epoch int64) error {
	var all []string
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		all = append(all, name)
		return err
	})
	if err != nil {
		return err
	}
	return setTimes(all, epoch)
}
