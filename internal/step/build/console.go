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

// Console prints the output of the programs of a step. It stores the end of the
// output, which a failed step writes into its result for the frontend. The
// frontend sees no logs, and finds in this output the line of the user's file
// for the error.
type Console struct {
	to io.Writer

	mu   sync.Mutex
	tail []byte
	// failure replaces the tail if the step itself knows the cause better than the
	// output shows it.
	failure []byte
	// hidden are texts that are never printed. If there are some, line is the
	// beginning of an unfinished line, because such a text may arrive in two
	// parts.
	hidden []string
	line   []byte
}

// Hide makes the console print stars instead of some texts. These are
// passwords, which pip prints if its subprocess fails.
func (c *Console) Hide(texts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range texts {
		// Such a short text also occurs in other words.
		if len(text) > 3 {
			c.hidden = append(c.hidden, text)
		}
	}
	slices.SortFunc(c.hidden, func(a, b string) int { return len(b) - len(a) })
}

// flush prints the unfinished line.
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

// maxTail is the size of the stored end of the output, in bytes.
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

// Remember adds a line for the frontend without printing it: the step's error,
// which main prints.
func (c *Console) Remember(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tail = append(c.tail, c.without([]byte(line+"\n"))...)
}

// said returns the end of the output.
func (c *Console) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.tail)
}

// WriteFailure writes the end of the output into the step's result, which
// BuildKit keeps for the frontend although the step has failed. It writes
// nothing if the folder out does not exist.
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
