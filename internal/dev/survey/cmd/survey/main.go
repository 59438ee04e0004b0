// Command survey tries a folder of checkouts as a newcomer would, and prints
// which of them are planned, built and started, and why the others are not.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/moult-build/moult/internal/dev/survey"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "survey:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("dir", "", "folder whose folders are projects")
	build := flag.String("build", "", "the moult program to build images with, in the lab; none where empty")
	only := flag.String("only", "", "names of projects, with commas")
	file := flag.String("json", "", "file to write the results to")
	list := flag.Bool("list", false, "print what became of each project")
	flag.Parse()
	if *dir == "" {
		return fmt.Errorf("-dir is missing")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := survey.Options{Dir: *dir}
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	if *build != "" {
		var err error
		if o.Build, err = survey.Lab(*build); err != nil {
			return err
		}
	}
	if *list {
		o.Told = func(r survey.Result) { fmt.Println(r.Line()) }
	}
	all, err := survey.Run(ctx, o)
	if err != nil {
		return err
	}
	if *file != "" {
		content, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*file, append(content, '\n'), 0o644); err != nil {
			return err
		}
	}
	survey.Table(os.Stdout, all)
	return nil
}
