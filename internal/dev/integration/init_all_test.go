//go:build dockerfiles

package integration

// dockerfilesOf are all cases: `make test-init`.
func dockerfilesOf(cases []string) []string { return cases }
