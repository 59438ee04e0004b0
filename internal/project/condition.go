package project

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// architectures are the architectures of images, by their names for GOARCH.
var architectures = []string{"386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"}

var architectureNames = map[string]string{
	"x86_64": "amd64", "x86-64": "amd64", "x64": "amd64", "aarch64": "arm64", "armv8": "arm64", "arm64v8": "arm64", "armv7": "arm",
	"armv7l": "arm", "armhf": "arm", "i386": "386", "i686": "386", "x86": "386", "powerpc64le": "ppc64le", "ppc64el": "ppc64le",
}

// condition reads when, arch and extra; counts is false if when says no.
func (r *reader) condition(t conditionTable) (c Condition, counts bool) {
	c.Extra = t.Extra
	if t.Extra.Pos.IsValid() {
		r.conditionExtras = append(r.conditionExtras, t.Extra)
	}
	if t.Arch != nil {
		items := t.Arch.Items
		if t.Arch.Kind != toml.Array {
			items = []*toml.Node{t.Arch}
		}
		if len(items) == 0 {
			r.fail(source.Errorf(t.Arch.Pos(), "%s is empty, so the entry never applies", t.Arch.Path()).WithHint("leave arch out for every architecture"))
		}
		for _, n := range items {
			if n.Kind != toml.String {
				r.fail(source.Errorf(n.Pos(), "arch must be a string or an array of strings, not %s", n.Kind).WithHint(`write one such as "amd64"`))
				continue
			}
			if err := checkArch(n.Str, n.Pos()); err != nil {
				r.fail(err)
				continue
			}
			c.Arch = append(c.Arch, source.At[string]{V: n.Str, Pos: n.Pos()})
		}
	}
	return c, t.When == nil || isTrue(t.When.V)
}

// Holds reports whether an entry applies to an architecture, such as "amd64", in
// an image with extras.
func (c Condition) Holds(arch string, extras []source.At[string]) bool {
	if len(c.Arch) > 0 && !slices.ContainsFunc(c.Arch, func(a source.At[string]) bool { return a.V == arch }) {
		return false
	}
	return c.Extra.V == "" || hasName(extras, c.Extra.V)
}

func checkArch(name string, pos source.Pos) error {
	if slices.Contains(architectures, name) {
		return nil
	}
	err := source.Errorf(pos, "%q is not an architecture", name)
	if right := architectureNames[strings.ToLower(name)]; right != "" {
		return err.WithHint("write %q", right)
	}
	if near := toml.Nearest(name, architectures); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithHint("known are %s", strings.Join(architectures, ", "))
}

// isTrue reports whether a text, such as the value of a build argument,
// means yes.
func isTrue(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}
