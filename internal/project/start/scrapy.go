package start

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
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
			spiders, files = append(spiders, m.spider), append(files, Within(f.dir, s.Name))
		}
	}
	switch len(spiders) {
	case 0:
		return project.Command{}, nil
	case 1:
		return guessed([]string{"scrapy", "crawl", spiders[0]}, "%s is the only spider of Scrapy", files[0]), nil
	}
	if n := f.crawled(spiders); n >= 0 {
		return guessed([]string{"scrapy", "crawl", spiders[n]}, "%s is a spider of Scrapy, and the README starts it", files[n]), nil
	}
	several := f.several(files, []string{"scrapy", "crawl", spiders[0]})
	several.Err = &Candidates{Cmd: []string{"scrapy", "crawl", spiders[0]}}
	return project.Command{}, several
}

// crawlCall matches a call of Scrapy, with the spider's name.
var crawlCall = regex.New(`\bscrapy +crawl +([\w.-]+)`)

// crawled is the number of the only spider that the README starts; -1 if there is
// none.
func (f *finder) crawled(spiders []string) int {
	found := -1
	for _, file := range readmes {
		for _, m := range crawlCall.FindAllStringSubmatch(f.evidenceIn(file), -1) {
			n := slices.Index(spiders, m[1])
			if n >= 0 && found >= 0 && n != found {
				return -1
			}
			found = max(found, n)
		}
	}
	return found
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
