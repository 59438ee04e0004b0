package fromdockerfile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Account is a user that the image gets. A number is 0 if the Dockerfile does
// not set it; the group 0 is rootGroup.
type Account struct {
	Name     string
	UID, GID int
	Home     string
	// unnumbered is true if the tool that creates the user chooses a number that
	// cannot be known here.
	unnumbered bool
}

// rootGroup means group 0, because 0 means no number.
const rootGroup = -1

// baseGroups are groups of Debian to which Dockerfiles add users.
var baseGroups = map[string]int{"root": rootGroup, "users": 100, "staff": 50, "www-data": 33, "nogroup": 65534, "daemon": 1}

// baseUsers are users that Debian has.
var baseUsers = []string{"root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "www-data", "backup", "list", "irc", "_apt", "nobody"}

// acceptable matches the names of users that the build file accepts.
var acceptable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$`)

// cluster matches short options in one word, of which only the last can have a
// value.
var cluster = regexp.MustCompile(`^-[A-Za-z]+([A-Za-z])$`)

// accountValues are the options of useradd and adduser, of Debian and of
// busybox, that take a value.
const accountValues = " -u --uid -g --gid -G --groups --ingroup -d --home --home-dir -h -s --shell -c --comment --gecos -k --skel -K --key -e --expiredate -f --inactive -p --password -b --base-dir "

// accountCommand is a call of useradd, adduser, groupadd or addgroup.
type accountCommand struct {
	program string
	names   []string
	// group is the main group, by name or number.
	group string
	uid   int
	home  string
	// ofSystem is true for a system account, whose number is taken from a range of its own.
	ofSystem bool
}

// account reads useradd, adduser, groupadd and addgroup.
func (d *dockerfile) account(words []string) {
	c := d.accountCommand(words)
	switch {
	case len(c.names) == 0:
	case strings.Contains(c.program, "group"):
		d.addGroup(c)
	default:
		d.addUser(c)
	}
}

// accountCommand reads the options and names of such a command.
func (d *dockerfile) accountCommand(words []string) accountCommand {
	c := accountCommand{program: words[0]}
	for n := 1; n < len(words); n++ {
		option, value, joined := strings.Cut(words[n], "=")
		if option == "--system" || option == "-S" || strings.HasPrefix(option, "-") && !strings.HasPrefix(option, "--") && strings.Contains(option, "r") {
			c.ofSystem = true
		}
		if m := cluster.FindStringSubmatch(option); m != nil {
			option = "-" + m[1]
		}
		if !strings.HasPrefix(option, "-") {
			c.names = append(c.names, d.expand(words[n], d.vars))
			continue
		}
		// In busybox -h and -k take values, -S and -D do not; -m and -r of useradd
		// do not either, also together: -rm.
		if !strings.Contains(accountValues, " "+option+" ") {
			continue
		}
		if !joined && n+1 < len(words) {
			n++
			value = words[n]
		}
		c.set(option, d.expand(value, d.vars))
	}
	return c
}

// set takes an option with its value.
func (c *accountCommand) set(option, value string) {
	switch option {
	case "-u", "--uid":
		c.uid, _ = strconv.Atoi(value)
	case "-g", "--gid":
		// adduser's -g is the user's full name.
		if option != "-g" || c.program != "adduser" {
			c.group = value
		}
	case "-G", "--ingroup":
		if c.group == "" && c.program == "adduser" {
			c.group = value
		}
	case "-d", "--home", "--home-dir", "-h":
		c.home = value
	}
}

// last is the last of the names.
func (c accountCommand) last() string { return c.names[len(c.names)-1] }

// addGroup notes the number of a new group.
func (d *dockerfile) addGroup(c accountCommand) {
	if number, err := strconv.Atoi(c.group); err == nil {
		d.groups[c.last()] = number
	} else if c.ofSystem && c.program == "groupadd" {
		d.groups[c.last()] = d.systemNumber(&d.systemGroups)
	}
}

// addUser notes a new user.
func (d *dockerfile) addUser(c accountCommand) {
	a := Account{Name: c.names[0], UID: c.uid, Home: c.home}
	if c.program == "useradd" {
		a.Name = c.last()
	}
	if a.UID == 0 && c.ofSystem && c.program == "useradd" {
		a.UID = d.systemNumber(&d.systemUsers)
		if c.group == "" && d.groups[a.Name] == 0 {
			a.GID = d.systemNumber(&d.systemGroups)
		}
	}
	a.unnumbered = a.UID == 0 && c.ofSystem
	if _, there := d.users[a.Name]; there && len(c.names) > 1 {
		return // adduser USER GROUP
	}
	number, err := strconv.Atoi(c.group)
	switch {
	case err == nil && number == 0:
		a.GID = rootGroup
	case err == nil:
		a.GID = number
	case c.group != "":
		a.GID = d.numberOf(c.group)
	case d.groups[a.Name] != 0:
		a.GID = d.groups[a.Name]
	}
	if a.GID == a.UID {
		a.GID = 0
	}
	if a.Home == "/home/"+a.Name || !strings.HasPrefix(a.Home, "/") || a.Home == "/nonexistent" {
		a.Home = ""
	}
	d.users[a.Name] = a
}

// numberOf returns the number of a group by its name; 0 if it is not known.
func (d *dockerfile) numberOf(group string) int {
	if number := d.groups[group]; number != 0 {
		return number
	}
	return baseGroups[group]
}

// systemNumber is the number that the next user or group of the system gets from
// useradd and groupadd: the highest below 1000 that is free.
func (d *dockerfile) systemNumber(taken *int) int {
	*taken++
	return 1000 - *taken
}

// user decides as which user the image runs.
func (d *dockerfile) user() {
	name, group, _ := strings.Cut(d.User, ":")
	if a, ok := d.users[name]; ok {
		d.newUser(a, group)
		return
	}
	if d.User == "" {
		d.note(nil, "no USER", `the image ran as root; now it runs as 65532, and user = "root" takes that back`)
		return
	}
	number, err := strconv.Atoi(name)
	for _, other := range sortedKeys(d.users) {
		if a := d.users[other]; err == nil && a.UID == number && number != 0 {
			d.newUser(a, group)
			return
		}
	}
	if !strings.Contains(d.User, "$") && err != nil {
		d.unknownUser(name, group)
		return
	}
	if strings.Contains(d.User, "$") {
		d.note(nil, "USER "+d.User, `nothing in the Dockerfile says what it is: write user = "..."`)
		d.User = ""
	}
}

// newUser sets the user of the image to one that the Dockerfile creates.
func (d *dockerfile) newUser(a Account, group string) {
	text := "USER " + d.User
	if group != "" && group != a.Name {
		if number, err := strconv.Atoi(group); err == nil {
			a.GID = number
		} else {
			a.GID = d.numberOf(group)
		}
		if group == "0" {
			a.GID = rootGroup
		}
	}
	d.User, d.NewUser = "", a
	switch {
	case !acceptable.MatchString(a.Name) && a.UID > 0:
		d.User, d.NewUser = strconv.Itoa(a.UID), Account{}
		if a.GID != 0 {
			d.User += ":" + strconv.Itoa(max(a.GID, 0))
		}
		d.note(nil, text, "the build file takes no such name, so that the image runs as the number "+d.User)
	case !acceptable.MatchString(a.Name):
		d.NewUser = Account{}
		d.note(nil, text, `the build file takes no such name; write user = {name = "app", uid = ...}`)
	case a.unnumbered:
		d.note(nil, text, "a user of the system gets the number that is free; here it is 1000: write uid = ... where files of volumes belong to the old one")
	}
}

// unknownUser handles the name of a user that no known command creates: the
// base has this user, or an unknown command creates it.
func (d *dockerfile) unknownUser(name, group string) {
	text := "USER " + d.User
	switch {
	case !acceptable.MatchString(name):
		d.User = ""
		d.note(nil, text, `the build file takes no such name; write user = {name = "app", uid = ...}, or a number`)
	case slices.Contains(baseUsers, name):
		if group != "" && d.groups[group] == 0 && !slices.Contains(baseUsers, group) && baseGroups[group] == 0 && strings.Trim(group, "0123456789") != "" {
			d.User = name
			d.note(nil, text, "nothing says the number of the group "+group+`: write user = "`+name+`:NUMBER"`)
		} else if number := d.groups[group]; number != 0 {
			d.User = name + ":" + strconv.Itoa(max(number, 0))
		}
	case !d.ofDebian():
		// The base may have it.
	default:
		d.User = ""
		d.newUser(Account{Name: name}, group)
		d.note(nil, text, "nothing that could be read makes this user; the image gets one with the number 1000: uid = ... changes that")
	}
}

// ofDebian reports whether the base is an official image of Python on Debian,
// whose users are known.
func (d *dockerfile) ofDebian() bool {
	return d.Base == "" || strings.HasPrefix(d.Base, "python:") && !strings.Contains(d.Base, "alpine")
}
