package plan

import (
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestFoldersOfTheSystemAndOfUsersStayClosed(t *testing.T) {
	base := map[string]ParentDirectory{}
	for _, dir := range []string{"/app", "/etc", "/etc/nginx", "/opt", "/opt/tool", "/srv", "/usr", "/usr/src", "/usr/src/app", "/usr/lib", "/var", "/var/www", "/home"} {
		base[dir] = ParentDirectory{Path: dir, Mode: 0o755}
	}
	base["/home/web"] = ParentDirectory{Path: "/home/web", Mode: 0o700, UID: 1000}
	for dir, want := range map[string]bool{
		"/app": true, "/code": true, "/opt/tool": true, "/opt/new": true, "/usr/src/app": true, "/srv/new": true, "/home/new": true, "/etc/new": true,
		"/": false, "/etc": false, "/etc/nginx": false, "/opt": false, "/srv": false, "/usr/src": false, "/usr/lib": false, "/var/www": false,
		"/mnt": false, "/home/web": false, "/opt/venv": false, "/opt/venv/share": false,
	} {
		in := Input{Project: &project.Project{}, ParentDirectories: base}
		if got := in.mayOpen(dir); got != want {
			t.Errorf("%s: open is %v, want %v", dir, got, want)
		}
		in.Project.Settings.App.ReadOnly = true
		if in.mayOpen(dir) {
			t.Errorf("%s is open though the application is read-only", dir)
		}
	}
}
