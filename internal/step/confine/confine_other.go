//go:build !linux

package confine

import "errors"

// errLinux is the error of every function: elsewhere than on Linux the package only compiles.
var errLinux = errors.New("steps run on Linux only")

func replace(string, []string, []string) error { return errLinux }
func killMine() error                          { return errLinux }
func withoutNetwork() error                    { return errLinux }
