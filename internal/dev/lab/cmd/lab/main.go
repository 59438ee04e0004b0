// Command lab starts and stops the world that Moult's tests, demo and benchmarks build in; see internal/dev/lab.
//
//	lab up [PYTHON...]   start the lab of the checkout in the working directory, or start again what is gone; with Pythons,
//	           X.Y or X.Y=PREFIX, with the base images of these alone
//	lab engines [NAME...]   make and start older BuildKits and Docker Engines beside the lab's own
//	lab list-engines   print the engines' names
//	lab clients   make the programs that `make test-clients` builds with
//	lab remove-engines NAME...   end engines and remove what they have stored
//	lab down   end what `lab up` started
//	lab demo   build an example through # syntax=, run it and ask it something (see internal/dev/lab/demo)
//	lab enter ROOT DIR PROGRAM...  run a program of another root file system (lab engines starts Docker Engines by it)
//	lab index  serve a folder of wheels and sdists as a package index (lab up starts it)
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/moult-build/moult/internal/dev/lab/daemons"
	"github.com/moult-build/moult/internal/dev/lab/demo"
	"github.com/moult-build/moult/internal/dev/lab/index"
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
		return fmt.Errorf("usage: lab up|engines|down|demo|index")
	}
	switch args[0] {
	case "up":
		state, err := daemons.Up(ctx, ".", os.Stdout, args[1:]...)
		if err != nil {
			return err
		}
		fmt.Printf("the lab is up: . %s/env\n", state.Dir)
		return nil
	case "down":
		return daemons.Down(ctx, ".", os.Stdout)
	case "engines":
		return daemons.EnginesUp(ctx, ".", os.Stdout, args[1:]...)
	case "clients":
		return daemons.Clients(ctx, ".", os.Stdout)
	case "remove-engines":
		return daemons.EnginesRemove(ctx, ".", os.Stdout, args[1:]...)
	case "list-engines":
		for _, name := range daemons.Engines() {
			fmt.Println(name)
		}
		return nil
	case "enter":
		if len(args) < 4 {
			return errors.New("usage: lab enter ROOT DIR PROGRAM [ARGUMENT...]")
		}
		return daemons.Enter(args[1], args[2], args[3:])
	case "demo":
		flags := flag.NewFlagSet("lab demo", flag.ContinueOnError)
		offline := flags.Bool("offline", false, "build the lab's own packages, as where the public index cannot be reached")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return demo.Run(ctx, ".", os.Stdout, *offline)
	case "index":
		return serve(ctx, args[1:])
	default:
		return fmt.Errorf("unknown command %q; usage: lab up|engines|down|demo|index", args[0])
	}
}

// serve runs the package index until it is told to end.
func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("lab index", flag.ContinueOnError)
	address := flags.String("address", "127.0.0.1:0", "host:port to listen on")
	packages := flags.String("packages", ".", "folder of wheels and sdists")
	if err := flags.Parse(args); err != nil {
		return err
	}
	server := &http.Server{Addr: *address, Handler: index.New(*packages), ReadHeaderTimeout: 30 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
