package llb

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// files are files that do not belong to the application.
func (g *graph) files(f plan.Files) bk.State {
	src := g.selected(g.source(f, TargetRuntime), TargetRuntime, f)
	action := g.resetTimes(g.copy(g.folderAction(nil, f.Parents), src, f), f.Parents)
	return bk.Scratch().File(action, bk.WithCustomName("[runtime] "+f.What()), identified(protocol.FilesID(f.What())), g.Locate(f.Pos))
}

// put copies files onto an image whose files are not known.
func (g *graph) put(image bk.State, target string, files []plan.Files) bk.State {
	for _, f := range files {
		src := g.selected(g.source(f, target), target, f)
		image = image.File(g.copy(nil, src, f), bk.WithCustomName("["+target+"] "+f.What()), identified(protocol.FilesID(f.What())), g.Locate(f.Pos))
	}
	return image
}

// folderAction creates folders as the image has them, outermost first. Here and
// elsewhere in this package nil is an action that does nothing yet: BuildKit's
// methods append to it as to any other.
func (g *graph) folderAction(all *bk.FileAction, dirs []plan.ParentDirectory) *bk.FileAction {
	setgid := false
	for _, d := range dirs {
		// New folders in a folder with this bit inherit it.
		if setgid = setgid || d.Mode&plan.Setgid != 0; setgid || d.Mode&plan.Sticky != 0 {
			all = g.specialFolder(all, d)
			continue
		}
		options := []bk.MkdirOption{bk.WithCreatedTime(fixedTime), owned(d.UID, d.GID)}
		all = all.Mkdir(d.Path, fs.FileMode(d.Mode).Perm(), options...)
	}
	return all
}

// resetTimes sets the fixed time of folders again, which changed when files were
// copied into them. It copies empty folders over them, which adds no files.
func (g *graph) resetTimes(all *bk.FileAction, dirs []plan.ParentDirectory) *bk.FileAction {
	if len(dirs) == 0 {
		return all
	}
	tree := bk.Scratch().File(g.folderAction(nil, dirs), bk.WithCustomName("[internal] make "+dirs[len(dirs)-1].Path))
	return all.Copy(tree, "/", "/", &bk.CopyInfo{CopyDirContentsOnly: true}, bk.WithCreatedTime(fixedTime))
}

// specialFolder creates a folder with more mode bits than the permissions. A
// copy can set these, but the operation that creates a folder cannot.
func (g *graph) specialFolder(all *bk.FileAction, d plan.ParentDirectory) *bk.FileAction {
	name := "/" + path.Base(d.Path)
	empty := bk.Scratch().File(bk.Mkdir(name, 0o755, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[internal] make "+path.Base(d.Path)))
	chown, mode := owned(d.UID, d.GID), fmt.Sprintf("%04o", d.Mode)
	info := &bk.CopyInfo{ChownOpt: &chown}
	if g.Can.CopyMode {
		info.Mode = &bk.ChmodOpt{ModeStr: mode}
	} else {
		// The copy of an older daemon sets the permissions alone, and does not remove
		// other bits.
		empty = g.setModes(empty, TargetRuntime, mode, d.Path, source.Pos{})
	}
	dest := path.Dir(d.Path)
	if dest != "/" {
		dest += "/"
	}
	return all.Copy(empty, name, dest, info, bk.WithCreatedTime(fixedTime))
}

func owned(uid, gid int) bk.ChownOpt {
	return bk.ChownOpt{User: &bk.UserOpt{UID: uid}, Group: &bk.UserOpt{UID: gid}}
}

// from is a path in a state.
type from struct {
	state bk.State
	path  string
	// file is true if it is certainly a file.
	file bool
	// when is the time of the copies.
	when time.Time
	// selected is true if the state holds only what is to be copied.
	selected bool
}

// source is the place of the files to copy.
func (g *graph) source(f plan.Files, target string) from {
	src := from{path: path.Join("/", f.From), when: fixedTime}
	switch {
	case f.Download != nil && f.Unpack:
		src.state = g.unpack(f, target)
	case f.Download != nil:
		src.state, src.path, src.file = g.fetchFile(f, target), "/"+downloaded, true
	case f.Image != "":
		src.state = g.keepBytecode(g.Images[f.Image].State, target, f.What(), f.Pos, src.path)
	case f.Context != "":
		src.state = g.Contexts[f.Context]
		if g.ImageContexts[f.Context] {
			src.state = g.keepBytecode(src.state, target, f.What(), f.Pos, src.path)
		}
	case f.Stage != "":
		src.state = g.stage(f.Stage)
	default:
		src.state = g.Context(FilesSelection(f))
	}
	return src
}

// FilesSelection is the part of the build context that files come from.
func FilesSelection(f plan.Files) Selection {
	return Selection{Hint: filesHint(f), Dir: f.From, Include: f.Include, Exclude: f.Exclude}
}

// filesHint distinguishes two selections of one folder. The daemon has one copy
// for each hint and synchronises it with the current selection. Two selections
// with one hint would be correct, but each would delete the other's files, and
// the client would send them in every build.
func filesHint(f plan.Files) string {
	hint := "files-" + path.Join(append([]string{f.From}, f.Include...)...)
	if len(f.Exclude) > 0 {
		hint += " without " + strings.Join(f.Exclude, " ")
	}
	return hint
}

// copy adds a copy of files to a file operation.
func (g *graph) copy(all *bk.FileAction, src from, f plan.Files) *bk.FileAction {
	to := f.To
	if f.Name != "" && !f.Unpack && strings.HasSuffix(to, "/") {
		to = path.Join(to, f.Name)
	}
	info := &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
	}
	if src.selected {
		src.path = optional(info, src.path, f)
	} else {
		info.IncludePatterns, info.ExcludePatterns = f.Include, f.Exclude
	}
	chown := owned(f.UID, f.GID)
	info.ChownOpt = &chown
	if len(f.Include) > 0 {
		to = strings.TrimSuffix(to, "/") + "/"
	}
	switch {
	case g.Can.CopyMode:
		info.Mode = g.mode(f.Mode)
	case src.file && f.Mode != 0:
		info.Mode = &bk.ChmodOpt{Mode: fs.FileMode(f.Mode).Perm()}
	}
	return all.Copy(src.state, src.path, to, info, bk.WithCreatedTime(src.when))
}

// downloaded is the name of a file that was fetched by its hash. It is not
// the name in the URL, because a URL must not be part of a key: a mirror has
// the same file.
const downloaded = "file"

// fetchFile fetches a file by its hash; its name in the state is downloaded.
func (g *graph) fetchFile(f plan.Files, target string) bk.State {
	return bk.HTTP(f.Download.URL,
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, f.Download.SHA256)),
		bk.Filename(downloaded),
		bk.Chmod(0o644),
		bk.WithCustomName(fmt.Sprintf("[%s] download %s", target, f.Download.Filename)),
		g.Locate(f.Pos))
}

// unpack returns the content of an archive that is fetched by its hash.
func (g *graph) unpack(f plan.Files, target string) bk.State {
	archive := path.Join(protocol.Archive, downloaded)
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: target, pos: f.Pos,
		name:    "unpack " + f.Download.Filename,
		id:      protocol.UnpackID(f.What()),
		command: protocol.Unpack{Archive: archive, Strip: f.Strip, Output: protocol.Output, Epoch: epoch()},
		options: []bk.RunOption{bk.AddMount(archive, g.fetchFile(f, target), bk.Readonly, bk.SourcePath("/"+downloaded))},
	}).AddMount(protocol.Output, bk.Scratch())
}

// add copies outputs of stages into a copy of the project's folder, at dir
// in the state.
func (g *graph) add(tree bk.State, dir, target string, added []plan.Added) bk.State {
	for _, a := range added {
		what := "copy " + a.From + " of " + a.Stage + " to " + a.To
		tree = tree.File(
			bk.Copy(g.stage(a.Stage), a.From, path.Join("/", dir, a.To), &bk.CopyInfo{
				CopyDirContentsOnly: true, CreateDestPath: true, Mode: g.mode(0),
			}, bk.WithCreatedTime(fixedTime)),
			bk.WithCustomName("["+target+"] "+what), g.Locate(a.Pos))
	}
	return tree
}

// keepBytecode prepares folders of an image for a copy, which gives all files
// the fixed time: bytecode that knows its source by its time would be stale, and
// Python would compile at each start. It changes such bytecode alone, and the
// times of its sources.
//
// The mount is writable, so that its key is not its content: the step runs again
// whenever the image is made anew. It is therefore for images that no code of
// the project changes.
func (g *graph) keepBytecode(image bk.State, target, what string, pos source.Pos, paths ...string) bk.State {
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: target, pos: pos, name: "keep the bytecode of: " + what,
		command: protocol.KeepBytecode{Root: protocol.Origin, Paths: paths, Epoch: epoch()},
	}).AddMount(protocol.Origin, image)
}
