package plan

import (
	"cmp"
	"path"
	"slices"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// DefaultUser is the user an image runs as if nothing else is said: a number,
// so that an orchestrator can see it is not root, and one that no
// distribution gives to anybody.
const DefaultUser = "65532:65532"

// defaultUser is what the default user is called where the base does not know
// it: without an entry in passwd, programs that ask for their user's name or
// home folder fail.
var defaultUser = User{Name: "nonroot", UID: 65532, GID: 65532, Home: "/home/nonroot", Optional: true}

// User is a user that is added to the image's accounts, unless it is there.
type User struct {
	Name string `json:"name"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	// Home is made, owned by the user, unless it is there.
	Home string `json:"home"`
	// Optional is true where the image may do without it, if its name or
	// number belong to somebody else.
	Optional bool       `json:"optional,omitempty"`
	Pos      source.Pos `json:"-"`
}

// Folder is a folder of the image that is made unless it is there.
type Folder struct {
	Path string `json:"path"`
	// Mode is its permission bits; 0 means those it has, or 0755.
	Mode uint32 `json:"mode,omitempty"`
	// Owned is true where it belongs to the image's user; otherwise it keeps
	// its owner, or belongs to root.
	Owned bool       `json:"owned,omitempty"`
	Pos   source.Pos `json:"-"`
}

// user is the image's user where it may have to be added; nil for one that the
// base must know, and for a bare number.
func user(s *project.Settings) *User {
	switch {
	case s.User == nil:
		u := defaultUser
		return &u
	case s.User.Make:
		return &User{Name: s.User.Name, UID: s.User.UID, GID: s.User.GID, Home: s.User.Home, Pos: s.User.Pos}
	default:
		return nil
	}
}

// folders are those that the image needs: its working directory, which nobody
// can make later on a read-only file system, and what its user may write.
func folders(s *project.Settings, workdir string, a *App) []Folder {
	byPath := map[string]Folder{}
	add := func(f Folder) {
		f.Path = path.Clean(f.Path)
		if older, ok := byPath[f.Path]; ok {
			f.Mode = cmp.Or(f.Mode, older.Mode)
			f.Owned = f.Owned || older.Owned
		}
		byPath[f.Path] = f
	}
	if workdir != "/" && (a == nil || path.Clean(workdir) != a.Dir) {
		add(Folder{Path: workdir})
	}
	for _, v := range s.Volumes {
		add(Folder{Path: v.V, Owned: true, Pos: v.Pos})
	}
	for _, w := range s.Writable {
		add(Folder{Path: w.Path, Mode: w.Mode, Owned: true, Pos: w.Pos})
	}
	var all []Folder
	for _, f := range byPath {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Folder) int { return cmp.Compare(a.Path, b.Path) })
	return all
}
