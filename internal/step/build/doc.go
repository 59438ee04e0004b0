// Package build implements cmd/moult-build: the steps of a build that reach
// the network, compile, or run a user's command.
//
// It runs the tools that do the work (pip, a PEP 517 backend, apt) with the
// mounts that package llb has set up. The input are mounts and secrets under
// /moult (package protocol). The output is a folder of wheels, a layer, or a
// changed file system with fixed times. It never passes a user's text through a
// shell.
package build
