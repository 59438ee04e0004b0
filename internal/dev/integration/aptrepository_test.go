package integration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
)

// archive is a signed repository of Debian packages.
type archive struct {
	url string
	// key is the public key in its text form, binary in the other.
	key    string
	binary []byte
	// debs are the package files by name, with their digests.
	debs map[string]string
}

// newArchive serves a repository for a suite, with one package for each name.
// A package holds a file that says its name.
func newArchive(t *testing.T, suite string, names ...string) *archive {
	t.Helper()
	files := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, path.Base(r.URL.Path), time.Unix(1700000000, 0), bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	a := &archive{url: server.URL, debs: map[string]string{}}
	var list strings.Builder
	for _, name := range names {
		file := fmt.Sprintf("/pool/%s_1.0_all.deb", name)
		files[file] = deb(t, name)
		sum := fmt.Sprintf("%x", sha256.Sum256(files[file]))
		a.debs[name] = sum
		fmt.Fprintf(&list, "Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: Lab <lab@example.com>\nDescription: of the lab\nFilename: %s\nSize: %d\nSHA256: %s\n\n",
			name, file[1:], len(files[file]), sum)
	}
	const packages = "main/binary-amd64/Packages"
	dist := "/dists/" + suite + "/"
	files[dist+packages] = []byte(list.String())
	release := fmt.Sprintf("Origin: lab\nSuite: %s\nCodename: %s\nDate: %s\nArchitectures: amd64 all\nComponents: main\nSHA256:\n %x %d %s\n",
		suite, suite, time.Now().UTC().Format(time.RFC1123), sha256.Sum256(files[dist+packages]), list.Len(), packages)

	entity, err := openpgp.NewEntity("lab", "", "lab@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	var signed, public, text bytes.Buffer
	w, err := clearsign.Encode(&signed, entity.PrivateKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(release)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files[dist+"InRelease"] = signed.Bytes()
	if err := entity.Serialize(&public); err != nil {
		t.Fatal(err)
	}
	block, err := armor.Encode(&text, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := block.Write(public.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := block.Close(); err != nil {
		t.Fatal(err)
	}
	a.key, a.binary = text.String()+"\n", public.Bytes()
	return a
}

// deb is a package file: an ar archive of two tar archives, see deb(5).
func deb(t *testing.T, name string) []byte {
	t.Helper()
	control := fmt.Sprintf("Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: Lab <lab@example.com>\nDescription: of the lab\n", name)
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	for _, member := range []struct {
		name    string
		content []byte
	}{
		{"debian-binary", []byte("2.0\n")},
		{"control.tar.gz", targz(t, map[string]string{"./control": control})},
		{"data.tar.gz", targz(t, map[string]string{"./usr/share/lab/": "", "./usr/share/lab/" + name: "of " + name})},
	} {
		fmt.Fprintf(&out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", member.name, 1700000000, 0, 0, "100644", len(member.content))
		out.Write(member.content)
		if len(member.content)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func targz(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content, mode := files[name], int64(0o644)
		if strings.HasSuffix(name, "/") {
			mode = 0o755
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), ModTime: time.Unix(1700000000, 0)}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
