package start

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// scrapy is a project of Scrapy with one spider, which its own program runs.
func (f *finder) scrapy() (project.Command, error) {
	if _, err := f.in.Files.ReadFile(path.Join(f.dir, "scrapy.cfg")); err != nil || !f.in.Has("scrapy") {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return project.Command{}, err
	}
	all, err := f.sources()
	if err != nil {
		return project.Command{}, err
	}
	var spiders, files []string
	for _, s := range all {
		if path.Base(path.Dir(s.Name)) != "spiders" || !f.in.Copied(s.Name) {
			continue
		}
		m, err := f.look(s.Name)
		if err != nil {
			return project.Command{}, err
		}
		if m != nil && m.spider != "" {
			spiders, files = append(spiders, m.spider), append(files, within(f.dir, s.Name))
		}
	}
	switch len(spiders) {
	case 0:
		return project.Command{}, nil
	case 1:
		return guessed([]string{"scrapy", "crawl", spiders[0]}, "%s is the only spider of Scrapy", files[0]), nil
	}
	return project.Command{}, f.several(files, []string{"scrapy", "crawl", spiders[0]})
}

// spiderName is the name that a class of a spider gives itself.
func spiderName(class statement, below []statement) string {
	bases := class.tokens[min(2, len(class.tokens)):]
	is := false
	for _, t := range bases {
		is = is || t.kind == name && strings.HasSuffix(t.value, "Spider")
	}
	if !is {
		return ""
	}
	for _, s := range below {
		if t := s.tokens; len(t) == 3 && t[0].is("name") && t[1].is("=") && t[2].kind == text {
			return t[2].value
		}
	}
	return ""
}
