package plan

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/step/protocol"
)

// open makes the application's folder one in which everybody may create files.
// All layers that have the folder get the same mode.
func (in Input) open(a *App) Input {
	folder := ParentDirectory{Path: a.Dir, Mode: protocol.OpenMode}
	a.Open = true
	a.Parents = append(slices.DeleteFunc(slices.Clone(a.Parents), func(p ParentDirectory) bool { return p.Path == a.Dir }), folder)
	all := maps.Clone(in.ParentDirectories)
	if all == nil {
		all = map[string]ParentDirectory{}
	}
	all[a.Dir] = folder
	in.ParentDirectories = all
	return in
}

// mayOpen reports whether everybody may create files in a folder, which holds
// the application or is the working folder: not in a folder of the system or of
// the environment, and not in one that belongs to a user of the base.
func (in Input) mayOpen(dir string) bool {
	if in.Project.Settings.App.ReadOnly || dir == "/" || within(dir, protocol.Venv) {
		return false
	}
	f, known := in.ParentDirectories[dir]
	if !known {
		return !slices.Contains(systemFolders, dir)
	}
	return f.UID == 0 && f.Path == dir && !systemFolder(dir)
}

// systemFolders are folders of the Filesystem Hierarchy Standard that hold what
// belongs to somebody else.
var systemFolders = []string{
	"/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/media", "/mnt", "/opt",
	"/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/usr/src", "/var",
}

// systemFolder reports whether a folder of the base is one of them or one that a
// distribution has in them.
func systemFolder(dir string) bool {
	switch top := "/" + strings.SplitN(strings.TrimPrefix(dir, "/"), "/", 2)[0]; top {
	case "/home", "/media", "/mnt", "/opt", "/srv":
		return dir == top
	case "/usr":
		return path.Dir(dir) != "/usr/src"
	default:
		return slices.Contains(systemFolders, top)
	}
}
