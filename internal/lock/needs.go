package lock

import "github.com/moult-build/moult/internal/pypkg/pep503"

// Needs gives the names of the packages that a package may need, whatever their
// conditions, normalized; nothing where the format does not tell.
func (c Chosen) Needs() []string {
	if c.Package == nil {
		return nil
	}
	var names []string
	switch {
	case c.uv != nil:
		for _, e := range c.uv.dependencies {
			names = append(names, e.name)
		}
		for _, extra := range c.Extras {
			for _, e := range c.uv.optional[extra] {
				names = append(names, e.name)
			}
		}
	case c.poetry != nil:
		for _, e := range c.poetry.dependencies {
			names = append(names, e.name)
		}
	case c.pdm != nil:
		for _, e := range c.pdm.dependencies {
			names = append(names, e.Name)
		}
	}
	for i := range names {
		names[i] = pep503.Normalize(names[i])
	}
	return sortedUnique(names)
}
