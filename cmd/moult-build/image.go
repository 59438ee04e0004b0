package main

import (
	"context"
	"errors"
	"flag"
	"os"

	"github.com/moult-build/moult/internal/step/build"
)

// imageSteps are the steps that change or add to the base image, by name.
var imageSteps = map[string]func(ctx context.Context, name string, args []string) error{
	"apt": system, "apk": system, "dnf": system, "user": user, "python": python,
}

// system installs packages of a distribution.
func system(ctx context.Context, name string, args []string) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	epoch := flags.Int64("epoch", 0, "time given to files, in Unix seconds")
	var repositories, files list
	flags.Var(&repositories, "repository", "further repository, as JSON; repeatable")
	flags.Var(&files, "file", "package file; repeatable")
	if err := flags.Parse(args); err != nil {
		return err
	}
	console := build.NewConsole(os.Stderr)
	s := build.System{
		Packages: flags.Args(), Files: files, Epoch: *epoch, Console: console,
	}
	for _, arg := range repositories {
		r, err := build.ParseRepository(arg)
		if err != nil {
			return err
		}
		s.Repositories = append(s.Repositories, r)
	}
	if len(s.Packages)+len(s.Files) == 0 {
		return errors.New(name + " has nothing to install")
	}
	err := s.Make(ctx, name)
	if err != nil {
		// The result is the root itself, and of a failed step nobody takes it
		// but the frontend, which looks for the reason.
		console.Remember("moult-build: " + err.Error())
		err = errors.Join(err, console.LeaveFailure("/"))
	}
	return err
}

// user adds a user and folders to an image.
func user(_ context.Context, name string, args []string) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	a := build.Accounts{}
	u := build.Account{}
	var folders list
	flags.StringVar(&a.Base, "base", "", "root of the image")
	flags.StringVar(&a.Out, "out", "", "folder for the result")
	flags.Int64Var(&a.Epoch, "epoch", 0, "time given to files, in Unix seconds")
	flags.StringVar(&u.Name, "name", "", "user to be added")
	flags.IntVar(&u.UID, "uid", 0, "the user's number")
	flags.IntVar(&u.GID, "gid", 0, "the number of the user's group")
	flags.StringVar(&u.Home, "home", "", "the user's home folder")
	flags.BoolVar(&a.Optional, "optional", false, "leave the user out if its name or number is taken")
	flags.StringVar(&a.Owner, "owner", "", "owner of folders")
	flags.Var(&folders, "folder", "folder to be made, as JSON; repeatable")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if u.Name != "" {
		a.User = &u
	}
	for _, arg := range folders {
		f, err := build.ParseFolder(arg)
		if err != nil {
			return err
		}
		a.Folders = append(a.Folders, f)
	}
	return leave(a.Out, a.Make())
}

// python adds the Python of an image to another.
func python(_ context.Context, name string, args []string) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	a := build.AddPython{Says: os.Stderr}
	flags.StringVar(&a.From, "from", "", "root of the image with Python")
	flags.StringVar(&a.Base, "base", "", "root of the image without")
	flags.StringVar(&a.Interpreter, "interpreter", "", "the interpreter's path")
	flags.StringVar(&a.Library, "library", "", "path of the standard library")
	flags.StringVar(&a.Out, "out", "", "folder for the result")
	flags.Int64Var(&a.Epoch, "epoch", 0, "time given to files, in Unix seconds")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return leave(a.Out, a.Make())
}

// leave writes a step's error into its result, where the frontend looks for
// it.
func leave(out string, err error) error {
	if err == nil {
		return nil
	}
	console := build.NewConsole(os.Stderr)
	console.Remember("moult-build: " + err.Error())
	return errors.Join(err, console.LeaveFailure(out))
}
