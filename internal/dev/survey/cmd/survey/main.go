// Command survey tries a folder of checkouts as a new user would. It prints
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
	resume := flag.Bool("resume", false, "keep the results that the file has, and try the other projects")
	list := flag.Bool("list", false, "print what became of each project")
	verdicts := flag.String("verdicts", "", `file with a line "NAME right", "wrong", "nothing" or "broken" for each project that a person looked at`)
	pythons := flag.String("pythons", "", "more releases of Python as RELEASE=IMAGE:TAG, with commas; IMAGE:TAG-slim is the base")
	large := flag.String("large", "", "packages that are too large to build here, with commas")
	limit := flag.Duration("limit", 0, "maximum time of a build; 6 minutes where it is 0")
	flag.Parse()
	if *dir == "" {
		return fmt.Errorf("-dir is missing")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := survey.Options{Dir: *dir, Only: words(*only)}
	if *build != "" {
		b, err := survey.Lab(*build)
		if err != nil {
			return err
		}
		b.Large = words(*large)
		if *limit > 0 {
			b.Limit = *limit
		}
		for _, p := range words(*pythons) {
			release, image, ok := strings.Cut(p, "=")
			if !ok {
				return fmt.Errorf("-pythons: %q is not RELEASE=IMAGE", p)
			}
			b.Pythons = append(b.Pythons, release)
			b.Contexts["python:"+release] = "docker-image://" + image
			b.Contexts["python:"+release+"-slim"] = "docker-image://" + image + "-slim"
		}
		o.Build = b
	}
	if *resume {
		content, err := os.ReadFile(*file)
		if err == nil {
			err = json.Unmarshal(content, &o.Known)
		}
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	o.Told = func(r survey.Result, sofar []survey.Result) error {
		if *list {
			fmt.Println(r.Line())
		}
		return write(*file, sofar)
	}
	all, err := survey.Run(ctx, o)
	if err != nil {
		return err
	}
	if *verdicts != "" {
		said, err := survey.Verdicts(*verdicts)
		if err != nil {
			return err
		}
		for n := range all {
			all[n].Verdict = said[all[n].Name]
		}
	}
	if err := write(*file, all); err != nil {
		return err
	}
	survey.Table(os.Stdout, all)
	return nil
}

// words are those of a list with commas.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// write writes results to a file, if it has a name.
func write(name string, all []survey.Result) error {
	if name == "" {
		return nil
	}
	content, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(content, '\n'), 0o644)
}
