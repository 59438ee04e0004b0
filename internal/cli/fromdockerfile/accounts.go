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

// account reads useradd, adduser, groupadd and addgroup.
func (d *dockerfile) account(words []string) {
	var a Account
	var group string
	var names []string
	isGroup := strings.Contains(words[0], "group")
	ofSystem, noNumber := false, true
	for n := 1; n < len(words); n++ {
		option, value, joined := strings.Cut(words[n], "=")
		if option == "--system" || option == "-S" || strings.HasPrefix(option, "-") && !strings.HasPrefix(option, "--") && strings.Contains(option, "r") {
			ofSystem = true
		}
		if m := cluster.FindStringSubmatch(option); m != nil {
			option = "-" + m[1]
		}
		if !strings.HasPrefix(option, "-") {
			names = append(names, d.expand(words[n], d.vars))
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
		value = d.expand(value, d.vars)
		switch option {
		case "-u", "--uid":
			a.UID, _ = strconv.Atoi(value)
			noNumber = a.UID == 0
		case "-g", "--gid":
			if option == "-g" && words[0] == "adduser" {
				continue // the user's full name
			}
			group = value
		case "-G", "--ingroup":
			if group == "" && words[0] == "adduser" {
				group = value
			}
		case "-d", "--home", "--home-dir", "-h":
			a.Home = value
		}
	}
	if len(names) == 0 {
		return
	}
	number, err := strconv.Atoi(group)
	if isGroup {
		if err == nil {
			d.groups[names[len(names)-1]] = number
		} else if ofSystem && words[0] == "groupadd" {
			d.groups[names[len(names)-1]] = d.systemNumber(&d.systemGroups)
		}
		return
	}
	if noNumber && ofSystem && words[0] == "useradd" {
		a.UID, noNumber = d.systemNumber(&d.systemUsers), false
		if group == "" && d.groups[names[len(names)-1]] == 0 {
			a.GID = d.systemNumber(&d.systemGroups)
		}
	}
	a.unnumbered = noNumber && ofSystem
	if words[0] == "useradd" {
		a.Name = names[len(names)-1]
	} else {
		a.Name = names[0]
	}
	if _, there := d.users[a.Name]; there && len(names) > 1 {
		return // adduser USER GROUP
	}
	switch {
	case err == nil && number == 0:
		a.GID = rootGroup
	case err == nil:
		a.GID = number
	case group != "":
		a.GID = d.numberOf(group)
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
		d.Notes = append(d.Notes, Note{File: d.name, Text: "no USER",
			Why: `the image ran as root; now it runs as 65532, and user = "root" takes that back`})
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
		d.Notes = append(d.Notes, Note{File: d.name, Text: "USER " + d.User, Why: `nothing in the Dockerfile says what it is: write user = "..."`})
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
		d.Notes = append(d.Notes, Note{File: d.name, Text: text, Why: "the build file takes no such name, so that the image runs as the number " + d.User})
	case !acceptable.MatchString(a.Name):
		d.NewUser = Account{}
		d.Notes = append(d.Notes, Note{File: d.name, Text: text, Why: `the build file takes no such name; write user = {name = "app", uid = ...}`})
	case a.unnumbered:
		d.Notes = append(d.Notes, Note{File: d.name, Text: text, Why: "a user of the system gets the number that is free; here it is 1000: write uid = ... where files of volumes belong to the old one"})
	}
}

// unknownUser handles the name of a user that no known command creates: the
// base has this user, or an unknown command creates it.
func (d *dockerfile) unknownUser(name, group string) {
	text := "USER " + d.User
	switch {
	case !acceptable.MatchString(name):
		d.User = ""
		d.Notes = append(d.Notes, Note{File: d.name, Text: text, Why: `the build file takes no such name; write user = {name = "app", uid = ...}, or a number`})
	case slices.Contains(baseUsers, name):
		if group != "" && d.groups[group] == 0 && !slices.Contains(baseUsers, group) && baseGroups[group] == 0 && strings.Trim(group, "0123456789") != "" {
			d.User = name
			d.Notes = append(d.Notes, Note{File: d.name, Text: text, Why: "nothing says the number of the group " + group + `: write user = "` + name + `:NUMBER"`})
		} else if number := d.groups[group]; number != 0 {
			d.User = name + ":" + strconv.Itoa(max(number, 0))
		}
	case !d.ofDebian():
		// The base may have it.
	default:
		d.User = ""
		d.newUser(Account{Name: name}, group)
		d.Notes = append(d.Notes, Note{File: d.name, Text: text, Why: "nothing that could be read makes this user; the image gets one with the number 1000: uid = ... changes that"})
	}
}

// ofDebian reports whether the base is an official image of Python on Debian,
// whose users are known.
func (d *dockerfile) ofDebian() bool {
	return d.Base == "" || strings.HasPrefix(d.Base, "python:") && !strings.Contains(d.Base, "alpine")
}
