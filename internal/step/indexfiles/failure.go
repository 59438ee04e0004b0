package indexfiles

import "fmt"

// Failure says for which files the indexes had no address. It has at least
// one problem.
type Failure []Problem

func (f Failure) Error() string {
	return fmt.Sprintf("the index does not list the files of %s and %d others: %s", f[0].Package, len(f)-1, f[0].Detail)
}
