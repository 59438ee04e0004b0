// Command sample draws public repositories and clones them into a folder for the survey.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/google/go-github/v84/github"

	"github.com/moult-build/moult/internal/dev/survey/sample"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("dir", "", "folder for the clones")
	count := flag.Int("count", 100, "number of repositories")
	page := flag.Int("page", 1, "page of the search's results to begin with, 1 to 10: another one gives other repositories")
	flag.Parse()
	if *dir == "" {
		return errors.New("-dir is missing")
	}
	token := os.Getenv("GITHUB_TOKEN")
	if token == "" {
		return errors.New("GITHUB_TOKEN is not set: GitHub answers a search of code only to somebody who is signed in")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	d := sample.Drawer{Client: github.NewClient(nil).WithAuthToken(token), Wait: sample.Sleep}
	drawn, err := d.Draw(ctx, *count, *page)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	cloned := 0
	for _, r := range drawn {
		if err := sample.Clone(ctx, r, *dir); err != nil {
			// One that is gone or too large does not end a sample of a hundred.
			fmt.Fprintln(os.Stderr, "sample:", err)
			continue
		}
		cloned++
		fmt.Println(r.File, r.Name)
	}
	if cloned == 0 {
		return errors.New("no repository could be cloned")
	}
	return ctx.Err()
}
