// Command moult-build runs inside the builder: it starts pip, a PEP 517 build
// backend, apt or a user's command with the certificates, the credentials and
// the fixed times that a step of Moult's graph needs.
//
// Package llb writes its command lines, nobody types them; they are part of
// cache keys.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	// Steps that only fetch run on an empty file system, without certificate
	// authorities of its own.
	_ "golang.org/x/crypto/x509roots/fallback"

	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/build"
	"github.com/moult-build/moult/internal/step/fetch"
	"github.com/moult-build/moult/internal/step/protocol"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "moult-build:", err)
	var exit *build.ExitError
	if errors.As(err, &exit) && exit.Code > 0 {
		os.Exit(exit.Code)
	}
	if fetch.Temporary(err) {
		os.Exit(protocol.ExitTemporary)
	}
	os.Exit(1)
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: moult-build wheels|environment|wheel|pick|download|links|apt|apk|dnf|user|python|run|unpack ...")
	}
	name, args := args[0], args[1:]
	if step, ok := imageSteps[name]; ok {
		return step(ctx, name, args)
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	var (
		python       = flags.String("python", "", "interpreter that has pip")
		out          = flags.String("out", "", "folder for the result")
		epoch        = flags.Int64("epoch", 0, "time given to files, in Unix seconds")
		requirements = flags.String("requirements", "", "requirement list")
		constraints  = flags.String("constraints", "", "constraints file")
		environment  = flags.String("environment", "", "build environment")
		source       = flags.String("source", "", "source tree")
		archive      = flags.String("archive", "", "archive with a source tree")
		sha256       = flags.String("sha256", "", "digest of the file to download")
		filename     = flags.String("filename", "", "name of the file to download")
		request      = flags.String("request", "", "what package indexes are asked for")
		cache        = flags.String("cache", "", "folder with what they have said before")
		subdirectory = flags.String("subdirectory", "", "folder of the project inside the source tree")
		backend      = flags.String("backend", "", "PEP 517 backend")
		buildLimits  = flags.String("build-constraints", "", "constraints file for build requirements")
		requirement  = flags.String("requirement", "", "requirement of which a file is chosen")
		target       = flags.String("target", "", "what a wheel is chosen for")
		noBinary     = flags.Bool("no-binary", false, "choose no wheel")
		pre          = flags.Bool("pre", false, "choose pre-releases too")
		strip        = flags.Int("strip", 0, "number of leading folders of an archive to drop")
		leaves       list
		indexes      list
		backendPath  list
		requires     list
		beside       list
		picked       list
		config       list
	)
	flags.Var(&requires, "require", "further build requirement; repeatable")
	flags.Var(&beside, "beside", "folder with the wheel of a package that the build sees; repeatable")
	flags.Var(&picked, "picked", "folder with the wheel that is taken for a package; repeatable")
	flags.Var(&config, "config", `setting of the build backend, "key=value"; repeatable`)
	flags.Var(&indexes, "index", `package index, "URL" or "URL SECRETFILE"; repeatable`)
	flags.Var(&leaves, "leaves", "file or folder that the command has to leave; repeatable")
	flags.Var(&backendPath, "backend-path", "folder the backend is imported from; repeatable")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var parsed []build.Index
	for _, arg := range indexes {
		index, err := build.ParseIndex(arg)
		if err != nil {
			return err
		}
		parsed = append(parsed, index)
	}
	tree := build.Tree{Source: *source, Archive: *archive, Subdirectory: *subdirectory}
	console := build.NewConsole(os.Stderr)
	step := func() error {
		switch name {
		case "wheels":
			return build.Wheels{
				Python: *python, Requirements: *requirements, Constraints: *constraints,
				BuildConstraints: *buildLimits, Picked: picked,
				Indexes: parsed, Out: *out, Epoch: *epoch, Console: console,
			}.Make(ctx)
		case "environment":
			e := build.Environment{
				Python: *python, Requires: flags.Args(), Indexes: parsed, Out: *out, Console: console,
				Extra: requires, Constraints: *buildLimits, Beside: beside,
			}
			if *source != "" || *archive != "" {
				e.Tree = &tree
			}
			return e.Make(ctx)
		case "wheel":
			return build.Wheel{
				Python: *python, Environment: *environment, Indexes: parsed,
				Backend: build.Backend{Backend: *backend, Path: backendPath},
				Config:  build.ParseConfig(config), Extra: requires, Constraints: *buildLimits,
				Tree: tree, Out: *out, Epoch: *epoch, Console: console,
			}.Make(ctx)
		case "pick":
			t, err := tags.ParseTarget(*target)
			if err != nil {
				return err
			}
			return build.Pick{
				Requirement: *requirement, Indexes: parsed, Target: t, NoBinary: *noBinary, Pre: *pre,
				Out: *out, Epoch: *epoch, Console: console,
			}.Make(ctx)
		case "download":
			if len(parsed) != 1 {
				return errors.New("download takes one -index")
			}
			return build.Download{
				From: parsed[0], SHA256: *sha256, Filename: *filename, Out: *out, Epoch: *epoch,
			}.Make(ctx)
		case "links":
			return build.Links{Request: *request, Cache: *cache, Out: *out, Console: console}.Make(ctx)
		case "run":
			r := build.Run{Args: flags.Args(), Leaves: leaves, Console: console}
			flags.Visit(func(f *flag.Flag) {
				if f.Name == "epoch" {
					r.Epoch = epoch
				}
			})
			return r.Make(ctx)
		case "unpack":
			return build.Unpack{Archive: *archive, Out: *out, Strip: *strip, Epoch: *epoch}.Make(ctx)
		default:
			return fmt.Errorf("unknown step %q", name)
		}
	}
	err := step()
	if err != nil && *out != "" {
		console.Remember("moult-build: " + err.Error())
		err = errors.Join(err, console.LeaveFailure(*out))
	}
	return err
}
