// Command applications builds the applications of docs/applications, starts
// them and calls them, and writes their sizes and times.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/dev/applications"
	"github.com/moult-build/moult/internal/dev/lab"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "applications:", err)
		os.Exit(1)
	}
}

func run() error {
	moult := flag.String("moult", "bin/moult", "the command line to build with")
	files := flag.String("files", "docs/applications/built", "folder with the build files")
	only := flag.String("only", "", "names of applications, with commas")
	own := flag.Bool("own", true, "build the applications' own Dockerfiles, too")
	cached := flag.Bool("cached", false, "use the cache of earlier builds, and measure no time")
	results := flag.String("json", "", "file to which results are added")
	page := flag.String("page", "", "page whose table is written from the results")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := lab.Open(ctx)
	if err != nil {
		return err
	}
	defer l.Client.Close()
	all, err := applications.Table()
	if err != nil {
		return err
	}
	tried, err := applications.Select(all, *only)
	if err != nil {
		return err
	}
	program, err := filepath.Abs(*moult)
	if err != nil {
		return err
	}
	b := &applications.Bench{Lab: l, Moult: program, BuildFiles: *files, Work: filepath.Join(l.Dir, "applications"), Own: *own, Cached: *cached, Limit: 30 * time.Minute}
	known := map[string]applications.Result{}
	if content, err := os.ReadFile(*results); err == nil {
		if err := json.Unmarshal(content, &known); err != nil {
			return fmt.Errorf("%s: %w", *results, err)
		}
	}
	var failed []string
	for _, a := range tried {
		if ctx.Err() != nil {
			break
		}
		r := b.Try(ctx, a)
		fmt.Println(r)
		if r.Error != "" {
			failed = append(failed, a.Name)
		}
		known[a.Name] = r
		if *results != "" {
			content, err := json.MarshalIndent(known, "", " ")
			if err != nil {
				return err
			}
			if err := os.WriteFile(*results, append(content, '\n'), 0o644); err != nil {
				return err
			}
		}
	}
	if *page != "" {
		if err := applications.WritePage(*page, all, known); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d applications failed: %s", len(failed), strings.Join(failed, ", "))
	}
	return ctx.Err()
}
