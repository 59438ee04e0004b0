package integration

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/step/protocol"
)

// The guards on what a build runs ask what a vertex does: by the id of its
// step, by its command, or by its file operation. The names in the progress are
// for people, and no guard reads them.

// What the steps of the layers that most images have are called by does.
const (
	resolve            = string(protocol.ResolveID)
	locate             = string(protocol.LocateID)
	addTheUser         = string(protocol.AccountsID)
	createVenv         = "venv"
	takeInterpreter    = "interpreter"
	compareThePackages = "inspect"
	collectTheFindings = "copy inspect:/ to /, copy compile:/ to /"
	copyTheApplication = "copy files:/app to /, copy files:/app to /app/, copy files:/ to /"
	compileApplication = "compile /app"
	merge              = "merge"
)

// buildsOf is what runs if a package has to be built again whose backend has nothing to ask for.
func buildsOf(pkg string) []string {
	return []string{string(protocol.WheelID(pkg)), "wheels " + pkg, compareThePackages, merge}
}

// asksAndBuilds is what runs if its backend may ask.
func asksAndBuilds(pkg string) []string {
	return append([]string{string(protocol.AskID(pkg))}, buildsOf(pkg)...)
}

// selectTheApplication is the selection of its files from the context.
func selectTheApplication(include ...string) string {
	text := "copy context:/ to /app/"
	if len(include) > 0 {
		text += ": " + strings.Join(include, " ")
	}
	return text
}

// steps are the vertices that ran and were not in the cache, without those that
// every build has. Among these are sources: BuildKit reports them as done and
// not as cached, whether or not it had to fetch them; the index's own log
// tells. So is what stands in the definition itself, lists and empty folders:
// BuildKit writes it anew to look at its content.
func steps(r *lab.Result) []string {
	var ran []string
	for _, v := range r.Ran() {
		if !everyBuildHas(v) {
			ran = append(ran, does(v))
		}
	}
	return ran
}

// everyBuildHas reports whether a vertex tells nothing of a change: sources
// whose content a digest names, the client's files, what writes text of the
// definition, and BuildKit's own import and export.
func everyBuildHas(v lab.Vertex) bool {
	if v.Operation == nil {
		return v.Lookup != "" || slices.ContainsFunc([]string{"exporting ", "importing cache manifest from ", "[auth] "}, func(prefix string) bool {
			return strings.HasPrefix(v.Name, prefix)
		})
	}
	switch op := v.Operation.Op.Op.(type) {
	case *pb.Op_Source:
		return !strings.HasPrefix(op.Source.Identifier, "git://")
	case *pb.Op_File:
		return len(v.Operation.Inputs) == 0
	}
	return false
}

// done are the vertices of a build that do something: "wheels lab-pure",
// whether or not they were in the cache; those of its own definition if there are any.
func done(r *lab.Result, what string) (found []lab.Vertex) {
	for _, v := range r.Vertexes {
		if does(v) == what {
			found = append(found, v)
		}
	}
	if own := slices.DeleteFunc(slices.Clone(found), func(v lab.Vertex) bool { return v.Foreign }); len(own) > 0 {
		return own
	}
	return found
}

// does says what a vertex does:
//
//	wheel shared                      a step that has an id: the id
//	wheels lab-pure lab-steps         a command of Moult's programs, with what
//	                                  tells it from others of the kind
//	copy context:/web to /src/: *.js  a file operation, with the kind of what is
//	                                  copied and the patterns that select files
//	merge, diff                       those operations
//	source docker-image://...         a source
//	look up docker-image://...        the look-up of a source
//	unknown sha256:...                a vertex that the frontend did not ask for
func does(v lab.Vertex) string {
	if v.Lookup != "" {
		return "look up " + v.Lookup
	}
	if v.Operation == nil {
		return "unknown " + v.Digest.String() + ", which the progress calls " + v.Name
	}
	if id := v.Operation.Description[protocol.Description]; id != "" {
		return id
	}
	return kind(v.Operation)
}

// kind is what an operation does without its id.
func kind(o *lab.Operation) string {
	switch op := o.Op.Op.(type) {
	case *pb.Op_Exec:
		return commandOf(op.Exec.Meta.Args)
	case *pb.Op_File:
		return fileActions(o, op.File.Actions)
	case *pb.Op_Source:
		return "source " + op.Source.Identifier
	case *pb.Op_Merge:
		return "merge"
	case *pb.Op_Diff:
		return "diff"
	}
	return "operation"
}

// commandOf is a command of a step.
func commandOf(args []string) string {
	c, err := protocol.Parse(args)
	if err != nil {
		return "exec " + strings.Join(args, " ")
	}
	what := []string{args[1]}
	switch c := c.(type) {
	case protocol.Run:
		what = append(what, c.Command...)
	case protocol.InstallWheels:
		for _, w := range c.Wheels {
			what = append(what, packageOf(path.Base(w)))
		}
	case protocol.Compile:
		what = append(what, c.Path)
	case protocol.Download:
		what = append(what, c.Filename)
	case protocol.SetModes:
		what = append(what, c.Mode)
	}
	return strings.Join(what, " ")
}

// packageOf is the package whose wheel a mount holds. It is named after the
// package, or after the file if no lock names the package.
func packageOf(mount string) string {
	if !strings.HasSuffix(mount, ".whl") {
		return mount
	}
	name, _, _ := strings.Cut(mount, "-")
	return pep503.Normalize(name)
}

// fileActions are the actions of a file operation. It leaves out what is not
// its purpose: the folders that it makes for a copy, and the copy of a whole
// result onto itself, which sets the times of folders.
func fileActions(o *lab.Operation, actions []*pb.FileAction) string {
	var copies, others []string
	for _, a := range actions {
		if setsTimes(o, a) {
			continue
		}
		switch action := a.Action.(type) {
		case *pb.FileAction_Copy:
			c := action.Copy
			text := "copy " + content(o, int(a.SecondaryInput)) + ":" + c.Src + " to " + c.Dest
			if len(c.IncludePatterns) > 0 {
				text += ": " + strings.Join(c.IncludePatterns, " ")
			}
			copies = append(copies, text)
		case *pb.FileAction_Mkfile:
			others = append(others, "write "+action.Mkfile.Path)
		case *pb.FileAction_Rm:
			others = append(others, "remove "+action.Rm.Path)
		case *pb.FileAction_Mkdir:
			others = append(others, "make "+action.Mkdir.Path)
		}
	}
	if len(copies) > 0 {
		return strings.Join(copies, ", ")
	}
	return strings.Join(others, ", ")
}

// setsTimes reports whether an action copies empty folders onto those that are
// there.
func setsTimes(o *lab.Operation, a *pb.FileAction) bool {
	c, ok := a.Action.(*pb.FileAction_Copy)
	n := int(a.SecondaryInput)
	return ok && c.Copy.Src == "/" && c.Copy.Dest == "/" && n >= 0 && n < len(o.Inputs) && o.Inputs[n] != nil && len(o.Inputs[n].Inputs) == 0
}

// content is the kind of the file system that is copied from.
func content(o *lab.Operation, input int) string {
	if input < 0 || input >= len(o.Inputs) || o.Inputs[input] == nil {
		return "its own"
	}
	from := o.Inputs[input]
	switch op := from.Op.Op.(type) {
	case *pb.Op_Source:
		scheme, name, _ := strings.Cut(op.Source.Identifier, "://")
		if scheme == "local" {
			return name
		}
		return scheme
	case *pb.Op_File:
		return "files"
	}
	what, _, _ := strings.Cut(kind(from), " ")
	return what
}
