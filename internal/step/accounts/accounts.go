// Package accounts reads and writes the users and groups of an image in the
// formats of passwd(5), group(5) and shadow(5). The frontend uses it to check
// that an account can be added, and a step uses it to add the account.
package accounts

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Account is a user in the form of passwd(5).
type Account struct {
	Name     string
	UID, GID int
	Home     string
}

// Files are the users and groups of an image. Lines that are not understood
// are not changed.
type Files struct {
	Passwd, Group, Shadow string
	// HasShadow is whether the image has a shadow file.
	HasShadow bool
}

// users are those of passwd, in its order.
func (f Files) users() []Account {
	var all []Account
	for line := range strings.SplitSeq(f.Passwd, "\n") {
		part := strings.Split(line, ":")
		if len(part) < 6 || strings.HasPrefix(line, "#") {
			continue
		}
		uid, err1 := strconv.Atoi(part[2])
		gid, err2 := strconv.Atoi(part[3])
		if err1 == nil && err2 == nil {
			all = append(all, Account{Name: part[0], UID: uid, GID: gid, Home: part[5]})
		}
	}
	return all
}

// groupID gives a group's number by its name.
func (f Files) groupID(name string) (int, bool) {
	for line := range strings.SplitSeq(f.Group, "\n") {
		part := strings.Split(line, ":")
		if len(part) >= 3 && part[0] == name {
			gid, err := strconv.Atoi(part[2])
			return gid, err == nil
		}
	}
	return 0, false
}

func (f Files) hasGroup(gid int) bool {
	for line := range strings.SplitSeq(f.Group, "\n") {
		if part := strings.Split(line, ":"); len(part) >= 3 && part[2] == strconv.Itoa(gid) {
			return true
		}
	}
	return false
}

// ErrTaken is the error for an account that cannot be added because of another
// one.
var ErrTaken = errors.New("is taken")

// HasUser reports whether a user has a number.
func (f Files) HasUser(uid int) bool {
	return slices.ContainsFunc(f.users(), func(u Account) bool { return u.UID == uid })
}

// Conflict says which part of an account is taken; nil if the account exists
// or can be added.
func (f Files) Conflict(u Account) error {
	for _, other := range f.users() {
		switch {
		case other.Name == u.Name && other.UID != u.UID:
			return fmt.Errorf("the image has a user %s with the uid %d, not %d: %w", u.Name, other.UID, u.UID, ErrTaken)
		case other.Name == u.Name && other.GID != u.GID:
			return fmt.Errorf("the image has a user %s with the gid %d, not %d: %w", u.Name, other.GID, u.GID, ErrTaken)
		case other.UID == u.UID && other.Name != u.Name:
			return fmt.Errorf("the uid %d belongs to the image's user %s: %w", u.UID, other.Name, ErrTaken)
		}
	}
	if gid, ok := f.groupID(u.Name); ok && gid != u.GID && !f.hasGroup(u.GID) {
		return fmt.Errorf("the image has a group %s with the gid %d, not %d: %w", u.Name, gid, u.GID, ErrTaken)
	}
	return nil
}

// Add adds the missing parts of an account.
func (f *Files) Add(u Account) {
	known := false
	for _, other := range f.users() {
		known = known || other.Name == u.Name
	}
	if !known {
		f.Passwd = addLine(f.Passwd, fmt.Sprintf("%s:x:%d:%d::%s:/sbin/nologin", u.Name, u.UID, u.GID, u.Home))
		if f.HasShadow && !strings.HasPrefix(f.Shadow, u.Name+":") && !strings.Contains(f.Shadow, "\n"+u.Name+":") {
			// No password, and no day on which it was last changed.
			f.Shadow = addLine(f.Shadow, u.Name+":!::0:99999:7:::")
		}
	}
	if !f.hasGroup(u.GID) {
		f.Group = addLine(f.Group, fmt.Sprintf("%s:x:%d:", u.Name, u.GID))
	}
}

func addLine(text, line string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + line + "\n"
}

// Owner returns the numbers of a user in the form of the image
// configuration: "name", "uid", "name:group", "uid:gid".
func (f Files) Owner(text string) (uid, gid int, err error) {
	user, group, hasGroup := strings.Cut(text, ":")
	uid, err = strconv.Atoi(user)
	found := err == nil
	for _, u := range f.users() {
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
	gid, ok := f.groupID(group)
	if !ok {
		return 0, 0, fmt.Errorf("the image has no group %q", group)
	}
	return uid, gid, nil
}
