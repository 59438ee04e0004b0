package llb

import (
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// asTheyAre is the mode of files that the build file says nothing of: the umask
// of a checkout must neither make files unreadable nor change the layer.
const asTheyAre = "u=rwX,go=rX"

// noExecute is the mode of a copy before one with a mode that lacksSearch: X
// makes a file executable if it was executable before. So the bit is removed
// first, and X sets it only for folders.
const noExecute = "a-x"

// symbolic is the mode of copies in the notation of chmod(1). Permission bits
// alone would make folders that nobody can enter.
func symbolic(bits uint32) string {
	if bits == 0 {
		return asTheyAre
	}
	var classes []string
	for n, class := range []string{"u", "g", "o"} {
		b := bits >> (6 - 3*n) & 7
		text := class + "="
		if b&4 != 0 {
			text += "r"
		}
		if b&2 != 0 {
			text += "w"
		}
		if b&1 != 0 {
			text += "x"
		} else if b&4 != 0 {
			text += "X"
		}
		classes = append(classes, text)
	}
	return strings.Join(classes, ",")
}

// lacksSearch reports whether a mode lets somebody read and not execute.
func lacksSearch(bits uint32) bool {
	perm := fs.FileMode(bits).Perm()
	return perm != 0 && perm>>2&0o111&^perm != 0
}

// mode is the mode of a copy; nil where the daemon cannot set it and setModes
// has done so before.
func (g *graph) mode(bits uint32) *bk.ChmodOpt {
	if !g.Can.CopyMode {
		return nil
	}
	return &bk.ChmodOpt{ModeStr: symbolic(bits)}
}

// setModes gives the files of a state their modes. It is for a daemon whose
// copies know no symbolic modes.
func (g *graph) setModes(st bk.State, target, mode, what string, pos source.Pos) bk.State {
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: target, pos: pos, name: "set the modes of " + what,
		command: protocol.SetModes{Source: protocol.Source, Mode: mode, Output: protocol.Output, Epoch: epoch()},
		options: []bk.RunOption{bk.AddMount(protocol.Source, st, bk.Readonly)},
	}).AddMount(protocol.Output, bk.Scratch())
}

// lazy reports whether a copy makes the parent directories of a file when it
// meets the file. They get the time of the build then, and only another copy
// gives them the fixed time.
func lazy(include, exclude []string) bool {
	for _, pattern := range exclude {
		if strings.HasPrefix(pattern, "!") {
			return true
		}
	}
	return len(include) > 0
}

// optional is the source of a copy by patterns, which may match nothing. Then
// the patterns' folder is not there either, because the client sends only what
// matches, and BuildKit accepts that for a wildcard alone. So the first letter
// becomes one.
func optional(info *bk.CopyInfo, name string, f plan.Files) string {
	dir, base := path.Split(name)
	if len(f.Include) == 0 || base == "" || strings.ContainsAny(name, `*?[\`) || strings.IndexByte("^!-]", base[0]) >= 0 {
		return name
	}
	_, first := utf8.DecodeRuneInString(base)
	info.AllowWildcard, info.AllowEmptyWildcard = true, true
	return dir + "[" + base[:first] + "]" + base[first:]
}

// selected prepares files where one copy cannot give them their modes and
// times.
func (g *graph) selected(src from, target string, f plan.Files) from {
	if src.file || g.Can.CopyMode && !lacksSearch(f.Mode) && !lazy(f.Include, f.Exclude) {
		return src
	}
	name := path.Base(src.path)
	if name == "/" {
		name = "all"
	}
	info := &bk.CopyInfo{
		CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: f.Include, ExcludePatterns: f.Exclude,
	}
	if g.Can.CopyMode && lacksSearch(f.Mode) {
		info.Mode = &bk.ChmodOpt{ModeStr: noExecute}
	}
	st := bk.Scratch().File(
		bk.Copy(src.state, optional(info, src.path, f), "/"+name, info, bk.WithCreatedTime(src.when)),
		bk.WithCustomName("[internal] select "+f.What()), identified(protocol.FilesID(f.What())), g.Locate(f.Pos))
	if !g.Can.CopyMode {
		if lacksSearch(f.Mode) {
			st = g.setModes(st, target, noExecute, f.What(), f.Pos)
		}
		st = g.setModes(st, target, symbolic(f.Mode), f.What(), f.Pos)
	}
	return from{state: st, path: "/" + name, when: src.when, selected: true}
}
