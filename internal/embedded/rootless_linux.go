package embedded

import "os"

// rootless reports whether the program is not run by root, or by the root of
// a user namespace of its own.
func rootless() bool { return os.Geteuid() != 0 || os.Getenv(stageVariable) != "" }

// stageVariable tells the program which part of going rootless it is.
const stageVariable = "MOULT_ROOTLESS"

// Reexec does its part where the program was started by itself.
func Reexec([]string) (int, bool) { return 0, false }
