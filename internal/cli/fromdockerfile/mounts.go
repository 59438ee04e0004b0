package fromdockerfile

import (
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// mounts are the mounts of a RUN; none if an option of them is wrong, so that no
// build accepts them.
func (d *dockerfile) mounts(c *instructions.RunCommand) []*instructions.Mount {
	if err := c.Expand(func(word string) (string, error) { return d.expand(word, d.vars), nil }); err != nil {
		return nil
	}
	return instructions.GetMounts(c)
}

// showFiles adds the files of the context that "RUN --mount=type=bind" shows to a
// command, and returns how to remove them again.
func (d *dockerfile) showFiles(mounts []*instructions.Mount) (undo func()) {
	before := len(d.copies)
	for _, m := range mounts {
		if m.Type == instructions.MountTypeBind && m.From == "" && m.Target != "" {
			from := path.Clean(strings.TrimLeft(m.Source, "/"))
			d.copies = append(d.copies, place{clean(d.workdir, m.Target), from})
		}
	}
	return func() { d.copies = d.copies[:before] }
}

// mounted adds the secrets, caches and the agent of a RUN to a step.
func (d *dockerfile) mounted(s *Step, mounts []*instructions.Mount) {
	for _, m := range mounts {
		switch m.Type {
		case instructions.MountTypeCache:
			if !toolCache(m.Target) {
				s.Caches = append(s.Caches, clean(d.workdir, m.Target))
			}
		case instructions.MountTypeSSH:
			s.SSH = true
		case instructions.MountTypeSecret:
			if entry := secretEntry(m); entry != "" {
				s.Secrets = append(s.Secrets, entry)
			}
		}
	}
}

// toolCache reports whether a folder is the cache of a tool that installs.
func toolCache(target string) bool {
	for _, name := range []string{"/.cache/pip", "/.cache/uv", "/.cache/pypoetry", "/var/cache/apt", "/var/lib/apt"} {
		if strings.HasSuffix(path.Clean(target), name) {
			return true
		}
	}
	return false
}

// secretEntry is an entry of a step's secrets in TOML; "" for a secret without a
// name.
func secretEntry(m *instructions.Mount) string {
	id := m.CacheID
	if id == "" {
		id = path.Base(m.Target)
	}
	if id == "" || id == "." || strings.ContainsAny(id, "$/ ") {
		return ""
	}
	entry := "{id = " + quote(id)
	switch {
	case m.Env != nil && *m.Env != "":
		entry += ", env = " + quote(*m.Env)
	case m.Env != nil:
		entry += ", env = " + quote(id)
	case m.Target != "" && m.Target != "/run/secrets/"+id:
		entry += ", file = " + quote(clean("/", m.Target))
	}
	if m.Required {
		if entry == "{id = "+quote(id) {
			return quote(id)
		}
		return entry + "}"
	}
	return entry + ", optional = true}"
}

// secretsOfInstall reports secrets of a command that installs packages.
func (d *dockerfile) secretsOfInstall(c command) {
	for _, m := range c.mounts {
		if m.Type == instructions.MountTypeSecret {
			d.note(c.at, c.line(), `its secret: a password of an index is named by secret = "..." in [[tool.moult.index]]`)
			return
		}
	}
}
