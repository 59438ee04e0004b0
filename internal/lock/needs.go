package lock

import "github.com/moult-build/moult/internal/pypkg/pep503"

// Needs gives the names of the packages that a package may need, whatever their
// conditions, normalized; nothing where the format does not tell.
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
