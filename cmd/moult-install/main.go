// Command moult-install is the program that runs inside a build and turns
// wheels into the files of an image layer. It is static, needs no network and
// no Python of its own; only for bytecode it starts the interpreter of the
// image it runs in.
//
//	moult-install venv     the virtual environment's skeleton
//	moult-install wheel    wheels, laid out and compiled
//	moult-install compile  bytecode for sources that are in the image already
//	moult-install inspect  what does not fit together
//
// It exits with 0, or with 1 after one line on standard error. Warnings are
// lines on standard error that start with "warning: ".
package main

import (
	"fmt"
	"io"
	"os"
)

const usage = `usage:
  moult-install venv --prefix DIR --out DIR --python X.Y --interpreter PATH
      [--version X.Y.Z] [--mtime SECONDS]
  moult-install wheel --prefix DIR --out DIR --python X.Y
      [--bytecode --interpreter PATH] [--direct-url WHEEL=JSON]... [--large WHEEL]...
      [--mtime SECONDS] [--jobs N] WHEEL...
  moult-install compile --out DIR --interpreter PATH --source FINAL[=DIR]...
      [--exclude NAME]... [--missing-only] [--mtime SECONDS] [--jobs N]
  moult-install inspect --prefix DIR --out DIR --python X.Y LAYER...
`

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "moult-install: %v\n", err)
		os.Exit(1)
	}
}

// run carries out one command line.
func run(args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("no command given: want venv, wheel, compile or inspect (--help tells more)")
	}
	switch args[0] {
	case "venv":
		return runVenv(args[1:], stdout)
	case "wheel":
		return runWheel(args[1:], stdout, stderr)
	case "compile":
		return runCompile(args[1:], stdout)
	case "inspect":
		return runInspect(args[1:], stdout)
	case "help", "--help", "-h":
		_, err := io.WriteString(stdout, usage)
		return err
	}
	return fmt.Errorf("unknown command %q: want venv, wheel, compile or inspect", args[0])
}
