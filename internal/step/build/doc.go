// Package build is what cmd/moult-build does inside the builder: the
// steps of a build that reach the network, compile, or run a user's command.
//
// It sits between package llb, which decides what a step sees, and the tools
// that do the work (pip, a PEP 517 backend, apt). What goes in are mounts and
// secrets under /moult (package protocol); what comes out is a folder of wheels
// or a changed file system with fixed times. It never passes a user's text
// through a shell.
package build
