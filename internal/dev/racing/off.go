//go:build !race

// Package racing tells tests that bound a time whether the race detector slows them down.
package racing

// Slower is about how many times longer a test takes with the race detector.
const Slower = 1
