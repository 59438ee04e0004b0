package fromdockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// ErrPresent is the error for a file that already has a [tool.moult].
var ErrPresent = errors.New("there is a [tool.moult] already")

// directive matches a line such as the syntax line. BuildKit accepts only other
// directives above the syntax line.
var directive = regexp.MustCompile(`(?i)^#\s*([a-z]+)\s*=`)

// Edit adds the syntax line and the proposal to a pyproject.toml. It changes no
// existing byte. New lines have the line ends of the file. The error is
// ErrPresent, or that of a file that is not valid TOML.
func Edit(name string, content []byte, syntax string, p *Proposal) ([]byte, error) {
	root, err := toml.Parse(&source.File{Name: name, Data: content})
	if err != nil {
		return nil, err
	}
	if n := root.Get("tool", "moult"); n != nil {
		return nil, fmt.Errorf("%s: %w", n.Pos(), ErrPresent)
	}
	// If the project also has other dependencies, requirements.txt must be named.
	if root.Get("project", "dependencies") == nil {
		p = p.withoutDefault()
	}
	end := "\n"
	if bytes.Contains(content, []byte("\r\n")) {
		end = "\r\n"
	}
	table := strings.ReplaceAll(p.TOML(true), "\n", end)

	var out bytes.Buffer
	rest := content
	if bom := []byte("\xef\xbb\xbf"); bytes.HasPrefix(rest, bom) {
		out.Write(bom)
		rest = rest[len(bom):]
	}
	if syntax != "" && !hasSyntax(rest) {
		out.WriteString("# syntax=" + syntax + end)
	}
	out.Write(rest)
	if len(rest) > 0 && !bytes.HasSuffix(rest, []byte("\n")) {
		out.WriteString(end)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		out.WriteString(end)
	}
	out.WriteString(table)
	// The result must be valid TOML. For instance, an inline table tool = {...}
	// allows no [tool.moult].
	if _, err := toml.Parse(&source.File{Name: name, Data: out.Bytes()}); err != nil {
		return nil, fmt.Errorf("%s cannot take a [tool.moult] at its end: %w", name, err)
	}
	return out.Bytes(), nil
}

// hasSyntax reports whether the file's directives name a frontend.
func hasSyntax(content []byte) bool {
	for line := range bytes.Lines(content) {
		m := directive.FindSubmatch(line)
		if m == nil {
			return false
		}
		if strings.EqualFold(string(m[1]), "syntax") {
			return true
		}
	}
	return false
}

// New returns the content of a moult.toml.
func New(syntax string, p *Proposal) []byte {
	text := p.withoutDefault().TOML(false)
	if syntax != "" {
		text = "# syntax=" + syntax + "\n" + text
	}
	return []byte(text)
}

// withoutDefault returns the proposal without the requirement file that is read
// by default.
func (p *Proposal) withoutDefault() *Proposal {
	if !slices.Equal(p.Requirements, []string{"requirements.txt"}) {
		return p
	}
	short := *p
	short.Requirements = nil
	return &short
}
