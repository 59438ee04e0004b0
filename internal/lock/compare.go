package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Refresh returns the command that refreshes the lock.
func (l *Lock) Refresh() string { return l.format().refresh(l) }

// ErrStale is the cause of the error for a lock that does not match its
// project.
var ErrStale = errors.New("the lock does not match the project")

// Check reports whether the lock matches its project's requirements. The
// error says what differs and which command refreshes the lock. chosen is the
// result of Select for the same selection and environment.
//
// The formats store different facts about the project: uv.lock the
// requirements; poetry.lock, pdm.lock and Pipfile.lock a hash of them; the
// others nothing. For the others the chosen versions must satisfy every
// requirement.
func Check(l *Lock, p *Project, sel Selection, env pep508.Environment, chosen []Chosen) error {
	python, err := pythonOf(env)
	if err != nil {
		return err
	}
	c := &checker{lock: l, project: p, env: python.complete(env), chosen: chosen}
	if c.sel, err = l.resolveNames(sel); err != nil {
		return err
	}
	if err := l.format().compare(c); err != nil {
		return err
	}
	return c.requirementFiles()
}

type checker struct {
	lock    *Lock
	project *Project
	sel     Selection
	env     pep508.Environment
	chosen  []Chosen
}

func (c *checker) stale(pos source.Pos, format string, args ...any) error {
	if !pos.IsValid() {
		pos = source.Pos{File: c.lock.File}
	}
	err := source.Errorf(pos, "%s does not match the project any more: %s", c.lock.File.Name, fmt.Sprintf(format, args...)).
		WithHint("%s", c.lock.cure())
	err.Err = ErrStale
	return err
}

// cure is the hint for a lock that does not match its project. If the lock was
// once exported from another lock, the hint is to remove it.
func (l *Lock) cure() string {
	if len(l.Others) == 0 {
		return "run: " + l.Refresh()
	}
	return fmt.Sprintf("run: %s; or remove %s, so that %s is read", l.Refresh(), l.File.Name, l.Others[0])
}

// holds evaluates a requirement's marker. An invalid marker is true here;
// other code reports it.
func (c *checker) holds(m *pep508.Marker, extras ...string) bool {
	ok, err := m.Evaluate(c.env, pep508.Active{Extras: extras})
	return ok || err != nil
}

// satisfied compares the wanted requirements with the chosen versions: those that
// the lock's tool reads, or all for a lock of no tool ("").
func (c *checker) satisfied(tool string) error {
	if c.project.Dynamic {
		return nil
	}
	byName := map[string]Chosen{}
	for _, p := range c.chosen {
		byName[p.Name] = p
	}
	own := pep503.Normalize(c.project.Name)
	wanted := c.project.wanted(c.sel)
	if tool != "" {
		wanted = readBy(tool, wanted)
	}
	for _, r := range wanted {
		name := r.NormalizedName()
		if name == "" || name == own || !c.holds(r.Marker, c.sel.Extras...) {
			continue
		}
		p, ok := byName[name]
		switch {
		case !ok:
			return c.stale(r.Pos, "it does not hold %s", r.Name)
		case r.Direct || r.URL != "" || p.Version == "" || p.Source.Kind != FromIndex:
		case !r.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed):
			return c.stale(r.Pos, "the project asks for %s%s, the lock holds %s", r.Name, r.Specifier, p.Version)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func hashOf(v any, compact bool) string {
	text, err := dumpPython(v, compact)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
