package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Do runs one command line, with the program first. It also writes an error
// into the step's result, from which the frontend reads it.
func Do(ctx context.Context, args []string, stderr io.Writer) error {
	command, err := protocol.Parse(args)
	if err != nil {
		return err
	}
	console := NewConsole(stderr)
	err = do(ctx, command, console)
	if err != nil && command.Result() != "" {
		console.Remember("moult-build: " + err.Error())
		err = errors.Join(err, console.WriteFailure(command.Result()))
	}
	return err
}

func do(ctx context.Context, command protocol.Command, console *Console) error {
	switch c := command.(type) {
	case protocol.Resolve:
		return Wheels{
			Python: c.Python, Requirements: c.Requirements, Constraints: c.Constraints, BuildConstraints: c.BuildConstraints,
			Wheels: c.Wheels, Own: c.Own, Indexes: indexes(c.Indexes), Out: c.Output, Epoch: c.Epoch, Console: console,
		}.Make(ctx)
	case protocol.Prepare:
		return Environment{
			Python: c.Python, Requires: c.Requires, Tree: (*Tree)(c.Tree), Extra: c.Extra, Constraints: c.Constraints,
			Wheels: c.Wheels, Indexes: indexes(c.Indexes), Asked: c.Asked, Out: c.Output, Console: console,
		}.Make(ctx)
	case protocol.AskBackend:
		return Wheel{
			Python: c.Python, Environment: c.Environment, Backend: Backend{Backend: c.Backend, Path: c.BackendPath},
			Config: ParseConfig(c.Config), Extra: c.Extra, Tree: treeOf(c.Tree), Out: c.Output, Epoch: c.Epoch, Console: console,
		}.Ask(ctx)
	case protocol.BuildWheel:
		return Wheel{
			Python: c.Python, Environment: c.Environment, Backend: Backend{Backend: c.Backend, Path: c.BackendPath},
			Config: ParseConfig(c.Config), Network: c.Network, Tree: treeOf(c.Tree), Out: c.Output, Epoch: c.Epoch, Console: console,
		}.Make(ctx)
	case protocol.Choose:
		target, err := tags.ParseTarget(c.Target)
		if err != nil {
			return err
		}
		return Choose{
			Requirement: c.Requirement, Target: target, NoBinary: c.NoBinary, Pre: c.Prereleases,
			Indexes: indexes(c.Indexes), Out: c.Output, Epoch: c.Epoch, Console: console,
		}.Make(ctx)
	case protocol.Download:
		return Download{
			From: Index{URL: c.URL, Secret: c.Secret}, SHA256: c.SHA256, Filename: c.Filename, Out: c.Output, Epoch: c.Epoch,
		}.Make(ctx)
	case protocol.Locate:
		return IndexLookup{Request: c.Request, Cache: c.Cache, Out: c.Output, Console: console}.Make(ctx)
	case protocol.Packages:
		return System{
			Packages: c.Names, Files: c.Files, Repositories: c.Repositories, Epoch: c.Epoch, Console: console,
		}.Make(ctx, c.Manager)
	case protocol.Accounts:
		return Accounts{Base: c.Base, Out: c.Output, User: c.User, Owner: c.Owner, Folders: c.Folders, Epoch: c.Epoch}.Make()
	case protocol.AddPython:
		return AddPython{
			From: c.Origin, Base: c.Base, Interpreter: c.Interpreter, Library: c.Library,
			Out: c.Output, Epoch: c.Epoch, Says: console,
		}.Make()
	case protocol.TakeInterpreter:
		return TakeInterpreter{
			From: c.Base, Interpreter: c.Interpreter, Library: c.Library, Files: c.Files, Folders: c.Folders, Out: c.Output, Epoch: c.Epoch,
		}.Make()
	case protocol.Run:
		return Run{Args: c.Command, Epoch: c.Epoch, Outputs: c.Outputs, Report: c.Report, Console: console}.Make(ctx)
	case protocol.Unpack:
		return Unpack{Archive: c.Archive, Out: c.Output, Strip: c.Strip, Epoch: c.Epoch}.Make(ctx)
	case protocol.SetModes:
		return Modes{Source: c.Source, Mode: c.Mode, Out: c.Output, Epoch: c.Epoch}.Make(ctx)
	case protocol.KeepBytecode:
		return keepBytecodeBelow(tree(c.Root), c.Paths, c.Epoch)
	case protocol.ShowFailure:
		content, err := os.ReadFile(filepath.Join(c.Folder, protocol.Failure))
		if err == nil {
			_, err = console.Write(content)
		}
		return err
	}
	return fmt.Errorf("moult-build has no command %T", command)
}

func treeOf(t *protocol.Tree) Tree {
	if t == nil {
		return Tree{}
	}
	return Tree(*t)
}

func indexes(all []protocol.Index) []Index {
	var list []Index
	for _, i := range all {
		list = append(list, Index(i))
	}
	return list
}
