// Command workflows runs the commands of the project's workflows:
//
//	workflows                   lists the jobs
//	workflows test.yml:docker   runs jobs, each in a fresh clone of the current folder
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/moult-build/moult/internal/dev/workflows"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, chosen []string) error {
	jobs, err := workflows.Read(filepath.Join(".github", "workflows"))
	if err != nil {
		return err
	}
	for _, name := range chosen {
		if !slices.ContainsFunc(jobs, func(j workflows.Job) bool { return id(j) == name }) {
			return fmt.Errorf("there is no job %q", name)
		}
	}
	for _, job := range jobs {
		switch {
		case len(chosen) == 0:
			fmt.Println(id(job))
		case slices.Contains(chosen, id(job)):
			if err := workflows.Run(ctx, ".", job, os.Stdout); err != nil {
				return err
			}
		}
	}
	return nil
}

func id(j workflows.Job) string { return j.File + ":" + j.Name }
