package install

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"runtime"
	"sort"
	"strings"
	"sync"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// installer is the content of the file INSTALLER.
const installer = "moult\n"

// Options change how a wheel is installed.
type Options struct {
	// DirectURL is the content of direct_url.json (PEP 610); nil for a package
	// from an index, which must not have this file.
	DirectURL []byte
	// Workers is the maximum number of members that are unpacked at once; 0 means
	// one for each processor.
	Workers int
	// Identity is the required name and version.
	Identity Identity
	// Large removes the limit of the unpacked size, because the user has allowed
	// it for this wheel.
	Large bool
}

// File is one file of an installed wheel.
type File struct {
	// Path is absolute, in the image.
	Path string
	// Sum and Size are those of the bytes written.
	Sum  [sha256.Size]byte
	Size int64
}

// Result is the result of Install.
type Result struct {
	// Files are all files written, sorted by path.
	Files []File
	// Warnings are faults of the wheel that do not stop its installation, in an
	// order that depends only on the wheel.
	Warnings []string
}

// placement is the destination of one member.
type placement struct {
	member *member
	path   string
	exec   bool
	script bool

	sum  [sha256.Size]byte
	size int64
}

// Install installs the wheel into the tree. Every error is an *Error. After an
// error the tree has some of the files of the wheel.
func (w *Wheel) Install(tree *Tree, target Target, opts Options) (*Result, error) {
	res, err := w.install(tree, target, opts)
	if err != nil {
		return nil, inWheel(w.Filename(), err)
	}
	return res, nil
}

func (w *Wheel) install(tree *Tree, target Target, opts Options) (*Result, error) {
	if err := target.Check(); err != nil {
		return nil, err
	}
	if err := w.checkIdentity(opts.Identity); err != nil {
		return nil, err
	}
	if !opts.Large {
		if err := w.archive.checkRatio(); err != nil {
			return nil, err
		}
	}
	entries := w.entries.forPython(target.number())
	placements, warnings, err := w.place(target, entries)
	if err != nil {
		return nil, err
	}
	if err := w.unpackAll(tree, target, placements, opts.Workers); err != nil {
		return nil, err
	}

	res := &Result{Warnings: append(append(append([]string(nil), w.warnings...), warnings...), checkRecord(w.record, w.archive.members, w.distInfo)...)}
	for _, p := range placements {
		res.Files = append(res.Files, File{Path: p.path, Sum: p.sum, Size: p.size})
	}
	write := func(p string, data []byte, exec bool) error {
		if err := tree.WriteFile(p, data, exec); err != nil {
			return err
		}
		res.Files = append(res.Files, File{Path: p, Sum: sha256.Sum256(data), Size: int64(len(data))})
		return nil
	}
	for _, e := range entries {
		if err := write(target.bin()+"/"+e.name, entryPointScript(e, target.interpreter()), true); err != nil {
			return nil, err
		}
	}
	info := target.SitePackages() + "/" + w.distInfo
	if err := write(info+"/INSTALLER", []byte(installer), false); err != nil {
		return nil, err
	}
	if opts.DirectURL != nil {
		if err := write(info+"/direct_url.json", opts.DirectURL, false); err != nil {
			return nil, err
		}
	}
	record, err := wheel.FormatRecord(w.recordRows(target, res.Files))
	if err != nil {
		return nil, err
	}
	if err := write(info+"/RECORD", record, false); err != nil {
		return nil, err
	}
	sort.Slice(res.Files, func(i, j int) bool { return res.Files[i].Path < res.Files[j].Path })
	return res, nil
}

// recordRows returns the rows of the new RECORD, with its own row.
func (w *Wheel) recordRows(target Target, files []File) []wheel.Row {
	rows := make([]wheel.Row, 0, len(files)+1)
	for _, f := range files {
		row := wheel.Row{Path: relative(target.SitePackages(), f.Path), Size: -1}
		if !isRecordFile(row.Path, w.distInfo) {
			row.Hash, row.Size = hashOf(f.Sum), f.Size
		}
		rows = append(rows, row)
	}
	return append(rows, wheel.Row{Path: w.distInfo + "/RECORD", Size: -1})
}

// relative returns the absolute path to as a path relative to the directory
// base.
func relative(base, to string) string {
	up := ""
	for !strings.HasPrefix(to, base+"/") {
		base = path.Dir(base)
		up += "../"
		if base == "/" {
			return up + to[1:]
		}
	}
	return up + to[len(base)+1:]
}

// place decides on the destination of every member. It reads and writes no
// file.
func (w *Wheel) place(target Target, entries entryPoints) (_ []*placement, warnings []string, err error) {
	// The root comes first, so that a file of .data replaces a file of the root.
	var all []*placement
	for _, inData := range []bool{false, true} {
		for _, m := range w.archive.members {
			if m.dir || strings.HasPrefix(m.path, w.dataDir+"/") != inData {
				continue
			}
			if strings.Contains("/"+m.path, "/__pycache__/") {
				// Bytecode from a wheel may differ from its source, so that nobody could
				// review it.
				continue
			}
			p, err := w.placeMember(m, target, entries)
			if err != nil {
				return nil, nil, err
			}
			if p != nil {
				all = append(all, p)
			}
		}
	}
	if n := w.countPycache(); n > 0 {
		warnings = append(warnings, fmt.Sprintf("%d files in __pycache__ directories were left out", n))
	}

	// If two members have the same destination, the later one is installed. A
	// warning says so unless their bytes are the same.
	byPath := make(map[string]*placement, len(all))
	files := all[:0]
	for _, p := range all {
		if other := byPath[p.path]; other != nil {
			if other.member.zip.CRC32 != p.member.zip.CRC32 || other.member.zip.UncompressedSize64 != p.member.zip.UncompressedSize64 {
				warnings = append(warnings, fmt.Sprintf("%s and %s are different files for one place; the latter is taken", other.member.path, p.member.path))
			}
			*other = *p
			continue
		}
		byPath[p.path] = p
		files = append(files, p)
	}
	for _, e := range entries {
		if other := byPath[target.bin()+"/"+e.name]; other != nil {
			warnings = append(warnings, fmt.Sprintf("%s is replaced by the command of the same name", other.member.path))
			other.path = ""
		}
	}
	final := files[:0]
	for _, p := range files {
		if p.path != "" {
			final = append(final, p)
		}
	}
	return final, warnings, nil
}

func (w *Wheel) countPycache() (n int) {
	for _, m := range w.archive.members {
		if !m.dir && strings.Contains("/"+m.path, "/__pycache__/") {
			n++
		}
	}
	return n
}

// placeMember returns nil for a member that is not installed.
func (w *Wheel) placeMember(m *member, target Target, entries entryPoints) (*placement, error) {
	p := &placement{member: m, exec: m.exec}
	var at string
	if rest, ok := strings.CutPrefix(m.path, w.dataDir+"/"); ok {
		key, name, ok := strings.Cut(rest, "/")
		if !ok {
			return nil, memberErrorf(m.path, "lies in the .data directory itself and belongs to no scheme")
		}
		base, ok := target.scheme(key, headersProject(w.Name))
		if !ok {
			return nil, memberErrorf(m.path, "belongs to the unknown scheme %q", key)
		}
		if key == "scripts" {
			if isLegacyWrapper(name, entries) {
				return nil, nil
			}
			p.script, p.exec = true, true
		}
		at = base + "/" + name
	} else {
		if name, ok := strings.CutPrefix(m.path, w.distInfo+"/"); ok {
			switch name {
			case "RECORD", "INSTALLER", "REQUESTED", "direct_url.json":
				// The installer writes this file itself.
				return nil, nil
			}
		}
		at = target.SitePackages() + "/" + m.path
	}
	var err error
	if p.path, err = target.place(at); err != nil {
		return nil, &Error{Member: m.path, Err: err}
	}
	if err := w.checkDistInfo(m.path, p.path, target); err != nil {
		return nil, &Error{Member: m.path, Err: err}
	}
	return p, nil
}

// checkDistInfo refuses a file in a .dist-info directory other than the wheel's
// own at its normal place. With such a file Python would find a second
// distribution, or metadata that was not checked.
func (w *Wheel) checkDistInfo(member, p string, target Target) error {
	rel, ok := strings.CutPrefix(p, target.SitePackages()+"/")
	if !ok {
		return nil
	}
	top, _, _ := strings.Cut(rel, "/")
	if isDistInfo(top) && !strings.HasPrefix(member, w.distInfo+"/") {
		return fmt.Errorf("would be written into %s, and the wheel's only .dist-info directory is %s at its top", top, w.distInfo)
	}
	return nil
}

// headersProject is the name of the directory of a project's headers, as in
// pip.
func headersProject(name string) string { return strings.ReplaceAll(name, "_", "-") }

// unpackAll writes all placements, several at once.
func (w *Wheel) unpackAll(tree *Tree, target Target, placements []*placement, workers int) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, len(placements))
	jobs := schedule(placements)

	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	errs := map[string]error{}
	take := func() *placement {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) > 0 || next == len(jobs) {
			return nil
		}
		next++
		return jobs[next-1]
	}
	for range workers {
		wg.Go(func() {
			u := newUnpacker()
			for p := take(); p != nil; p = take() {
				if err := w.unpackOne(u, tree, target, p); err != nil {
					mu.Lock()
					errs[p.member.path] = err
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if len(errs) == 0 {
		return nil
	}
	failed := make([]string, 0, len(errs))
	for name := range errs {
		failed = append(failed, name)
	}
	sort.Strings(failed)
	return &Error{Member: failed[0], Err: errs[failed[0]]}
}

// largeMember is the size, in bytes, from which on a member is unpacked before
// the others, so that no processor unpacks a large one alone at the end.
const largeMember = 1 << 20

// schedule returns the members in the order of unpacking: large ones by size,
// then the others in the order of the archive.
func schedule(placements []*placement) []*placement {
	jobs := append([]*placement(nil), placements...)
	weight := func(p *placement) uint64 {
		if size := p.member.zip.UncompressedSize64; size >= largeMember {
			return size
		}
		return 0
	}
	sort.SliceStable(jobs, func(i, j int) bool { return weight(jobs[i]) > weight(jobs[j]) })
	return jobs
}

func (w *Wheel) unpackOne(u *unpacker, tree *Tree, target Target, p *placement) error {
	f, err := tree.create(p.path, p.exec)
	if err != nil {
		return err
	}
	if err := w.copyTo(u, f, target, p); err != nil {
		f.Close()
		return err
	}
	return tree.close(f)
}

func (w *Wheel) copyTo(u *unpacker, f *os.File, target Target, p *placement) error {
	if !p.script {
		err := u.unpack(w.archive.file, p.member, func(piece []byte) error {
			_, err := f.Write(piece)
			return err
		})
		p.sum, p.size = p.member.sum, p.member.size
		return err
	}
	sum := sha256.New()
	first := true
	err := u.unpack(w.archive.file, p.member, func(piece []byte) error {
		if first {
			first = false
			if line, replaced := rewriteShebang(piece, target.interpreter()); replaced > 0 {
				piece = append([]byte(line), bytes.Clone(piece[replaced:])...)
			}
		}
		sum.Write(piece)
		p.size += int64(len(piece))
		_, err := f.Write(piece)
		return err
	})
	sum.Sum(p.sum[:0])
	return err
}
