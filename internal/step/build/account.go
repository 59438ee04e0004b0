package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Account is a user as passwd(5) has it.
type Account struct {
	Name     string
	UID, GID int
	Home     string
}

// accounts are the users and groups of an image. The texts are kept as they
// are: what is not understood in them is not touched.
type accounts struct {
	passwd, group, shadow string
	hasShadow             bool
}

// readAccounts reads the accounts below an image's root. Files that are not
// there are empty.
func readAccounts(root tree) (accounts, error) {
	var a accounts
	for _, f := range []struct {
		name string
		text *string
	}{{"/etc/passwd", &a.passwd}, {"/etc/group", &a.group}, {"/etc/shadow", &a.shadow}} {
		content, err := root.readFile(f.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return a, err
		}
		*f.text = string(content)
		if f.name == "/etc/shadow" {
			a.hasShadow = true
		}
	}
	return a, nil
}

// users are those of passwd, in its order.
func (a accounts) users() []Account {
	var all []Account
	for line := range strings.SplitSeq(a.passwd, "\n") {
		f := strings.Split(line, ":")
		if len(f) < 6 || strings.HasPrefix(line, "#") {
			continue
		}
		uid, err1 := strconv.Atoi(f[2])
		gid, err2 := strconv.Atoi(f[3])
		if err1 == nil && err2 == nil {
			all = append(all, Account{Name: f[0], UID: uid, GID: gid, Home: f[5]})
		}
	}
	return all
}

// groupID gives a group's number by its name.
func (a accounts) groupID(name string) (int, bool) {
	for line := range strings.SplitSeq(a.group, "\n") {
		f := strings.Split(line, ":")
		if len(f) >= 3 && f[0] == name {
			gid, err := strconv.Atoi(f[2])
			return gid, err == nil
		}
	}
	return 0, false
}

func (a accounts) hasGroup(gid int) bool {
	for line := range strings.SplitSeq(a.group, "\n") {
		if f := strings.Split(line, ":"); len(f) >= 3 && f[2] == strconv.Itoa(gid) {
			return true
		}
	}
	return false
}

// ErrTaken says that an account cannot be added because of another.
var ErrTaken = errors.New("is taken")

// conflict says what of an account is taken; nil where it is there already or
// may be added.
func (a accounts) conflict(u Account) error {
	for _, other := range a.users() {
		switch {
		case other.Name == u.Name && other.UID != u.UID:
			return fmt.Errorf("the image has a user %s with the uid %d, not %d: %w", u.Name, other.UID, u.UID, ErrTaken)
		case other.Name == u.Name && other.GID != u.GID:
			return fmt.Errorf("the image has a user %s with the gid %d, not %d: %w", u.Name, other.GID, u.GID, ErrTaken)
		case other.UID == u.UID && other.Name != u.Name:
			return fmt.Errorf("the uid %d belongs to the image's user %s: %w", u.UID, other.Name, ErrTaken)
		}
	}
	if gid, ok := a.groupID(u.Name); ok && gid != u.GID && !a.hasGroup(u.GID) {
		return fmt.Errorf("the image has a group %s with the gid %d, not %d: %w", u.Name, gid, u.GID, ErrTaken)
	}
	return nil
}

// CheckAccount says what of an account is taken by another of an image, whose
// passwd and group these are; the error is ErrTaken.
func CheckAccount(u Account, passwd, group string) error {
	return accounts{passwd: passwd, group: group}.conflict(u)
}

// CheckOwner says what of a user, in the form of the image configuration, an
// image does not know by its name.
func CheckOwner(text, passwd, group string) error {
	_, _, err := accounts{passwd: passwd, group: group}.owner(text)
	return err
}

// add adds an account, as far as it is not there.
func (a *accounts) add(u Account) {
	known := false
	for _, other := range a.users() {
		known = known || other.Name == u.Name
	}
	if !known {
		a.passwd = addLine(a.passwd, fmt.Sprintf("%s:x:%d:%d::%s:/sbin/nologin", u.Name, u.UID, u.GID, u.Home))
		if a.hasShadow && !strings.HasPrefix(a.shadow, u.Name+":") && !strings.Contains(a.shadow, "\n"+u.Name+":") {
			// No password, and no day on which it was last changed.
			a.shadow = addLine(a.shadow, u.Name+":!::0:99999:7:::")
		}
	}
	if !a.hasGroup(u.GID) {
		a.group = addLine(a.group, fmt.Sprintf("%s:x:%d:", u.Name, u.GID))
	}
}

func addLine(text, line string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + line + "\n"
}

// owner gives the numbers of a user in the form of the image configuration:
// "name", "uid", "name:group", "uid:gid".
func (a accounts) owner(text string) (uid, gid int, err error) {
	user, group, hasGroup := strings.Cut(text, ":")
	uid, err = strconv.Atoi(user)
	found := err == nil
	for _, u := range a.users() {
		if u.Name == user || err == nil && u.UID == uid {
			uid, gid, found = u.UID, u.GID, true
			break
		}
	}
	if !found {
		return 0, 0, fmt.Errorf("the image has no user %q", user)
	}
	if !hasGroup {
		return uid, gid, nil
	}
	if gid, err = strconv.Atoi(group); err == nil {
		return uid, gid, nil
	}
	gid, ok := a.groupID(group)
	if !ok {
		return 0, 0, fmt.Errorf("the image has no group %q", group)
	}
	return uid, gid, nil
}

// tree is the root file system of an image, mounted in a folder.
type tree string

// path gives where a file of the image is, its symbolic links followed inside
// the image. The file need not exist.
func (t tree) path(name string) (string, error) { return rootPath(string(t), name) }

func (t tree) readFile(name string) ([]byte, error) {
	p, err := t.path(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(p)
}
