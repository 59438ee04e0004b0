package hostile

import (
	"archive/zip"
	"io/fs"
	"slices"
	"strings"
)

const (
	wheelFile = "demo-1.0-py3-none-any.whl"
	wheelInfo = "demo-1.0.dist-info"
	wheelData = "demo-1.0.data"
)

// wheelOf returns a wheel with the members that every wheel has and further
// ones. A further member replaces one of the same name.
func wheelOf(members ...member) func() map[string][]byte {
	return func() map[string][]byte {
		all := slices.Clone(members)
		for _, m := range []member{
			{name: wheelInfo + "/METADATA", data: "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"},
			{name: wheelInfo + "/WHEEL", data: "Wheel-Version: 1.0\nGenerator: hostile\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
			{name: wheelInfo + "/RECORD"},
		} {
			if !slices.ContainsFunc(members, func(o member) bool { return o.name == m.name }) {
				all = append(all, m)
			}
		}
		return map[string][]byte{wheelFile: zipOf(all...)}
	}
}

// wheels returns the vectors of the kind Wheel. The function is long because it
// is a table.
func wheels() []Vector {
	var all []Vector
	add := func(outcome Outcome, name, message, description string, members ...member) {
		all = append(all, Vector{Name: name, Description: description, Kind: Wheel, File: wheelFile,
			Outcome: outcome, Message: message, Files: wheelOf(members...)})
	}
	refused := func(name, message, description string, members ...member) {
		add(Refused, name, message, description, members...)
	}
	script := func(text string) member { return member{name: wheelInfo + "/entry_points.txt", data: text} }

	const deletes = `begins with ".wh."`
	refused("wheel-whiteout-member", deletes, "a member whose name deletes a file of the base where the image is pulled",
		member{name: wheelData + "/data/bin/.wh.python", data: "x"})
	refused("wheel-whiteout-environment", deletes, "a member that deletes pyvenv.cfg",
		member{name: wheelData + "/data/.wh.pyvenv.cfg"})
	refused("wheel-whiteout-opaque", deletes, "a member that deletes all other packages",
		member{name: ".wh..wh..opq"})
	refused("wheel-whiteout-folder", deletes, "a folder whose name is a deletion",
		member{name: "demo/.wh.x/y.py", data: "x"})
	refused("wheel-whiteout-script", deletes, "a script whose name is a deletion",
		member{name: wheelData + "/scripts/.wh.python", data: "#!python\n"})
	refused("wheel-whiteout-command", deletes, "an entry point whose name is a deletion",
		script("[console_scripts]\n.wh.python = demo:main\n"))

	const own = "virtual environment's own"
	for name, at := range map[string]string{
		"wheel-file-pyvenv-cfg":     "data/pyvenv.cfg",
		"wheel-folder-pyvenv-cfg":   "data/pyvenv.cfg/x",
		"wheel-file-bin":            "data/bin",
		"wheel-file-lib":            "data/lib",
		"wheel-file-lib-python":     "data/lib/python3.13",
		"wheel-file-site-packages":  "data/lib/python3.13/site-packages",
		"wheel-file-lib64":          "data/lib64",
		"wheel-file-lib64-python":   "data/lib64/python3.13",
		"wheel-file-bin-python":     "data/bin/python",
		"wheel-folder-bin-python":   "data/bin/python/x",
		"wheel-folder-bin-python3":  "scripts/python3.13/x",
		"wheel-script-named-python": "scripts/python3",
	} {
		refused(name, own, "a member in the place of what the environment consists of: "+at,
			member{name: wheelData + "/" + at, data: "x"})
	}
	slices.SortFunc(all, func(a, b Vector) int { return strings.Compare(a.Name, b.Name) })

	refused("wheel-second-dist-info", "more than one .dist-info", "a second distribution at the top",
		member{name: "other-9.dist-info/METADATA", data: "x"})
	refused("wheel-second-dist-info-case", "more than one .dist-info", "a second distribution, spelled as Python also reads it",
		member{name: "other-9.Dist-Info/METADATA", data: "x"})
	refused("wheel-dist-info-file", "is a file and has the name of a .dist-info directory", "a file that Python takes for a distribution",
		member{name: "other-9.dist-info", data: "x"})
	for _, scheme := range []string{"purelib", "platlib", "data/lib/python3.13/site-packages", "data/lib64/python3.13/site-packages"} {
		name := strings.NewReplacer("/", "-", ".", "").Replace(scheme)
		refused("wheel-second-dist-info-"+name, "only .dist-info directory", "a second distribution through .data/"+scheme,
			member{name: wheelData + "/" + scheme + "/other-9.dist-info/RECORD", data: "x"})
		refused("wheel-own-dist-info-"+name, "only .dist-info directory", "its own metadata replaced through .data/"+scheme,
			member{name: wheelData + "/" + scheme + "/" + wheelInfo + "/METADATA", data: "Name: other\nVersion: 9\n"})
	}

	refused("wheel-climbs", "leaves the archive", "a path that leads out", member{name: "../../evil", data: "x"})
	refused("wheel-climbs-from-data", "leaves the archive", "a path that leads out of .data", member{name: wheelData + "/data/../../../evil", data: "x"})
	refused("wheel-absolute", "absolute path", "an absolute path", member{name: "/etc/cron.d/evil", data: "x"})
	refused("wheel-backslash", "backslash", "a path with backslashes", member{name: `a\..\..\evil`, data: "x"})
	refused("wheel-link", "a/evil", "a symbolic link, through which a later member is written", member{name: "a", data: "/etc", mode: fs.ModeSymlink | 0o777}, member{name: "a/evil", data: "x"})
	refused("wheel-device", "neither a plain file nor a directory", "a device node", member{name: "null", mode: fs.ModeDevice | 0o666})
	refused("wheel-fifo", "neither a plain file nor a directory", "a named pipe", member{name: "fifo", mode: fs.ModeNamedPipe | 0o666})
	refused("wheel-encrypted", "encrypted", "an encrypted member", member{name: "a.py", data: "x", raw: func(h *zip.FileHeader) { h.Flags |= 1 }})
	refused("wheel-twice", "occurs twice", "two members of one name, of which readers take different ones", member{name: "a.py", data: "1"}, member{name: "a.py", data: "2"})
	refused("wheel-file-and-folder", "", "a member that is a file and a folder", member{name: "a", data: "x"}, member{name: "a/b.py", data: "x"})
	refused("wheel-control-character", "control character", "a name that clears the terminal it is printed on", member{name: "a\x1b[2Jb.py", data: "x"})
	refused("wheel-control-character-c1", "control character", "a name with a control character beyond ASCII", member{name: "a\u009b2Jb.py", data: "x"})
	refused("wheel-command-control-character", "control character", "a command whose name ends a line of the log", script("[console_scripts]\na\x1b[2Jb = demo:main\n"))
	refused("wheel-command-code", "is not a reference", "an entry point that is code", script("[console_scripts]\nrun = demo:f() or __import__('os').system('id')\n"))
	refused("wheel-command-climbs", "leave the bin directory", "an entry point outside of bin", script("[console_scripts]\n../../evil = demo:main\n"))
	refused("wheel-command-python", "is the interpreter's", "an entry point called python", script("[console_scripts]\npython = demo:main\n"))
	refused("wheel-other-project", "the archive holds", "the wheel of another project under this one's name",
		member{name: wheelInfo + "/METADATA"}, member{name: "requests-9.9.dist-info/METADATA", data: "Name: requests\nVersion: 9.9\n"})
	all[len(all)-1].Files = func() map[string][]byte {
		return map[string][]byte{wheelFile: zipOf(member{name: "requests-9.9.dist-info/METADATA", data: "Name: requests\nVersion: 9.9\n"},
			member{name: "requests-9.9.dist-info/WHEEL", data: "Wheel-Version: 1.0\n"}, member{name: "requests-9.9.dist-info/RECORD"})}
	}
	refused("wheel-metadata-other-name", "says that it is", "metadata of another project",
		member{name: wheelInfo + "/METADATA", data: "Metadata-Version: 2.1\nName: requests\nVersion: 1.0\n"})
	refused("wheel-metadata-other-version", "says that it is", "metadata of another version, by which a scanner finds nothing wrong",
		member{name: wheelInfo + "/METADATA", data: "Metadata-Version: 2.1\nName: demo\nVersion: 9.9\n"})
	refused("wheel-dist-info-other-version", "the archive holds", "a .dist-info directory of another version")
	all[len(all)-1].Files = func() map[string][]byte {
		return map[string][]byte{wheelFile: zipOf(member{name: "demo-9.9.dist-info/METADATA", data: "Name: demo\nVersion: 9.9\n"},
			member{name: "demo-9.9.dist-info/WHEEL", data: "Wheel-Version: 1.0\n"}, member{name: "demo-9.9.dist-info/RECORD"})}
	}
	refused("wheel-bomb", "unpack to", "a wheel of one megabyte that unpacks to a gigabyte", member{name: "a.bin", zeros: 1 << 30})
	all[len(all)-1].Costly = true
	refused("wheel-lies-about-size", "unpack to", "a wheel of some hundred bytes that declares three gigabytes", member{name: "a.bin", data: "x", declares: 3 << 30})
	refused("wheel-no-record", "RECORD", "a RECORD that is no table", member{name: wheelInfo + "/RECORD", data: "a,b,c,d\n"})

	refused("wheel-command-target-control-character", "", "an entry point whose module would begin a line of the log",
		script("[console_scripts]\na = demo\rwarning: forged:main\n"))
	refused("wheel-name-control-character", "", "a name in METADATA that clears the terminal it is printed on",
		member{name: wheelInfo + "/METADATA", data: "Metadata-Version: 2.1\nName: de\x1b[2Jmo\nVersion: 1.0\n"})
	add(Accepted, "wheel-record-control-character", "", "a RECORD row that would begin a line of the log",
		member{name: wheelInfo + "/RECORD", data: "\"a\nwarning: forged\",sha256=x,1\n"})
	add(Accepted, "wheel-record-hash-control-character", "", "a RECORD hash that would begin a line of the log",
		member{name: "a.py", data: "x"}, member{name: wheelInfo + "/RECORD", data: "a.py,\"\nwarning: forged\",1\n"})
	add(Accepted, "wheel-setuid", "", "a member with the set-user-id bit, which is dropped",
		member{name: wheelData + "/scripts/su", data: "#!/bin/sh\n", mode: fs.ModeSetuid | 0o755})
	add(Accepted, "wheel-bytecode", "", "bytecode that did not come from its source, which is left out",
		member{name: "a.py", data: "x"}, member{name: "__pycache__/a.cpython-313.pyc", data: "evil"})
	return all
}
