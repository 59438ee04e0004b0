//go:build !dockerfiles

package integration

// dockerfilesOf are those that `make test` builds, every third: all of them take
// as long as everything else.
func dockerfilesOf(cases []string) (some []string) {
	for n := 0; n < len(cases); n += 3 {
		some = append(some, cases[n])
	}
	return some
}
