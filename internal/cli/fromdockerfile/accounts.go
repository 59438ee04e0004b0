package fromdockerfile

import (
	"strconv"
	"strings"
)

// Account is a user that the image gets. Its numbers are 0 where nobody says
// them.
type Account struct {
	Name     string
	UID, GID int
	Home     string
}

// accountValues are the options of useradd and adduser, of Debian and of
// busybox, that take a value.
const accountValues = " -u --uid -g --gid -G --groups --ingroup -d --home --home-dir -h -s --shell -c --comment --gecos -k --skel -K --key -e --expiredate -f --inactive -p --password -b --base-dir "

// account reads useradd, adduser, groupadd and addgroup.
func (d *dockerfile) account(words []string) {
	var a Account
	var group string
	var names []string
	isGroup := strings.Contains(words[0], "group")
	for n := 1; n < len(words); n++ {
		option, value, joined := strings.Cut(words[n], "=")
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
		case "-g", "--gid":
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
			d.groups[names[0]] = number
		}
		return
	}
	if words[0] == "useradd" {
		a.Name = names[len(names)-1]
	} else {
		a.Name = names[0]
	}
	if _, there := d.users[a.Name]; there && len(names) > 1 {
		return // adduser USER GROUP
	}
	switch {
	case err == nil:
		a.GID = number
	case group != "":
		a.GID = d.groups[group]
	default:
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

// user decides who the image runs as.
func (d *dockerfile) user() {
	name, _, _ := strings.Cut(d.User, ":")
	if a, ok := d.users[name]; ok {
		d.User, d.NewUser = "", a
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
			d.User, d.NewUser = "", a
			return
		}
	}
	if strings.Contains(d.User, "$") {
		d.Notes = append(d.Notes, Note{File: d.name, Text: "USER " + d.User, Why: `nothing in the Dockerfile says what it is: write user = "..."`})
		d.User = ""
	}
}
