package lock

import "github.com/moult-build/moult/internal/source"

// Credentials returns the positions of URLs with a password or a token, each
// once, in the order of the file. Such a URL must not get into the graph or
// the provenance of an image; credentials belong in build secrets. A
// variable instead of the password ("${TOKEN}") is not a password.
func (l *Lock) Credentials() []source.Pos {
	var places []source.Pos
	seen := map[source.Pos]bool{}
	check := func(address string, pos source.Pos) {
		if source.HasCredentials(address) && !seen[pos] {
			seen[pos] = true
			places = append(places, pos)
		}
	}
	for _, i := range l.Indexes {
		check(i.URL, i.Pos)
	}
	for _, p := range l.Packages {
		check(p.Source.URL, p.Pos)
		check(p.Source.Index, p.Pos)
		for i := range p.Wheels {
			check(p.Wheels[i].URL, p.Wheels[i].Pos)
		}
		if p.Sdist != nil {
			check(p.Sdist.URL, p.Sdist.Pos)
		}
	}
	return places
}
