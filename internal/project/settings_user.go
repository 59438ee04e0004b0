package project

import (
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

var (
	userName = regex.New(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$`)
	number   = regex.New(`^[0-9]+$`)
)

// maxID is the largest user and group number a container may have.
const maxID = 1<<31 - 2

// firstID is the default number of a user to add: the first number that
// distributions use for persons.
const firstID = 1000

// user reads the key user.
func (r *reader) user(n *toml.Node) {
	if n == nil {
		return
	}
	parse := parseUser
	if n.Kind == toml.Table {
		parse = newUser
	}
	user, err := parse(n)
	r.fail(err)
	r.p.Settings.User = user
}

// newUser reads {name, uid, gid, home}.
func newUser(n *toml.Node) (*User, error) {
	var t userTable
	if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
		return nil, err
	}
	u := &User{Pos: n.Pos(), Make: true, Name: t.Name.V, UID: firstID, Home: path.Join("/home", t.Name.V)}
	switch {
	case t.Name.V == "root":
		return nil, source.Errorf(t.Name.Pos, "every image has the user root, so it cannot be created").WithHint(`write user = "root"`)
	case !userName.MatchString(t.Name.V):
		return nil, source.Errorf(t.Name.Pos, "user.name: %q is not a user's name", t.Name.V).WithHint("use letters, digits, '_', '-' and '.', with no digit at the start")
	}
	if t.UID != nil {
		if t.UID.V < 1 || t.UID.V > maxID {
			return nil, source.Errorf(t.UID.Pos, "user.uid: %d cannot be the uid of a user other than root", t.UID.V).WithHint("write a number from 1 on, such as %d", firstID)
		}
		u.UID = t.UID.V
	}
	u.GID = u.UID
	if t.GID != nil {
		if t.GID.V < 0 || t.GID.V > maxID {
			return nil, source.Errorf(t.GID.Pos, "user.gid: %d is not a group's number", t.GID.V)
		}
		u.GID = t.GID.V
	}
	if t.Home != nil {
		home, err := absolutePath(*t.Home, "user.home")
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(home, func(c rune) bool { return c == ':' || unicode.IsControl(c) }) {
			// The value becomes a field of /etc/passwd.
			return nil, source.Errorf(t.Home.Pos, "user.home: %q must not contain a colon or a control character", home)
		}
		u.Home = home
	}
	u.Text = strconv.Itoa(u.UID) + ":" + strconv.Itoa(u.GID)
	return u, nil
}

// writable reads the list of folders that the user may write.
func (r *reader) writable(list []*toml.Node) {
	for _, n := range list {
		var t writableTable
		var err error
		if n.Kind == toml.Table {
			err = toml.Decode(n, &t)
		} else {
			err = toml.Decode(n, &t.Path)
		}
		w := Writable{Pos: n.Pos()}
		if err == nil {
			w.Path, err = folder(t.Path, "writable", "given to the user")
		}
		if err == nil && t.Mode != nil {
			w.Mode, err = parseMode(t.Mode)
		}
		for _, older := range r.p.Settings.Writable {
			if err == nil && older.Path == w.Path {
				err = source.Errorf(t.Path.Pos, "writable: %q is there twice, first at line %d", w.Path, older.Pos.Line)
			}
		}
		if err != nil {
			r.fail(err)
			continue
		}
		r.p.Settings.Writable = append(r.p.Settings.Writable, w)
	}
}

var modeForm = regex.New(`^0?[0-7]{3,4}$`)

// parseMode reads permission bits such as "0755".
func parseMode(n *toml.Node) (uint32, error) {
	if n.Kind != toml.String {
		err := source.Errorf(n.Pos(), "mode must be a string of octal digits, not %s", n.Kind)
		if n.Kind == toml.Int {
			if digits := strings.TrimPrefix(n.Str, "0o"); modeForm.MatchString(digits) {
				return 0, err.WithHint("write mode = %q", "0"+strings.TrimPrefix(digits, "0"))
			}
		}
		return 0, err.WithHint(`write one such as "0755"`)
	}
	mode, err := strconv.ParseUint(n.Str, 8, 32)
	if err != nil || !modeForm.MatchString(n.Str) || mode == 0 || mode > 0o7777 {
		return 0, source.Errorf(n.Pos(), "%q is not a mode", n.Str).WithHint(`write octal digits such as "0755"`)
	}
	return uint32(mode), nil
}

func parseUser(n *toml.Node) (*User, error) {
	if n.Kind == toml.Int {
		return nil, source.Errorf(n.Pos(), "user must be a string, not an integer").WithHint("write user = %q", n.Str)
	}
	if err := n.Expect(toml.String); err != nil {
		return nil, err
	}
	u := &User{Pos: n.Pos(), UID: -1, GID: -1, Text: n.Str}
	who, group, hasGroup := strings.Cut(n.Str, ":")
	bad := func(part string) error {
		return source.Errorf(n.Pos(), "user: %q is not a user", part).WithHint(`write a number, a name that the base image knows, or either with a group: "1000", "www-data", "1000:1000"`)
	}
	var ok bool
	if u.Name, u.UID, ok = nameOrID(who); !ok {
		return nil, bad(n.Str)
	}
	if hasGroup {
		if u.Group, u.GID, ok = nameOrID(group); !ok {
			return nil, bad(n.Str)
		}
	}
	return u, nil
}

func nameOrID(text string) (name string, id int, ok bool) {
	if number.MatchString(text) {
		id, err := strconv.Atoi(text)
		return "", id, err == nil && id <= maxID
	}
	return text, -1, userName.MatchString(text)
}
