//go:build !linux

package confine

import "errors"

// Steps run on Linux; elsewhere the package only compiles.
var errLinux = errors.New("steps run on Linux only")

func replace(string, []string, []string) error { return errLinux }
func killMine() error                          { return errLinux }
func withoutNetwork() error                    { return errLinux }
