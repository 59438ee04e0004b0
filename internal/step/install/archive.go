package install

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moult-build/moult/internal/step/whiteout"
)

const (
	// maxMembers and maxUnpacked limit the sizes that a wheel may declare. The
	// largest known wheels are an order of magnitude below both.
	maxMembers  = 1 << 20
	maxUnpacked = 64 << 30
	// maxRatio limits the unpacked bytes for each byte of a wheel. A small wheel
	// may always have leastUnpacked bytes. Known wheels are below 20; the
	// maximum of deflate is 1032. Options.Large removes this limit.
	maxRatio      = 100
	leastUnpacked = 256 << 20
	// methodZstd is the number of zstd in zip files (APPNOTE 4.4.5).
	methodZstd = 93
	// maxSmall limits the size of members that are read into memory.
	maxSmall = 64 << 20
)

// archive is a wheel's zip file after its directory was checked: every
// member is a plain file or a directory, its path does not leave the
// archive, and it can be decompressed.
type archive struct {
	filename string
	file     *os.File
	members  []*member // in the order of their data in the archive
	byPath   map[string]*member
	warnings []string
	// size is the size of the file, unpacked the sum of the declared sizes of all
	// members, in bytes.
	size, unpacked uint64
}

// member is an entry of the archive. sum and size are those of the bytes as
// they were unpacked; they are set by unpacking.
type member struct {
	path string // slash-separated, relative, clean; no trailing slash
	dir  bool
	exec bool // any execute bit in its Unix mode
	// link is true for a symbolic link. Wheels cannot hold one: pip writes its
	// target's name into a plain file, and so does Moult.
	link bool
	zip  *zip.File
	data int64 // offset of the member's compressed bytes

	sum  [sha256.Size]byte
	size int64

	unpacked bool
}

// openArchive opens the zip file at path and checks all of its directory.
func openArchive(path string) (_ *archive, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	a := &archive{filename: filepath.Base(path), file: f}
	if err := a.read(f, info.Size()); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *archive) close() error { return a.file.Close() }

// read fills the archive from the zip directory in r.
func (a *archive) read(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	// Names that leave the archive are refused below, with an error that has the
	// name.
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("not a readable zip file: %w", err)
	}
	if len(z.File) > maxMembers {
		return fmt.Errorf("%d members are more than the %d allowed", len(z.File), maxMembers)
	}
	a.byPath = make(map[string]*member, len(z.File))
	a.size = uint64(size)
	zstdAt := "" // the first member that is compressed with zstd
	for _, f := range z.File {
		m, err := newMember(f, size)
		if err != nil {
			return err
		}
		if a.unpacked += f.UncompressedSize64; f.UncompressedSize64 > maxUnpacked || a.unpacked > maxUnpacked {
			return fmt.Errorf("the members' declared size exceeds the %d GiB allowed", maxUnpacked>>30)
		}
		if other := a.byPath[m.path]; other != nil {
			if m.dir && other.dir {
				continue
			}
			if m.dir != other.dir || f.CRC32 != other.zip.CRC32 || f.UncompressedSize64 != other.zip.UncompressedSize64 {
				return memberErrorf(m.path, "occurs twice with different content")
			}
			a.warnings = append(a.warnings, fmt.Sprintf("%s occurs twice in the archive", m.path))
			continue
		}
		a.byPath[m.path] = m
		a.members = append(a.members, m)
		if m.link {
			a.warnings = append(a.warnings, fmt.Sprintf("%s is a symbolic link, which wheels cannot hold; it became a file with the link's text, as pip makes it", m.path))
		}
		if f.Method == methodZstd && zstdAt == "" {
			zstdAt = m.path
		}
	}
	if zstdAt != "" {
		a.warnings = append(a.warnings, fmt.Sprintf("%s is compressed with zstd, which pip reads only with Python 3.14 and later", zstdAt))
	}
	sort.SliceStable(a.members, func(i, j int) bool { return a.members[i].data < a.members[j].data })
	return a.checkOverlap()
}

// checkRatio refuses an archive whose files are far larger than the archive.
func (a *archive) checkRatio() error {
	if a.unpacked <= max(leastUnpacked, maxRatio*a.size) {
		return nil
	}
	return fmt.Errorf("%d bytes unpack to %d: more than %d times as much, and than %d MiB", a.size, a.unpacked, maxRatio, leastUnpacked>>20)
}

// checkOverlap refuses members that share compressed bytes. A small archive
// could declare a huge size with them, and no packaging tool writes them.
func (a *archive) checkOverlap() error {
	var end int64
	var last *member
	for _, m := range a.members {
		if m.zip.CompressedSize64 == 0 {
			continue
		}
		if last != nil && m.data < end {
			return memberErrorf(m.path, "shares its compressed data with %s", last.path)
		}
		end, last = m.data+int64(m.zip.CompressedSize64), m
	}
	return nil
}

// newMember checks one entry of the zip directory of an archive of the given
// size in bytes.
func newMember(f *zip.File, archiveSize int64) (*member, error) {
	name := f.Name
	if f.NonUTF8 && !isASCII(name) {
		name = decodeCP437(name)
	}
	path, dir, err := cleanName(name)
	if err != nil {
		return nil, &Error{Member: name, Err: err}
	}
	mode := f.Mode()
	switch {
	case f.Flags&0x1 != 0:
		return nil, memberErrorf(path, "is encrypted")
	case mode.IsDir() != dir, mode.Type()&^(fs.ModeDir|fs.ModeSymlink) != 0:
		return nil, memberErrorf(path, "is neither a plain file nor a directory")
	case f.Method != zip.Store && f.Method != zip.Deflate && f.Method != methodZstd:
		return nil, memberErrorf(path, "is compressed with method %d; Moult reads stored, deflated and zstd", f.Method)
	case f.Method == zip.Store && f.CompressedSize64 != f.UncompressedSize64:
		return nil, memberErrorf(path, "is stored, yet its two sizes differ")
	case dir && f.UncompressedSize64 != 0:
		return nil, memberErrorf(path, "is a directory with content")
	}
	offset, err := f.DataOffset()
	if err != nil {
		return nil, memberErrorf(path, "has no readable header: %v", err)
	}
	if f.CompressedSize64 > uint64(archiveSize) || offset > archiveSize-int64(f.CompressedSize64) {
		return nil, memberErrorf(path, "reaches beyond the end of the archive")
	}
	m := &member{path: path, dir: dir, zip: f, data: offset}
	if mode&fs.ModeSymlink != 0 {
		m.link = true
		return m, nil
	}
	// The high half of the attributes has a meaning only in archives that were
	// made on Unix.
	if creator := f.CreatorVersion >> 8; creator == 3 || creator == 19 {
		m.exec = f.ExternalAttrs>>16&0o111 != 0
	} else {
		// pip reads the same bits in every archive.
		m.exec = f.ExternalAttrs>>16&0o170000 == 0o100000 && f.ExternalAttrs>>16&0o111 != 0
	}
	return m, nil
}

// cleanName checks that a member's name is relative, normalised and does not
// leave the archive.
func cleanName(name string) (path string, dir bool, err error) {
	path, dir = strings.CutSuffix(name, "/")
	switch {
	case path == "":
		return "", false, errors.New("has no name")
	case !utf8.ValidString(path):
		return "", false, errors.New("has a name that is not text")
	case strings.HasPrefix(path, "/"):
		return "", false, errors.New("has an absolute path")
	case strings.ContainsRune(path, '\\'):
		return "", false, errors.New("has a backslash in its path")
	case strings.ContainsFunc(path, unicode.IsControl):
		return "", false, errors.New("has a control character in its path")
	}
	for _, part := range strings.Split(path, "/") {
		switch {
		case part == "..":
			return "", false, errors.New("has a path that leaves the archive")
		case part == "" || part == ".":
			return "", false, errors.New("has an empty part in its path")
		case len(part) > 255:
			return "", false, errors.New("has a name longer than 255 bytes")
		}
	}
	if part, found := whiteout.In(path); found {
		return "", false, fmt.Errorf("has a name that %s: %s", whiteout.Reason, part)
	}
	return path, dir, nil
}

func (a *archive) has(path string) bool {
	m := a.byPath[path]
	return m != nil && !m.dir
}

// readSmall reads a member into memory.
func (a *archive) readSmall(path string) ([]byte, error) {
	m := a.byPath[path]
	if m == nil || m.dir {
		return nil, memberErrorf(path, "is missing")
	}
	if m.zip.UncompressedSize64 > maxSmall {
		return nil, memberErrorf(path, "has %d bytes, more than the %d allowed", m.zip.UncompressedSize64, maxSmall)
	}
	u := newUnpacker()
	data := make([]byte, 0, m.zip.UncompressedSize64)
	err := u.unpack(a.file, m, func(p []byte) error {
		data = append(data, p...)
		return nil
	})
	if err != nil {
		return nil, &Error{Member: path, Err: err}
	}
	return data, nil
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cp437 are the upper 128 characters of the code page in which zip names
// without the UTF-8 flag are written.
var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

func decodeCP437(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] < utf8.RuneSelf {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(cp437[s[i]-utf8.RuneSelf])
		}
	}
	return b.String()
}
