//go:build !race

// Package racing helps tests that bound a time: it measures it, and says whether the race
// detector slows them down.
package racing

// Slower is about how many times longer a test takes with the race detector.
const Slower = 1
