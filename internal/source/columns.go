package source

// Columns tells on which column of its line a byte is. A file can be one long
// line with hundreds of thousands of values, so it does not count from the
// line's start for each.
type Columns struct {
	data []byte
	// before[n] is the number of characters before the block n.
	before []int32
}

// block is the number of bytes that are counted at most for a column.
const block = 256

// NewColumns counts the characters of a file once.
func NewColumns(data []byte) *Columns {
	c := &Columns{data: data, before: make([]int32, 1, len(data)/block+2)}
	for start := 0; start < len(data); start += block {
		c.before = append(c.before, c.before[len(c.before)-1]+characters(data[start:min(start+block, len(data))]))
	}
	return c
}

// characters counts those that begin in a part of a text.
func characters(text []byte) (n int32) {
	for _, b := range text {
		if b&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

// Column is the column, from 1, of the byte at an offset in the line that begins
// at from.
func (c *Columns) Column(from, offset int) int {
	if offset-from < block {
		return 1 + int(characters(c.data[from:offset]))
	}
	return 1 + int(c.until(offset)-c.until(from))
}

func (c *Columns) until(offset int) int32 {
	n := offset / block
	return c.before[n] + characters(c.data[n*block:offset])
}
