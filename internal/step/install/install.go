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

// installer is what goes into INSTALLER.
const installer = "moult\n"

// Options change how a wheel is laid out.
type Options struct {
	// DirectURL is the content of direct_url.json (PEP 610), which a project
	// installed from an index must not have: nil for none.
	DirectURL []byte
	// Workers bounds how many members are unpacked at once; 0 means one for
	// each processor.
	Workers int
	// Identity is what the wheel must be.
	Identity Identity
	// Large lays out a wheel also where it is far larger unpacked than
	// packed, because somebody has said that this is right.
	Large bool
}

// File is one file of a laid out wheel.
type File struct {
	// Path is absolute, in the image.
	Path string
	// Sum and Size are those of the bytes written.
	Sum  [sha256.Size]byte
	Size int64
}

// Result is what Install did.
type Result struct {
	// Files are all files written, sorted by path.
	Files []File
	// Warnings are oddities of the wheel that did not keep it from being laid
	// out, in an order that depends on the wheel alone.
	Warnings []string
}

// placement is where one member goes.
type placement struct {
	member *member
	path   string
	exec   bool
	script bool

	sum  [sha256.Size]byte
	size int64
}

// Install lays the wheel out in the tree. Every error is an *Error. After an
// error the tree holds an undefined part of the wheel.
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

// recordRows gives the rows of the RECORD to write, its own among them.
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

// relative gives the absolute path to relative to the directory base.
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

// place decides for every member where it goes, without touching a disk.
func (w *Wheel) place(target Target, entries entryPoints) (_ []*placement, warnings []string, err error) {
	// The root first, so that what .data says wins where both name one file.
	var all []*placement
	for _, inData := range []bool{false, true} {
		for _, m := range w.archive.members {
			if m.dir || strings.HasPrefix(m.path, w.dataDir+"/") != inData {
				continue
			}
			if strings.Contains("/"+m.path, "/__pycache__/") {
				// Bytecode that did not come from the source beside it is
				// code nobody has read.
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

	// Two members for one place: the later one wins, and it is said unless
	// their bytes are the same.
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

// placeMember gives nil for a member that is not laid out.
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
				// The installer's to write.
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

// checkDistInfo refuses a file for a .dist-info directory that is not the
// wheel's own at its own place: Python would find a second distribution there,
// or this one's metadata would be others than those that were checked.
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

// headersProject is the directory of a project's headers, named the way pip
// names it for a wheel file.
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

// largeMember is the size from which on a member is unpacked ahead of the
// rest, so that no processor is left with a long one at the end.
const largeMember = 1 << 20

// schedule gives the order of unpacking: large members by size, then the rest
// as they lie in the archive.
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
