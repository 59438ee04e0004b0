// Command bench compares Moult with the Dockerfiles that it replaces, in a running lab.
//
//	bench run [--apps ...] [--contestants ...] [--measures ...] [--rounds N] [--json FILE] [--disk]
//	bench turns [--app ...] [--contestants ...] [--measures ...] [--rounds N] [--frontends ...]
//	bench report [--json FILE] [--table]
//
// The same command continues an interrupted run: it does not measure again what FILE already has.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/moult-build/moult/internal/dev/bench"
	"github.com/moult-build/moult/internal/dev/bench/stores"
	"github.com/moult-build/moult/internal/dev/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const usage = "usage: bench run|turns|report [flags]"

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "run":
		return run(ctx, args[1:])
	case "turns":
		return turns(ctx, args[1:])
	case "report":
		return report(args[1:])
	}
	return errors.New(usage)
}

// names is a flag of names separated by commas.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(text string) error {
	*n = nil
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			*n = append(*n, name)
		}
	}
	return nil
}

// numbers is a flag of numbers separated by commas.
type numbers []int

func (n *numbers) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint([]int(*n)), " ", ","), "[]")
}

func (n *numbers) Set(text string) error {
	*n = nil
	for field := range strings.SplitSeq(text, ",") {
		number, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return err
		}
		*n = append(*n, number)
	}
	return nil
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	var apps, contestants, measures, forget names
	flags.Var(&apps, "apps", "applications by name, separated by commas (default all)")
	flags.Var(&contestants, "contestants", "contestants by name (default all)")
	flags.Var(&measures, "measures", "measures by name (default all)")
	flags.Var(&forget, "forget", "contestants whose results are to be taken anew, while those of others stay")
	rounds := flags.Int("rounds", 3, "how often everything is measured, in turn")
	slow := flags.Int("slow-rounds", 1, "in how many of the rounds builds without base images and with only a registry's cache are measured")
	all := flags.Bool("all", false, "measure the steps below the ladder's top in everything, not only in the talk's figures")
	file := flags.String("json", "", "file of the results (default .lab/bench/results.json)")
	again := flags.Bool("again", false, "measure anew what the file holds")
	disk := flags.Bool("disk", false, "keep daemons and registry on the disk instead of in memory")
	packages := numbers{10, 50, 100, 200, 400}
	flags.Var(&packages, "packages", "sizes of the made-up projects for the application growth")
	programs := flags.String("stores", "", "folder with the programs of stores of caches, which are measured too then (make bench-stores)")
	frontend := flags.String("frontend", "", "reference of Moult's image (default moult:dev in the lab's registry)")
	traces := flags.String("traces", "", "folder for a table of the steps of each build")
	root := flags.String("root", "", "the project's folder (default the one with the lab)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := lab.Open(ctx)
	if err != nil {
		return err
	}
	defer l.Client.Close()
	if *root == "" {
		*root = filepath.Dir(l.Dir)
	}
	o := bench.Options{
		Root: *root, Bench: filepath.Join(*root, "bench"), Frontend: *frontend, Memory: !*disk,
		Apps: apps, Contestants: contestants, Measures: measures,
		Rounds: *rounds, SlowRounds: *slow, All: *all, Packages: packages, Forget: forget, Results: *file, Traces: *traces, Progress: os.Stderr,
	}
	if o.Frontend == "" {
		o.Frontend = l.Image("moult:dev")
	}
	if *programs != "" {
		if *programs, err = filepath.Abs(*programs); err != nil {
			return err
		}
		o.Stores = &stores.Programs{
			Minio: filepath.Join(*programs, "minio"), Azurite: filepath.Join(*programs, "node_modules", ".bin", "azurite-blob"),
		}
	}
	if o.Results == "" {
		o.Results = filepath.Join(l.Dir, "bench", "results.json")
	}
	if err := os.MkdirAll(filepath.Dir(o.Results), 0o755); err != nil {
		return err
	}
	if *again {
		if err := os.Remove(o.Results); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	results, err := bench.Run(ctx, l, o)
	if results != nil {
		err = errors.Join(err, results.Table(os.Stdout))
	}
	return err
}

// turns compares small builds while the machine does other work.
func turns(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("turns", flag.ContinueOnError)
	contestants, measures := names{"syntax", "moult"}, names{bench.Nothing, string(bench.Code)}
	var frontends names
	app := flags.String("app", "app", "the application")
	flags.Var(&contestants, "contestants", "contestants by name; ratios are to the first one")
	flags.Var(&measures, "measures", "measures that build again after a change")
	flags.Var(&frontends, "frontends", "references of images of Moult, each a contestant (default moult:dev in the lab's registry)")
	rounds := flags.Int("rounds", 15, "how often each builds")
	traces := flags.String("traces", "", "folder for a table of the steps of each build")
	root := flags.String("root", "", "the project's folder (default the one with the lab)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := lab.Open(ctx)
	if err != nil {
		return err
	}
	defer l.Client.Close()
	if len(frontends) == 0 {
		frontends = names{l.Image("moult:dev")}
	}
	if *root == "" {
		*root = filepath.Dir(l.Dir)
	}
	return bench.Turns(ctx, l, bench.Options{
		Root: *root, Bench: filepath.Join(*root, "bench"), Frontend: frontends[0], Memory: true, Apps: []string{*app},
		Contestants: contestants, Measures: measures, Rounds: *rounds, Traces: *traces, Progress: os.Stderr,
	}, frontends, os.Stdout)
}

func report(args []string) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	root := flags.String("root", ".", "the project's folder")
	file := flags.String("json", "", "file of the results (default .lab/bench/results.json)")
	keep := flags.Bool("keep", false, "keep the results beside the page, as docs/benchmarks/results.json")
	png := flags.String("png", "", "folder to write the plots to as PNG too, and nothing else")
	table := flags.Bool("table", false, "print the table and write nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *file == "" {
		*file = filepath.Join(*root, ".lab", "bench", "results.json")
	}
	results, err := bench.ReadResults(*file)
	if err != nil {
		return err
	}
	switch {
	case len(results.Samples) == 0:
		return fmt.Errorf("%s has no results; `bench run` makes some", *file)
	case *table:
		return results.Table(os.Stdout)
	case *png != "":
		_, err := results.Plots(*png, true)
		return err
	}
	if err := results.Page(*root); err != nil {
		return err
	}
	if *keep {
		return results.Write(filepath.Join(*root, "docs", "benchmarks", "results.json"))
	}
	return nil
}
