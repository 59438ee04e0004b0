package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/textfiles"
)

// initCase is a project with a Dockerfile, and what its two images may differ in.
type initCase struct {
	name  string
	files map[string]string
	// after are files as the user leaves them once init has told what to do.
	after map[string]string
	// serves is whether the image answers at port 8000; else it runs to its end.
	serves bool
	// cmd and entrypoint are those of Moult's image where they differ from the
	// Dockerfile's on purpose.
	cmd, entrypoint string
	// target is built in the place of the last stage.
	target  string
	differs []difference
	told    []string
}

// difference is something that the images may differ in, because a line that init
// prints says so, or by design.
type difference struct{ what, note string }

// readInitCase reads a case (package textfiles): the project's files, and how its
// images compare in the section "compare".
func readInitCase(t *testing.T, file string) initCase {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := initCase{name: strings.TrimSuffix(filepath.Base(file), ".txt"), files: map[string]string{}, after: map[string]string{}}
	sections, order := textfiles.Split(string(content))
	for _, section := range order {
		text := sections[section]
		if name, ok := strings.CutPrefix(section, "after "); ok {
			c.after[name] = text
		} else if section == "compare" {
			for line := range strings.Lines(text) {
				c.rule(t, strings.TrimSpace(line))
			}
		} else {
			c.files[section] = text
		}
	}
	return c
}

// rule reads a line of the section "compare".
func (c *initCase) rule(t *testing.T, line string) {
	t.Helper()
	word, rest, _ := strings.Cut(line, ": ")
	switch word {
	case "":
	case "serves":
		c.serves = true
	case "cmd":
		c.cmd = rest
	case "entrypoint":
		c.entrypoint = rest
	case "differs": // WHAT: the note that says so
		what, note, ok := strings.Cut(rest, ": ")
		if !ok {
			t.Fatalf("%s: %q names no note", c.name, line)
		}
		c.differs = append(c.differs, difference{what, note})
	case "design": // WHAT: why it differs on purpose, though init says nothing
		what, _, _ := strings.Cut(rest, ": ")
		c.differs = append(c.differs, difference{what, ""})
	case "target":
		c.target = rest
	case "told":
		c.told = append(c.told, rest)
	default:
		t.Fatalf("%s: %q is not understood", c.name, line)
	}
}
