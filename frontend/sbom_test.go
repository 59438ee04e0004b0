package frontend

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/report"
)

func TestABillOfMaterialsIsMadeWhereNoScannerIsNamed(t *testing.T) {
	for _, c := range []struct {
		target string
		opts   map[string]string
		want   bool
	}{
		{"", map[string]string{"attest:sbom": ""}, true},
		{"venv", map[string]string{"attest:sbom": ""}, true},
		{"wheels", map[string]string{"attest:sbom": ""}, false},
		{"", map[string]string{"build-arg:BUILDKIT_ATTEST_SBOM": ""}, true},
		{"", map[string]string{"attest:sbom": "generator=example.com/scanner:1"}, false},
	} {
		b := about(t, asks, c.opts)
		b.SBOM = &dockerui.SBOM{}
		b.Target = c.target
		if got, err := b.wantsSBOM(); got != c.want || err != nil {
			t.Errorf("%q %v: %v, %v", c.target, c.opts, got, err)
		}
	}
	if got, err := about(t, asks, nil).wantsSBOM(); got || err != nil {
		t.Errorf("nobody asks, and it is %v, %v", got, err)
	}
}

// file is a solved state with one file.
type file struct {
	client.Reference
	content []byte
	reads   int
}

func (f *file) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	f.reads++
	from := min(req.Range.Offset, len(f.content))
	return f.content[from:min(from+req.Range.Length, len(f.content))], nil
}

func TestAListOfFilesIsReadFromAfar(t *testing.T) {
	var wheel bytes.Buffer
	w := zip.NewWriter(&wheel)
	var want int64
	for range 3 {
		// Stored, so that the file has several blocks.
		f, err := w.CreateHeader(&zip.FileHeader{Name: "x", Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		n, err := f.Write([]byte(strings.Repeat("x", blockSize)))
		if err != nil {
			t.Fatal(err)
		}
		want += int64(n)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ref := &file{content: wheel.Bytes()}
	got, err := unpacked(&remoteFile{ctx: t.Context(), ref: ref, name: "/x.whl"}, int64(wheel.Len()))
	if err != nil || got != want {
		t.Errorf("it is %d, %v and not %d", got, err, want)
	}
	if ref.reads > 4 {
		t.Errorf("it takes %d reads", ref.reads)
	}
}

func TestTheEnvironmentAloneHasNothingOfOtherImages(t *testing.T) {
	whole := &plan.Plan{
		Packages:   []plan.Package{{Name: "a"}},
		Files:      []plan.Files{{Image: "tool:1", From: "/bin/tool", To: "/bin/"}},
		PythonFrom: &plan.PythonFrom{Image: "python:3.13-slim"},
		Init:       &plan.Init{Image: "python:3.13-slim"},
	}
	got := environmentAlone(report.Platform{Platform: "linux/amd64", Base: "debian@sha256:1", Plan: whole})
	if p := got.Plan; got.Base != "" || p.Files != nil || p.PythonFrom != nil || p.Init != nil || len(p.Packages) != 1 {
		t.Errorf("it is %+v, %+v", got, p)
	}
	if len(whole.Files) != 1 || whole.Init == nil {
		t.Error("the image's own plan has changed")
	}
}
