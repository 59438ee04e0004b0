// Command moult-build runs inside the builder: it starts pip, a PEP 517 build
// backend, apt or a user's command with the certificates, the credentials and
// the fixed times that a step of Moult's graph needs.
//
// Package llb writes its command lines (package protocol), nobody types them;
// they are part of cache keys.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	// Steps that only fetch run on an empty file system, without certificate
	// authorities of its own.
	_ "golang.org/x/crypto/x509roots/fallback"

	"github.com/moult-build/moult/internal/step/build"
	"github.com/moult-build/moult/internal/step/confine"
	"github.com/moult-build/moult/internal/step/fetch"
	"github.com/moult-build/moult/internal/step/protocol"
	"github.com/moult-build/moult/internal/step/signals"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == confine.Command {
		code, err := confine.Run(os.Args[2:])
		if err != nil {
			fmt.Fprintln(os.Stderr, "moult-build:", err)
			code = 1
		}
		os.Exit(code)
	}
	ctx := signals.Context(time.Second)
	err := build.Do(ctx, os.Args, os.Stderr)
	if ctx.Err() != nil {
		select {} // package signals ends the program
	}
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
