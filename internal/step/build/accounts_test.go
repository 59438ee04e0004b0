package build

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/moult-build/moult/internal/step/accounts"
	"github.com/moult-build/moult/internal/step/protocol"
)

// image is a root file system in a folder of the test's.
func image(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			if err := os.Symlink(target, p); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
	group  = "root:x:0:\nwww-data:x:33:\nstaff:x:50:"
)

func TestAUserIsAddedToTheFilesThatTheImageHas(t *testing.T) {
	for name, test := range map[string]struct{ files, want map[string]string }{
		"all of them": {
			map[string]string{"etc/passwd": passwd, "etc/group": group, "etc/shadow": "root:*:19000:0:99999:7:::\n"},
			map[string]string{
				"etc/passwd": passwd + "app:x:1000:1000::/home/app:/sbin/nologin\n",
				"etc/group":  group + "\napp:x:1000:\n",
				"etc/shadow": "root:*:19000:0:99999:7:::\napp:!::0:99999:7:::\n",
			},
		},
		"no shadow": {
			map[string]string{"etc/passwd": passwd, "etc/group": group},
			map[string]string{"etc/passwd": passwd + "app:x:1000:1000::/home/app:/sbin/nologin\n", "etc/shadow": ""},
		},
		"none of them": {
			nil,
			map[string]string{"etc/passwd": "app:x:1000:1000::/home/app:/sbin/nologin\n", "etc/group": "app:x:1000:\n"},
		},
		"a link": {
			map[string]string{"etc/passwd": "-> /usr/etc/passwd", "usr/etc/passwd": passwd},
			map[string]string{"usr/etc/passwd": passwd + "app:x:1000:1000::/home/app:/sbin/nologin\n", "etc/passwd": ""},
		},
		"there already": {
			map[string]string{"etc/passwd": "app:x:1000:1000::/:/bin/sh\n", "etc/group": "app:x:1000:\n"},
			map[string]string{"etc/passwd": "", "etc/group": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := Accounts{
				Base: image(t, test.files), Out: t.TempDir(), Epoch: 1,
				User: &protocol.Account{Name: "app", UID: 1000, GID: 1000, Home: ""},
			}
			a.User.Home = "/home/app"
			if os.Geteuid() != 0 {
				a.User.Home = ""
			}
			if err := a.Make(); err != nil {
				t.Fatal(err)
			}
			for name, want := range test.want {
				if os.Geteuid() != 0 {
					want = strings.ReplaceAll(want, "/home/app", "")
				}
				got, err := os.ReadFile(filepath.Join(a.Out, name))
				if want == "" && err == nil {
					t.Errorf("%s is written: %q", name, got)
				} else if string(got) != want {
					t.Errorf("%s is %q, not %q", name, got, want)
				}
			}
		})
	}
}

func TestANameOrANumberOfSomebodyElseIsAnError(t *testing.T) {
	for name, u := range map[string]protocol.Account{
		"the uid 33 belongs to the image's user www-data": {Name: "app", UID: 33, GID: 1000},
		"the image has a user www-data with the gid 33":   {Name: "www-data", UID: 33, GID: 1000},
	} {
		base := image(t, map[string]string{"etc/passwd": passwd, "etc/group": group})
		if err := (Accounts{Base: base, Out: t.TempDir(), User: &u}).Make(); !errors.Is(err, accounts.ErrTaken) || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v", u, err)
		}
		out := t.TempDir()
		u.Optional = true
		if err := (Accounts{Base: base, Out: out, User: &u}).Make(); err != nil {
			t.Errorf("%+v: the image may do without: %v", u, err)
		}
		if left, _ := os.ReadDir(out); len(left) > 0 {
			t.Errorf("%+v leaves %v", u, left)
		}
	}
}

func TestAnyUserOfGroupZeroMayWriteTheUsersFolders(t *testing.T) {
	base := image(t, map[string]string{"etc/passwd": passwd, "etc/group": group, "var/old/x": ""})
	if err := os.Chmod(filepath.Join(base, "var/old"), 0o750); err != nil {
		t.Fatal(err)
	}
	a := Accounts{
		Base: base, Out: t.TempDir(), Owner: "65532:65532",
		User: &protocol.Account{Name: "nonroot", UID: 65532, GID: 65532, Home: "/home/nonroot", Optional: true},
		Folders: []protocol.Folder{
			{Path: "/data", Owned: true}, {Path: "/closed", Mode: 0o700, Owned: true}, {Path: "/var/old", Owned: true}, {Path: "/work"},
		},
	}
	if err := a.Make(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		mode os.FileMode
		uid  uint32
	}{
		"home/nonroot": {0o775, 65532}, "data": {0o775, 65532}, "closed": {0o700, 65532}, "var/old": {0o770, 65532}, "work": {0o755, 0},
	} {
		st, err := os.Lstat(filepath.Join(a.Out, name))
		if err != nil {
			t.Fatal(err)
		}
		if sys := st.Sys().(*syscall.Stat_t); st.Mode().Perm() != want.mode || sys.Uid != want.uid || sys.Gid != 0 {
			t.Errorf("%s is %v of %d:%d", name, st.Mode(), sys.Uid, sys.Gid)
		}
	}
}

func TestFoldersRepeatWhatTheImageHasAboveThem(t *testing.T) {
	base := image(t, map[string]string{"etc/passwd": passwd, "run/x": "", "var/run": "-> /run", "srv/file": ""})
	if err := os.Chmod(filepath.Join(base, "run"), 0o1777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	a := Accounts{Base: base, Out: t.TempDir(), Epoch: 1, Folders: []protocol.Folder{
		{Path: "/var/run/app", Mode: 0o2770}, {Path: "/data/deep/er"}, {Path: "/"},
	}}
	if err := a.Make(); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		"run": 0o777 | os.ModeSticky, "run/app": 0o770 | os.ModeSetgid, "data": 0o755, "data/deep/er": 0o755,
	} {
		st, err := os.Lstat(filepath.Join(a.Out, name))
		if err != nil {
			t.Error(err)
		} else if st.Mode() != mode|os.ModeDir || st.ModTime().Unix() != 1 {
			t.Errorf("%s is %v of %v", name, st.Mode(), st.ModTime())
		}
	}
	if _, err := os.Lstat(filepath.Join(a.Out, "var/run")); err == nil {
		t.Error("a link of the image is replaced by a folder")
	}
	a = Accounts{Base: base, Out: t.TempDir(), Folders: []protocol.Folder{{Path: "/srv/file"}}}
	if err := a.Make(); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("a file where a folder should be: %v", err)
	}
}

func TestNothingIsWrittenThroughALinkOfTheLayer(t *testing.T) {
	out, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(out, "link")); err != nil {
		t.Fatal(err)
	}
	l := layer{base: tree(t.TempDir()), out: out}
	if err := l.file("/link/file", "x"); err == nil || !strings.Contains(err.Error(), "/link cannot be both") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(elsewhere); len(left) > 0 {
		t.Errorf("there is %v", left)
	}
}
