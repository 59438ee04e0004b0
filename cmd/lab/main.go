// Command lab raises and takes down the world that Moult's tests, demo and benchmarks build in; see internal/lab.
//
//	lab up     raise the lab of the checkout in the working directory, or start again what is gone
//	lab down   end what `lab up` started
//	lab index  serve a folder of wheels and sdists as a package index (lab up starts it)
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/moult-build/moult/internal/lab/raise"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: lab up|down|index")
	}
	switch args[0] {
	case "up":
		state, err := raise.Up(ctx, ".", os.Stdout)
		if err != nil {
			return err
		}
		fmt.Printf("the lab is up: . %s/env\n", state.Dir)
		return nil
	case "down":
		return raise.Down(ctx, ".", os.Stdout)
	default:
		return fmt.Errorf("unknown command %q; usage: lab up|down|index", args[0])
	}
}
