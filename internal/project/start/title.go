package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// titleEnd matches what comes after the name in the title of a README, and marks what is
// no part of it.
var (
	titleEnd  = regex.New(`\s+[-–—|:]\s+.*$|:\s.*$|\s*\(.*$`)
	titleMark = regex.New(`!?\[([^\]]*)\]\([^)]*\)|<[^>]*>|[*` + "`" + `]`)
)

// ownName is the name of the project as one of a module: that of its metadata, or, where
// it has none, the title of its README; "" if it has neither.
func (f *finder) ownName() string {
	if f.p.Name.V != "" {
		return ModuleName(f.p.Name.V)
	}
	if f.title == nil {
		title := f.readTitle()
		f.title = &title
	}
	return *f.title
}

// readTitle is the name in the README's title.
func (f *finder) readTitle() string {
	for _, file := range readmes {
		text := strings.TrimPrefix(f.evidenceIn(file), "\uFEFF")
		if text == "" {
			continue
		}
		lines := withoutFrontMatter(strings.Split(text, "\n"))
		for n, line := range lines {
			title := strings.TrimLeft(strings.TrimSpace(line), "#")
			if title == strings.TrimSpace(line) && (n+1 >= len(lines) || title == "" || !underlines(lines[n+1])) {
				continue
			}
			title = strings.TrimSpace(titleEnd.ReplaceAllString(strings.TrimSpace(titleMark.ReplaceAllString(title, "$1")), ""))
			title = strings.TrimFunc(title, func(r rune) bool { return r > 0x7f || r == ' ' })
			if name := ModuleName(title); identifier(name) {
				return name
			}
			return ""
		}
		return ""
	}
	return ""
}

// withoutFrontMatter are the lines of a README without what is for a platform, between two
// lines "---" at the beginning.
func withoutFrontMatter(lines []string) []string {
	marks := func(line string) bool { return strings.TrimSpace(line) == "---" }
	if !marks(lines[0]) {
		return lines
	}
	if end := slices.IndexFunc(lines[1:], marks); end >= 0 {
		return lines[end+2:]
	}
	return lines
}

// underlines reports whether a line makes the one above it a title.
func underlines(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 2 && (strings.Trim(line, "=") == "" || strings.Trim(line, "-") == "")
}
