package lock

import "github.com/moult-build/moult/internal/pypkg/pep503"

// Needs returns the normalized names of the packages that a package may need
// under any condition; none if the format does not say it.
func (c Chosen) Needs() []string {
	if c.Package == nil || c.own == nil {
		return nil
	}
	names := c.own.needs(c.Extras)
	for i := range names {
		names[i] = pep503.Normalize(names[i])
	}
	return sortedUnique(names)
}
