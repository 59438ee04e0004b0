//go:build race

package racing

// Slower is about how many times longer a test takes with the race detector.
const Slower = 10
