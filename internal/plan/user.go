package plan

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// DefaultUser is the default user of an image. It is a number, so that an
// orchestrator can see that it is not root, and no distribution uses this
// number.
const DefaultUser = "65532:65532"

// defaultUser is the default user if the base does not have it. Without an
// entry in passwd, programs that ask for their user's name or home folder
// fail.
var defaultUser = User{Name: "nonroot", UID: 65532, GID: 65532, Home: "/home/nonroot", Optional: true}

// User is a user that is added to the image's accounts, unless they have it.
type User struct {
	Name string `json:"name"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	// Home is created for the user, unless it exists.
	Home string `json:"home"`
	// Optional is true if the user is not added when another user has its name
	// or number.
	Optional bool       `json:"optional,omitempty"`
	Pos      source.Pos `json:"-"`
}

// Folder is a folder of the image that is created unless it exists.
type Folder struct {
	Path string `json:"path"`
	// Mode are its permission bits; 0 means the existing ones, or 0755, and all
	// rights for the group if it is owned.
	Mode uint32 `json:"mode,omitempty"`
	// Owned is true if it belongs to the image's user; otherwise its owner does
	// not change, and a new one belongs to root.
	Owned bool `json:"owned,omitempty"`
	// Open is true if everybody may create files in it, should it be new.
	Open bool       `json:"open,omitempty"`
	Pos  source.Pos `json:"-"`
}

// user is the image's user if it may have to be added; nil for a user that the
// base must have, and for a number.
func user(s *project.ImageSettings) *User {
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

// homeless reports whether the image's user gets a home folder without an
// account. It is a number, for which a container would have the home folder "/",
// where it may write nothing.
func (in Input) homeless() bool {
	if _, ok := environment.LookupEnv(in.BaseConfig.Env, "HOME"); ok || !in.Homeless {
		return false
	}
	return !slices.ContainsFunc(in.Project.Settings.Env, func(v project.Variable) bool { return v.Name == "HOME" })
}

// folders are the folders that the image needs: its working directory, which
// cannot be created later on a read-only file system, and the folders that
// its user may write.
func (in Input) folders(p *Plan) []Folder {
	s, workdir, a := &in.Project.Settings.ImageSettings, path.Clean(p.Image.WorkingDir), p.App
	byPath := map[string]Folder{}
	add := func(f Folder) {
		f.Path = path.Clean(f.Path)
		if older, ok := byPath[f.Path]; ok {
			f.Mode = cmp.Or(f.Mode, older.Mode)
			f.Owned = f.Owned || older.Owned
		}
		byPath[f.Path] = f
	}
	for _, v := range s.Volumes {
		add(Folder{Path: v.V, Owned: true, Pos: v.Pos})
	}
	for _, w := range s.Writable {
		add(Folder{Path: w.Path, Mode: w.Mode, Owned: true, Pos: w.Pos})
	}
	if _, ok := byPath[defaultUser.Home]; !ok && in.homeless() {
		add(Folder{Path: defaultUser.Home, Owned: true, Pos: s.User.Pos})
	}
	if _, ok := byPath[workdir]; !ok && workdir != "/" && (a == nil || workdir != a.Dir) {
		add(Folder{Path: workdir, Open: in.mayOpen(workdir)})
	}
	if a != nil && a.Open {
		// The layer of the folders has their parent directories, too, and it comes
		// after the application. A step without the application's files has this layer.
		needed := len(p.Steps) > 0
		for name := range byPath {
			needed = needed || below(a.Dir, name)
		}
		if _, ok := byPath[a.Dir]; !ok && needed {
			add(Folder{Path: a.Dir, Mode: protocol.OpenMode})
		}
	}
	return slices.SortedFunc(maps.Values(byPath), func(a, b Folder) int { return cmp.Compare(a.Path, b.Path) })
}
