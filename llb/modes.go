package llb

import (
	"path"
	"strings"
	"unicode/utf8"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// noExecute is the mode of a copy before one with a mode that plan.LacksSearch: X
// makes a file executable if it was executable before. So the bit is removed
// first, and X sets it only for folders.
const noExecute = "a-x"

// mode is the mode of a copy; nil where the daemon cannot set it and setModes
// has done so before.
func (g *graph) mode(bits uint32) *bk.ChmodOpt {
	if !g.Can.CopyMode {
		return nil
	}
	return &bk.ChmodOpt{ModeStr: plan.CopyMode(bits)}
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
	if src.file || g.Can.CopyMode && !plan.LacksSearch(f.Mode) && !lazy(f.Include, f.Exclude) {
		return src
	}
	name := path.Base(src.path)
	if name == "/" {
		name = "all"
	}
	info := &bk.CopyInfo{
		CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: f.Include, ExcludePatterns: f.Exclude,
	}
	if g.Can.CopyMode && plan.LacksSearch(f.Mode) {
		info.Mode = &bk.ChmodOpt{ModeStr: noExecute}
	}
	st := bk.Scratch().File(
		bk.Copy(src.state, optional(info, src.path, f), "/"+name, info, bk.WithCreatedTime(src.when)),
		bk.WithCustomName("[internal] select "+f.What()), identified(protocol.FilesID(f.What())), g.Locate(f.Pos))
	if !g.Can.CopyMode {
		if plan.LacksSearch(f.Mode) {
			st = g.setModes(st, target, noExecute, f.What(), f.Pos)
		}
		st = g.setModes(st, target, plan.CopyMode(f.Mode), f.What(), f.Pos)
	}
	return from{state: st, path: "/" + name, when: src.when, selected: true}
}
