package hostile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
)

// tarOf returns a tar file with these headers. The content of a regular file is
// as many zero bytes as its header's Size.
func tarOf(headers ...tar.Header) []byte {
	var b bytes.Buffer
	writeTar(&b, headers)
	return b.Bytes()
}

func writeTar(to io.Writer, headers []tar.Header) {
	w := tar.NewWriter(to)
	for _, h := range headers {
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if w.WriteHeader(&h) == nil && h.Size > 0 {
			_, _ = io.CopyN(w, zeros{}, h.Size)
		}
	}
	_ = w.Close()
}

func gzipOf(headers ...tar.Header) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	writeTar(w, headers)
	_ = w.Close()
	return b.Bytes()
}

// archives returns the vectors of the kind Archive.
func archives() []Vector {
	var all []Vector
	add := func(outcome Outcome, file, name, message, description string, content func() []byte) {
		all = append(all, Vector{Name: name, Description: description, Kind: Archive, File: file, Outcome: outcome, Message: message,
			Files: func() map[string][]byte { return map[string][]byte{file: content()} }})
	}
	tarred := func(name, message, description string, headers ...tar.Header) {
		add(Refused, "input.tar", name, message, description, func() []byte { return tarOf(headers...) })
	}
	zipped := func(name, message, description string, members ...member) {
		add(Refused, "input.zip", name, message, description, func() []byte { return zipOf(members...) })
	}
	file := func(name string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 1} }

	const deletes = `begins with ".wh."`
	tarred("tar-whiteout", deletes, "a file whose name deletes another where the image is pulled", file("a/.wh.b"))
	tarred("tar-whiteout-folder", deletes, "a folder whose name is a deletion", tar.Header{Typeflag: tar.TypeDir, Name: "a/.wh.b/", Mode: 0o755})
	tarred("tar-whiteout-link", deletes, "a link whose name is a deletion", tar.Header{Typeflag: tar.TypeSymlink, Name: ".wh.b", Linkname: "x"})
	tarred("tar-whiteout-opaque", deletes, "a file that empties its folder", file("a/.wh..wh..opq"))
	tarred("tar-climbs", "leads out of the archive", "a path that leads out", file("a/../../evil"))
	tarred("tar-absolute", "absolute path", "an absolute path", file("/etc/evil"))
	tarred("tar-through-link", "", "a file through a link that leads out",
		tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/tmp"}, file("a/evil"))
	tarred("tar-hard-link-out", "", "a hard link to a file outside",
		tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "../../../../etc/passwd"})
	tarred("tar-hard-link-through-link", "", "a hard link through a link that leads out",
		tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/etc"}, tar.Header{Typeflag: tar.TypeLink, Name: "b", Linkname: "a/passwd"})
	tarred("tar-device", "device or a pipe", "a device node", tar.Header{Typeflag: tar.TypeBlock, Name: "sda", Devmajor: 8})
	tarred("tar-fifo", "device or a pipe", "a named pipe", tar.Header{Typeflag: tar.TypeFifo, Name: "fifo"})
	tarred("tar-control-character", "control character", "a name that clears the terminal it is printed on", file("a\x1b[2Jb"))
	zipped("zip-whiteout", deletes, "a file whose name deletes another where the image is pulled", member{name: "a/.wh.b", data: "x"})
	zipped("zip-climbs", "leads out of the archive", "a path that leads out", member{name: "a/../../evil", data: "x"})
	zipped("zip-device", "device or a pipe", "a device node", member{name: "null", mode: fs.ModeDevice | 0o666})
	zipped("zip-through-link", "", "a file through a link that leads out",
		member{name: "a", data: "/tmp", mode: fs.ModeSymlink | 0o777}, member{name: "a/evil", data: "x"})

	add(Refused, "input.tar.gz", "tar-gzip-bomb", "far larger unpacked", "two megabytes that unpack to two gigabytes",
		func() []byte { return gzipOf(tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 2 << 30}) })
	all[len(all)-1].Costly = true
	add(Refused, "input.zip", "zip-bomb", "far larger unpacked", "two megabytes that unpack to two gigabytes",
		func() []byte { return zipOf(member{name: "a", zeros: 2 << 30}) })
	all[len(all)-1].Costly = true

	add(Accepted, "input.tar", "tar-setuid", "", "a file with the set-user-id bit, which is dropped",
		func() []byte { return tarOf(tar.Header{Typeflag: tar.TypeReg, Name: "su", Mode: 0o4755}) })
	return all
}
