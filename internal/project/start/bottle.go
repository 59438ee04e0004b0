package start

import (
	"slices"

	"github.com/moult-build/moult/internal/project"
)

// bottled records how a file runs what Bottle's own functions have collected: its
// routes are those of "@get("/")", and "run()" of Bottle serves them.
func (m *module) bottled(all []statement, names map[string]string) {
	if !m.uses("bottle") {
		return
	}
	for _, s := range all {
		for n := range s.tokens {
			if n > 0 && s.tokens[n-1].is(".") || callee(s.tokens[n:], names) != "bottle.run" {
				continue
			}
			open := slices.IndexFunc(s.tokens[n:], func(t token) bool { return t.is("(") }) + n
			m.serves, m.open = true, m.open || m.reachable(s.tokens[open:])
			m.blocks = m.blocks || s.indent == 0
			if first := s.tokens[open+1:]; len(first) < 2 || first[0].is(")") || first[1].is("=") && !first[0].is("app") {
				m.collects = true
			}
		}
	}
}

// withBottle returns the command for an application of Bottle that nobody outside of
// the container would reach, because the file runs it at the container's own address.
// Bottle's program does not let the file run it, so that this needs no guard.
func (f *finder) withBottle(name string, m *module) (project.Command, error) {
	if !m.serves || m.open || !f.in.Has("bottle") {
		return project.Command{}, nil
	}
	a := application{}
	if n := slices.IndexFunc(m.applications, func(a application) bool { return a.framework == "Bottle" && !a.factory }); n >= 0 {
		a = m.applications[n]
	} else if !m.collects {
		return project.Command{}, nil
	}
	t, ok, err := f.importable(name, m)
	if err != nil || !ok {
		return project.Command{}, err
	}
	t.application = a
	object := t.module
	if a.name != "" {
		object = t.object()
		if !m.blocks {
			if _, by := serve(t, f.in.Has); by != "" {
				return project.Command{}, nil
			}
		}
	}
	args := []string{"python", "-m", "bottle", "--bind", "0.0.0.0:" + port, object}
	if t.dir != "" {
		args = f.searching(t.dir, args)
	}
	c := guessed(f.withAlso(t, args), "%s runs an application of Bottle at the container's own address, and Bottle's program serves it", Within(f.dir, name))
	c.File = Within(f.dir, name)
	return c, nil
}
