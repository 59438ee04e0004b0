package accounts

import (
	"errors"
	"strings"
	"testing"
)

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
	group  = "root:x:0:\nwww-data:x:33:\nstaff:x:50:"
)

func TestANameOrANumberOfSomebodyElseIsTaken(t *testing.T) {
	known := Files{Passwd: passwd, Group: group}
	for name, u := range map[string]Account{
		"the uid 33 belongs to the image's user www-data":     {Name: "app", UID: 33, GID: 1000},
		"the image has a user www-data with the uid 33":       {Name: "www-data", UID: 1000, GID: 33},
		"the image has a user www-data with the gid 33":       {Name: "www-data", UID: 33, GID: 1000},
		"the image has a group staff with the gid 50, not 99": {Name: "staff", UID: 99, GID: 99},
	} {
		if err := known.Conflict(u); !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v", u, err)
		}
	}
	for _, u := range []Account{{Name: "www-data", UID: 33, GID: 33}, {Name: "new", UID: 9, GID: 50}} {
		if err := known.Conflict(u); err != nil {
			t.Errorf("%+v: %v", u, err)
		}
	}
}

func TestTheOwnerIsFoundByNameAndNumber(t *testing.T) {
	known := Files{Passwd: passwd, Group: group}
	for text, want := range map[string][2]int{
		"www-data": {33, 33}, "33": {33, 33}, "1000": {1000, 0}, "1000:7": {1000, 7}, "www-data:staff": {33, 50}, "0:0": {0, 0},
	} {
		uid, gid, err := known.Owner(text)
		if err != nil || uid != want[0] || gid != want[1] {
			t.Errorf("%s is %d:%d, %v", text, uid, gid, err)
		}
	}
	for _, text := range []string{"nobody-here", "33:nothing"} {
		if _, _, err := known.Owner(text); err == nil {
			t.Errorf("%s is known", text)
		}
	}
}

func FuzzAccounts(f *testing.F) {
	f.Add(passwd, group, "app", 1000)
	f.Add(":::::\n#x", "a:b", "", -1)
	f.Fuzz(func(t *testing.T, passwd, group, name string, uid int) {
		a := Files{Passwd: passwd, Group: group}
		u := Account{Name: name, UID: uid, GID: uid, Home: "/"}
		if a.Conflict(u) == nil && name != "" && uid >= 0 && !strings.ContainsAny(name, ":\n#") {
			a.Add(u)
			if got, _, err := a.Owner(name); err == nil && got != uid && !isNumber(name) {
				t.Errorf("%q was added as %d and is %d", name, uid, got)
			}
		}
	})
}

func isNumber(s string) bool { return strings.Trim(s, "+-0123456789") == "" }
