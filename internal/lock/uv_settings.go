package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// uvSettings compares what [tool.uv] says to the resolver. The project's own
// settings must be in the lock. The options that the lock was made for may come
// from a file of the machine or a variable, so that the project need not have
// them. All else can only come from the project.
func (c *checker) uvSettings() error {
	d := uvLock(c.lock)
	for _, l := range []struct {
		where string
		now   []Requirement
		then  []uvRequirement
	}{
		{"override-dependencies", c.project.Overrides, d.overrides},
		{"constraint-dependencies", c.project.Constraints, d.constraints},
	} {
		// uv forgets those of packages that it does not need.
		now := slices.DeleteFunc(slices.Clone(l.now), func(r Requirement) bool { return len(d.byName[r.NormalizedName()]) == 0 })
		then := slices.DeleteFunc(slices.Clone(l.then), func(r uvRequirement) bool {
			return len(d.byName[r.name]) == 0 || !c.project.Complete && !slices.ContainsFunc(now, func(n Requirement) bool { return n.NormalizedName() == r.name })
		})
		if err := c.same(l.where, now, then, "", ""); err != nil {
			return err
		}
	}
	if err := c.uvOptions(); err != nil {
		return err
	}
	return c.uvTable()
}

// uvOptions compares the options that the lock has under [options].
func (c *checker) uvOptions() error {
	d, table := uvLock(c.lock), c.project.UV
	for _, o := range []struct {
		key, locked string
		usual       []string // the values for which uv writes nothing, by release
	}{
		{"resolution", "resolution-mode", []string{"highest"}},
		{"prerelease", "prerelease-mode", []string{"if-necessary-or-explicit", "if-necessary"}},
		{"fork-strategy", "fork-strategy", []string{"requires-python"}},
	} {
		now, then := table.Get(o.key), d.options.Get(o.locked).Text()
		if then == "" {
			then = o.usual[0]
		}
		if now.Text() != "" && now.Str != then && !(slices.Contains(o.usual, now.Str) && slices.Contains(o.usual, then)) {
			return c.stale(now.KeyPos(), "the project sets %s = %q, the lock was made with %q", o.key, now.Str, then)
		}
	}
	if err := c.uvLimit("exclude-newer", table.Get("exclude-newer"), d.options.Get("exclude-newer"), d.options.Get("exclude-newer-span")); err != nil {
		return err
	}
	limits := table.Get("exclude-newer-package")
	for _, name := range limits.Keys() {
		if len(d.byName[pep503.Normalize(name)]) == 0 {
			continue // uv forgets those of packages that it does not need
		}
		then := d.options.Get("exclude-newer-package", pep503.Normalize(name))
		if err := c.uvLimit("exclude-newer-package."+name, limits.Get(name), then, then.Get("span")); err != nil {
			return err
		}
	}
	return nil
}

// uvLimit compares a time behind which uv takes no files. Its value is a time, a
// span before today, or false for no limit. uv takes a lock with another time, but
// not with another span.
func (c *checker) uvLimit(key string, now, then, span *toml.Node) error {
	if now == nil {
		return nil
	}
	kind := func(isFalse, isSpan bool) string {
		switch {
		case isFalse:
			return "no limit"
		case isSpan:
			return "a span"
		}
		return "a time"
	}
	switch a, b := kind(now.Kind == toml.Bool, isSpan(now.Text())), kind(then != nil && then.Kind == toml.Bool, span != nil); {
	case then == nil && span == nil:
		if now.Kind == toml.Bool {
			return nil
		}
		return c.stale(now.KeyPos(), "the lock was made without %s", key)
	case a != b:
		return c.stale(now.KeyPos(), "%s is %s, the lock was made with %s", key, a, b)
	case a == "a span" && isoSpan(now.Str) != "" && isoSpan(now.Str) != isoSpan(span.Text()):
		return c.stale(now.KeyPos(), "the project sets %s = %q, the lock was made with %q", key, now.Str, span.Text())
	}
	return nil
}

var (
	startsAsDate = regex.New(`^[0-9]{4}-[0-9]`)
	friendlySpan = regex.New(`^([0-9]+) *(h|hrs?|hours?|d|days?|w|wks?|weeks?)$`)
)

// isSpan reports whether a limit is a span and not a time.
func isSpan(limit string) bool { return limit != "" && !startsAsDate.MatchString(limit) }

// isoSpan gives a span in the form of ISO 8601; "" if it has several units, or
// one that is not known.
func isoSpan(span string) string {
	if strings.HasPrefix(span, "P") {
		return span
	}
	m := friendlySpan.FindStringSubmatch(span)
	switch {
	case m == nil:
		return ""
	case m[2][0] == 'h':
		return "PT" + m[1] + "H"
	}
	return "P" + m[1] + strings.ToUpper(m[2][:1])
}
