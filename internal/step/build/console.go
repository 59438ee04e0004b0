package build

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/moult-build/moult/internal/step/protocol"
)

// Console is where the programs of a step print. It keeps the end of what
// they said, so that a failed step can leave it for the frontend, which sees
// no logs and has to find the line of the user's file that is to blame.
type Console struct {
	to io.Writer

	mu   sync.Mutex
	tail []byte
	// failure is what the frontend gets instead of the tail, from a step that
	// knows better than its output what went wrong.
	failure []byte
	// hidden are texts that are never printed. Where there are some, line is
	// the beginning of a line that has no end yet, because a text can come in
	// two parts.
	hidden []string
	line   []byte
}

// Hide makes the console print stars in place of texts: passwords, which pip
// shows when its own subprocess fails.
func (c *Console) Hide(texts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range texts {
		// What is as short as this is in other words, too.
		if len(text) > 3 {
			c.hidden = append(c.hidden, text)
		}
	}
	slices.SortFunc(c.hidden, func(a, b string) int { return len(b) - len(a) })
}

// flush prints the line that has no end.
func (c *Console) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	line := c.line
	c.line = nil
	if len(line) > 0 {
		_, _ = c.print(c.without(line))
	}
}

func (c *Console) without(text []byte) []byte {
	for _, hidden := range c.hidden {
		text = bytes.ReplaceAll(text, []byte(hidden), []byte("****"))
	}
	return text
}

// NewConsole prints to a writer.
func NewConsole(to io.Writer) *Console { return &Console{to: to} }

// maxTail is how much of the output is kept, in bytes.
const maxTail = 64 << 10

// Write implements io.Writer.
func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hidden) == 0 {
		return c.print(p)
	}
	c.line = append(c.line, p...)
	end := bytes.LastIndexAny(c.line, "\r\n") + 1
	if end == 0 {
		return len(p), nil
	}
	lines := c.without(c.line[:end])
	c.line = slices.Clone(c.line[end:])
	if _, err := c.print(lines); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *Console) print(p []byte) (int, error) {
	c.tail = append(c.tail, p...)
	if over := len(c.tail) - maxTail; over > 0 {
		c.tail = append(c.tail[:0], c.tail[over:]...)
	}
	return c.to.Write(p)
}

// Remember adds a line to what is left for the frontend without printing it:
// the step's error, which main prints.
func (c *Console) Remember(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tail = append(c.tail, c.without([]byte(line+"\n"))...)
}

// said is the end of what was printed.
func (c *Console) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.tail)
}

// WriteFailure writes the end of the output into the step's result, which
// BuildKit keeps for the frontend although the step has failed. Where the
// step has no result of its own nothing is left.
func (c *Console) WriteFailure(out string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := os.Stat(out); err != nil {
		return nil
	}
	content := c.tail
	if c.failure != nil {
		content = c.failure
	}
	return os.WriteFile(filepath.Join(out, protocol.Failure), content, 0o644)
}
