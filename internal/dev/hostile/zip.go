package hostile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
)

// member is one member of an archive.
type member struct {
	name string
	data string
	// mode is the file's; 0 means 0644, or 0755 for a name that ends in "/".
	mode fs.FileMode
	// zeros is the number of zero bytes that the member has instead of data.
	zeros int64
	// declares, if it is set, is the size that the headers state instead of
	// that of the data.
	declares uint64
	// raw changes the zip header.
	raw func(*zip.FileHeader)
}

// zipOf returns a zip file. It writes into memory, so an error is a mistake of
// this code.
func zipOf(members ...member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		switch {
		case m.mode != 0:
			h.SetMode(m.mode)
		case strings.HasSuffix(m.name, "/"):
			h.Method = zip.Store
			h.SetMode(fs.ModeDir | 0o755)
		default:
			h.SetMode(0o644)
		}
		if m.raw != nil {
			m.raw(h)
		}
		w, err := create(z, h, m)
		if err == nil && m.zeros > 0 {
			_, err = io.CopyN(w, zeros{}, m.zeros)
		} else if err == nil && m.declares > 0 {
			_, err = io.WriteString(w, deflated(m.data))
		} else if err == nil {
			_, err = io.WriteString(w, m.data)
		}
		if err != nil {
			return []byte(fmt.Sprintf("this vector could not be made: %v", err))
		}
	}
	_ = z.Close()
	return b.Bytes()
}

// create starts a member.
func create(z *zip.Writer, h *zip.FileHeader, m member) (io.Writer, error) {
	if m.declares == 0 {
		return z.CreateHeader(h)
	}
	h.CRC32 = crc32.ChecksumIEEE([]byte(m.data))
	h.CompressedSize64, h.UncompressedSize64 = uint64(len(deflated(m.data))), m.declares
	return z.CreateRaw(h)
}

// deflated compresses a text. It is for members that bypass the compression of
// the zip writer.
func deflated(text string) string {
	var b strings.Builder
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "this member could not be compressed: " + err.Error()
	}
	return b.String()
}

// zeros is an endless reader of zero bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
