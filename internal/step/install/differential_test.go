package install

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// differentialPython is the version that testdata/differential.txt is for.
const differentialPython = "3.11"

// TestTreesAreThoseOfPip installs a few hundred widely used wheels with pip
// and with this package, and compares the trees file by file. What may differ
// is listed, with reasons, in comparePip.
//
// The wheels come from the public index, once: they are kept in
// $MOULT_WHEEL_CACHE, by default in the user's cache directory. Without a
// network, set MOULT_OFFLINE=1 to skip the test; it does not skip by itself,
// since a comparison that quietly did not take place proves nothing.
func TestTreesAreThoseOfPip(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped by -short: installs hundreds of wheels from the public index")
	}
	python, err := exec.LookPath("python" + differentialPython)
	if err != nil {
		t.Skipf("skipped: there is no python%s to run pip with", differentialPython)
	}
	wheels := downloadWheels(t, python)
	if len(wheels) < 150 {
		t.Fatalf("testdata/differential.txt gives %d wheels, want 150 at least", len(wheels))
	}

	work := t.TempDir()
	prefix := filepath.Join(work, "venv")
	runCommand(t, python, "-m", "venv", "--without-pip", prefix)
	before := readTree(t, prefix)
	start := time.Now()
	args := []string{filepath.Join(wheelNamed(t, wheels, "pip-"), "pip"), "--python", prefix + "/bin/python",
		"install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--ignore-installed", "--no-cache-dir", "--disable-pip-version-check"}
	runCommand(t, python, append(args, wheels...)...)
	pipTime := time.Since(start)

	root := filepath.Join(work, "out")
	tree, err := NewTree(root, time.Unix(315532800, 0))
	if err != nil {
		t.Fatal(err)
	}
	target := Target{Prefix: prefix, Python: differentialPython}
	start = time.Now()
	shared := map[string]bool{}
	owners := map[string]File{}
	commands := map[string]bool{}
	for _, path := range wheels {
		w, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		res, err := w.Install(tree, target, Options{})
		w.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, warning := range res.Warnings {
			t.Logf("%s: %s", filepath.Base(path), warning)
		}
		for _, f := range res.Files {
			if other, ok := owners[f.Path]; ok && other.Sum != f.Sum {
				shared[strings.TrimPrefix(f.Path, prefix+"/")] = true
				t.Logf("%s: %s is also another wheel's, with other content", filepath.Base(path), f.Path)
			}
			owners[f.Path] = f
		}
		for _, e := range w.entries.forPython(differentialPython) {
			commands["bin/"+e.name] = true
		}
	}
	if err := tree.Finish(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d wheels: pip took %.1fs, this package %.1fs", len(wheels), pipTime.Seconds(), time.Since(start).Seconds())

	want, got := readTree(t, prefix), readTree(t, root+prefix)
	for p := range before {
		delete(want, p)
	}
	comparePip(t, want, got, commands, shared)
	t.Logf("%d files compared", len(got))
}

// comparePip reports every difference between pip's tree and ours that is not
// one of these:
//
//   - INSTALLER holds the installer's name;
//   - pip marks what the user asked for with REQUESTED, which is its own and
//     means nothing in an image;
//   - direct_url.json says where pip found the file;
//   - RECORD has rows for those, hashes of the former, CRLF and another order;
//     a __pycache__ file that came in the wheel has a row in pip's;
//   - a command's script lacks the line with which pip's removes ".exe", a
//     Windows suffix, from the program's name;
//   - paths that several wheels claim with different content, where the order
//     of installing decides.
func comparePip(t *testing.T, want, got map[string]treeFile, commands, shared map[string]bool) {
	t.Helper()
	paths := map[string]bool{}
	for p := range want {
		paths[p] = true
	}
	for p := range got {
		paths[p] = true
	}
	sorted := make([]string, 0, len(paths))
	for p := range paths {
		sorted = append(sorted, p)
	}
	sort.Strings(sorted)
	for _, p := range sorted {
		dir, name := filepath.Split(p)
		inInfo := ownInfo.MatchString(dir)
		if shared[p] || inInfo && (name == "REQUESTED" || name == "direct_url.json") {
			continue
		}
		w, inPip := want[p]
		g, inOurs := got[p]
		switch {
		case !inPip:
			t.Errorf("%s: pip does not write it", p)
		case !inOurs:
			t.Errorf("%s: only pip writes it", p)
		case w.mode != g.mode:
			t.Errorf("%s: mode %v, pip gives %v", p, g.mode, w.mode)
		case inInfo && name == "INSTALLER":
			if string(g.read(t)) != "moult\n" {
				t.Errorf("%s: %q", p, g.read(t))
			}
		case inInfo && name == "RECORD":
			wantRows, gotRows := comparableRecord(t, w.read(t), commands), comparableRecord(t, g.read(t), commands)
			for _, d := range differences(wantRows, gotRows) {
				t.Errorf("%s: %s", p, d)
			}
		case commands[p]:
			pips := strings.Replace(string(w.read(t)), "    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n", "", 1)
			if ours := string(g.read(t)); ours != pips {
				t.Errorf("%s:\n%s\npip writes:\n%s", p, ours, pips)
			}
		case w.size != g.size || !bytes.Equal(w.read(t), g.read(t)):
			t.Errorf("%s: its content is not that of pip's", p)
		}
	}
}

// ownInfo matches the directories of what was installed, and not those of
// the copies that projects carry inside.
var ownInfo = regexp.MustCompile(`^lib/python[^/]*/site-packages/[^/]*\.dist-info/$`)

// comparableRecord gives the rows of a RECORD that must be alike.
func comparableRecord(t *testing.T, data []byte, commands map[string]bool) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows {
		dir, name := filepath.Split(row[0])
		if strings.HasSuffix(dir, ".dist-info/") && (name == "REQUESTED" || name == "direct_url.json" || name == "INSTALLER") {
			continue
		}
		if strings.Contains("/"+row[0], "/__pycache__/") {
			continue
		}
		value := row[1] + "," + row[2]
		if commands[strings.TrimPrefix(row[0], "../../../")] {
			value = ""
		}
		out[row[0]] = value
	}
	return out
}

func differences(want, got map[string]string) (out []string) {
	for p, w := range want {
		if g, ok := got[p]; !ok {
			out = append(out, fmt.Sprintf("no row for %s, pip has %q", p, w))
		} else if g != w {
			out = append(out, fmt.Sprintf("row of %s is %q, pip has %q", p, g, w))
		}
	}
	for p, g := range got {
		if _, ok := want[p]; !ok {
			out = append(out, fmt.Sprintf("row for %s (%q), pip has none", p, g))
		}
	}
	sort.Strings(out)
	return out
}

// treeFile is a file or link of an installed tree.
type treeFile struct {
	at   string
	mode fs.FileMode
	size int64
}

func (f treeFile) read(t *testing.T) []byte {
	t.Helper()
	if f.mode&fs.ModeSymlink != 0 {
		target, err := os.Readlink(f.at)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(target)
	}
	data, err := os.ReadFile(f.at)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readTree lists everything below root except directories.
func readTree(t *testing.T, root string) map[string]treeFile {
	t.Helper()
	files := map[string]treeFile{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		files[filepath.ToSlash(rel)] = treeFile{at: p, mode: info.Mode(), size: info.Size()}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// downloadWheels gives the paths of the listed wheels, in the list's order.
func downloadWheels(t *testing.T, python string) []string {
	t.Helper()
	dir := os.Getenv("MOULT_WHEEL_CACHE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "moult", "wheels")
	}
	list, err := os.ReadFile("testdata/differential.txt")
	if err != nil {
		t.Fatal(err)
	}
	var pins []string
	for _, line := range strings.Split(string(list), "\n") {
		if line != "" && line[0] != '#' {
			pins = append(pins, line)
		}
	}
	found, missing := findPinned(t, dir, pins)
	if len(missing) == 0 {
		return found
	}
	if os.Getenv("MOULT_OFFLINE") == "1" {
		t.Skipf("skipped by MOULT_OFFLINE=1: %d of %d wheels are not in %s", len(missing), len(pins), dir)
	}
	args := []string{"-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
		// The release's last patch: pip takes 3.11 for 3.11.0, for which some
		// of the packages are too new.
		"--python-version", differentialPython + ".99", "--implementation", "cp", "--abi", "cp311", "--abi", "abi3", "--abi", "none", "--dest", dir}
	// The platforms are named, so that any x86_64 machine's pip gets the same
	// files.
	for _, p := range manylinux() {
		args = append(args, "--platform", p)
	}
	t.Logf("downloading %d wheels into %s", len(missing), dir)
	// In parts, and more than once: one answer of the index that is late or
	// out of date must not throw hundreds of megabytes away.
	for part := range slices.Chunk(missing, 24) {
		var out []byte
		for range 3 {
			if out, err = exec.Command(python, append(slices.Clone(args), part...)...).CombinedOutput(); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatalf("the wheels cannot be downloaded from the package index (MOULT_OFFLINE=1 skips this test): %v\n%s", err, out)
		}
	}
	if found, missing = findPinned(t, dir, pins); len(missing) > 0 {
		t.Fatalf("pip downloaded no wheels for %v", missing)
	}
	return found
}

// manylinux lists the platform tags of a glibc as old as any supported
// distribution's, best first.
func manylinux() (tags []string) {
	legacy := map[int]string{17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
	for minor := 34; minor >= 5; minor-- {
		tags = append(tags, fmt.Sprintf("manylinux_2_%d_x86_64", minor))
		if l := legacy[minor]; l != "" {
			tags = append(tags, l+"_x86_64")
		}
	}
	return append(tags, "any")
}

// findPinned finds the wheels of the pins in dir.
func findPinned(t *testing.T, dir string, pins []string) (found, missing []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	byPin := map[string]string{}
	for _, e := range entries {
		if name, err := wheel.SplitFilename(e.Name()); err == nil {
			byPin[name.Name+"=="+name.Version] = filepath.Join(dir, e.Name())
		}
	}
	for _, pin := range pins {
		if path, ok := byPin[pin]; ok {
			found = append(found, path)
		} else {
			missing = append(missing, pin)
		}
	}
	return found, missing
}

func wheelNamed(t *testing.T, wheels []string, prefix string) string {
	t.Helper()
	for _, w := range wheels {
		if strings.HasPrefix(filepath.Base(w), prefix) {
			return w
		}
	}
	t.Fatalf("no wheel %s*", prefix)
	return ""
}

func runCommand(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, args[0], err, out)
	}
}
