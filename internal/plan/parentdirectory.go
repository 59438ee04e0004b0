package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// ParentDirectory is a parent directory of a path that a layer adds. The layer
// must have it with the base's mode and owner, because in a merge the folder
// of the later layer replaces that of the base, even if the base has a link
// there.
type ParentDirectory struct {
	Path string `json:"path"`
	// Mode are the permission bits, with Setgid and Sticky.
	Mode uint32 `json:"mode"`
	UID  int    `json:"uid,omitempty"`
	GID  int    `json:"gid,omitempty"`
}

// Sticky is the mode bit of folders such as /tmp. Setgid is the mode bit of
// folders whose files get their group, such as /var/mail.
const (
	Sticky = 0o1000
	Setgid = 0o2000
)

// Destinations are the paths in the image at which a project adds files. The
// plan has to know which of their parent directories the base image has.
func Destinations(p *project.Project) []string {
	var all []string
	s := &p.Settings
	all = append(all, p.AppDir())
	for _, f := range s.Files {
		if f.InImage {
			all = append(all, f.To.V)
		}
	}
	for _, stage := range s.Stages {
		for _, o := range stage.Outputs {
			if path.IsAbs(o.To) {
				all = append(all, o.To)
			}
		}
	}
	for _, step := range s.Steps {
		for _, o := range step.Outputs {
			all = append(all, o.V)
		}
	}
	for n := range all {
		all[n] = path.Clean(all[n])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Prefixes are all folders of a path, outermost first and itself last.
func Prefixes(to string) []string {
	var all []string
	for dir := path.Clean(to); dir != "/"; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	slices.Reverse(all)
	return all
}

// MayMakeFolders reports whether a distribution's packages may create or change
// one of the parent directories of some paths. By the Filesystem Hierarchy
// Standard they do not use /usr/local, /srv, /home and folders outside of the
// standard; /opt belongs to packages from other sources.
func MayMakeFolders(p *SystemPackages, to []string) bool {
	foreign := len(p.Files)+len(p.Repositories) > 0
	return slices.ContainsFunc(to, func(to string) bool {
		dir, in := path.Dir(to), func(folders ...string) bool {
			return slices.ContainsFunc(folders, func(f string) bool { return to == f || below(f, to) })
		}
		switch {
		case dir == "/", in("/usr/local"):
			return false
		case slices.Contains([]string{"/bin", "/sbin", "/usr/bin", "/usr/sbin"}, dir):
			return false // they hold programs and no folders
		}
		return in("/etc", "/usr", "/var", "/lib", "/lib64", "/root", "/run", "/boot", "/bin", "/sbin") || foreign && in("/opt")
	})
}

// place resolves a path in the image: it follows the links of the base image.
// It returns the resolved path and its parent directories, outermost first. If
// the path is a folder of the base, or ends with a slash, it is one of them.
func (in Input) place(to string, pos source.Pos) (string, []ParentDirectory, error) {
	into := strings.HasSuffix(to, "/")
	prefixes := Prefixes(to)
	at := "/"
	var parents []ParentDirectory
	for n, prefix := range prefixes {
		f, known := in.ParentDirectories[prefix]
		if !known {
			f = ParentDirectory{Path: path.Join(at, path.Base(prefix)), Mode: 0o755}
		}
		if f.Mode&Sticky != 0 && temporary(f.Path) {
			// Files there are lost, because steps and many runtimes mount an empty folder
			// over it.
			err := source.Errorf(pos, "%s cannot be put into %s, which everybody may write", to, f.Path)
			if n == len(prefixes)-1 {
				err = source.Errorf(pos, "nothing can be put into %s, which everybody may write", f.Path)
			}
			return "", nil, err.WithHint("choose a folder of its own, such as /srv or /opt")
		}
		at = f.Path
		if n < len(prefixes)-1 || into || known {
			// The target of a link may have parent directories that the path does not
			// name.
			for _, dir := range Prefixes(f.Path) {
				if !slices.ContainsFunc(parents, func(p ParentDirectory) bool { return p.Path == dir }) {
					parents = append(parents, in.parent(dir, f))
				}
			}
		}
	}
	if into && at != "/" {
		at += "/"
	}
	return at, parents, nil
}

// temporary reports whether a folder that everybody may write is one for
// temporary files. In other folders, such as the application's of an image that
// Moult has built, files last.
func temporary(dir string) bool {
	return path.Base(dir) == "tmp" || below("/dev", dir) || within(dir, "/run")
}

// parent is a parent directory of f, or f itself.
func (in Input) parent(dir string, f ParentDirectory) ParentDirectory {
	if dir == f.Path {
		return f
	}
	if known, ok := in.ParentDirectories[dir]; ok && known.Path == dir {
		return known
	}
	return ParentDirectory{Path: dir, Mode: 0o755}
}

// below reports whether a path lies in a folder.
func below(dir, name string) bool {
	return dir == "/" || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

func compare(a, b string) int { return strings.Compare(a, b) }
