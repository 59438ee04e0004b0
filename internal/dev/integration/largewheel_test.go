package integration

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/dev/lab"
)

// largeSize is more than a small wheel may have, unpacked.
const largeSize = 257 << 20

// largeWheel is a wheel of some hundred kilobytes with a file of zeros.
func largeWheel(t *testing.T) (file string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, one := range []struct {
		name    string
		content io.Reader
	}{
		{"large_zeros/__init__.py", strings.NewReader("")},
		{"large_zeros/zeros.bin", io.LimitReader(zeros{}, largeSize)},
		{"large_zeros-1.0.dist-info/METADATA", strings.NewReader("Metadata-Version: 2.1\nName: large-zeros\nVersion: 1.0\n")},
		{"large_zeros-1.0.dist-info/WHEEL", strings.NewReader("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")},
		{"large_zeros-1.0.dist-info/RECORD", strings.NewReader("")},
	} {
		f, err := z.Create(one.name)
		if err == nil {
			_, err = io.Copy(f, one.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return "large_zeros-1.0-py3-none-any.whl", b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestAWheelThatIsMuchLargerUnpackedIsInstalledWhereTheProjectSaysSo(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	file, content := largeWheel(t)
	if len(content)*100 > largeSize {
		t.Fatalf("the wheel has %d bytes, so that it is not much larger unpacked", len(content))
	}
	dir := project(t, map[string]string{
		"main.py": "", "vendor/" + file: string(content),
		"pyproject.toml": "[project]\nname = \"large\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [\n  \"large-zeros\",\n]\n" +
			"[tool.uv]\npackage = false\n[tool.uv.sources]\nlarge-zeros = { path = \"vendor/" + file + "\" }\n" +
			"[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n" +
			"[[tool.moult.steps]]\noutputs = []\nrun = [\"python\", \"-c\", \"import large_zeros, os; assert os.path.getsize(large_zeros.__path__[0] + '/zeros.bin') == " + fmt.Sprint(largeSize) + "\"]\n",
		"uv.lock": "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n" +
			"[[package]]\nname = \"large-zeros\"\nversion = \"1.0\"\nsource = { path = \"vendor/" + file + "\" }\nwheels = [{ filename = \"" + file + "\", hash = \"sha256:" + sum(content) + "\" }]\n\n" +
			"[[package]]\nname = \"large\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"large-zeros\" }]\n",
	})
	_, err := l.Build(t.Context(), moult(t, dir))
	if err == nil || !strings.Contains(err.Error(), "large-zeros cannot be installed") || !strings.Contains(err.Error(), "large = true") {
		t.Errorf("without large = true: %v", err)
	} else if sources := errdefs.Sources(err); len(sources) == 0 || sources[len(sources)-1].Ranges[0].Start.Line != 6 {
		t.Errorf("it is not told at line 6: %v", sources)
	}
	edit(t, dir+"/pyproject.toml", "[[tool.moult.steps]]", "[tool.moult.package.large-zeros]\nlarge = true\n[[tool.moult.steps]]")
	mustBuild(t, l, moult(t, dir))
}
