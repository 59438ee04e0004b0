package hostile

import (
	"archive/zip"
	"bytes"
	"fmt"
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
	// zeros are that many zero bytes instead of data.
	zeros int64
	// raw changes the zip header.
	raw func(*zip.FileHeader)
}

// zipOf gives a zip file. It writes into memory, where nothing can fail but
// the code here itself.
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
		w, err := z.CreateHeader(h)
		if err == nil && m.zeros > 0 {
			_, err = io.CopyN(w, zeros{}, m.zeros)
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

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
