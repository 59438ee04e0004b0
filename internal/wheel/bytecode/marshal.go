package bytecode

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// headerSize is the length of a .pyc's header (PEP 552).
const headerSize = 16

// layoutOf gives the parts of a code object as a Python version writes them:
// 'l' a 32-bit number, 'o' an object.
func layoutOf(major, minor int) string {
	if major == 3 && minor < 11 {
		return "llllll" + "oooooooo" + "lo"
	}
	return "lllll" + "oooooooo" + "loo"
}

var errMarshal = errors.New("bytecode in a format that is not known")

// flagRef marks an object that a later reference may mean.
const flagRef = 0x80

// normalizePyc rewrites a .pyc in place so that exactly those objects are
// marked as referable to which a reference exists.
//
// Python marks every object that more than one other held at the moment of
// writing, so that equal sources give different bytes depending on what else
// the process did: most files before 3.11, some still in 3.13. The marks mean
// nothing by themselves; with those nobody refers to gone, and the rest
// numbered anew, the bytes depend on the code alone. After an error the bytes
// are as they were.
func normalizePyc(pyc []byte, layout string) error {
	if len(pyc) < headerSize {
		return errMarshal
	}
	n := &normalizer{in: pyc, pos: headerSize, layout: layout}
	if err := n.object(0); err != nil {
		return err
	}
	if n.pos != len(pyc) {
		return errMarshal
	}
	used := make([]bool, len(n.marks))
	for _, r := range n.refs {
		used[r.index] = true
	}
	number := make([]uint32, len(n.marks))
	next := uint32(0)
	for i, u := range used {
		number[i] = next
		if u {
			next++
		} else {
			pyc[n.marks[i]] &^= flagRef
		}
	}
	for _, r := range n.refs {
		binary.LittleEndian.PutUint32(pyc[r.pos:], number[r.index])
	}
	return nil
}

// normalizer walks a marshalled object and notes its marks and references.
type normalizer struct {
	in     []byte
	pos    int
	layout string
	marks  []int // positions of type bytes with flagRef, in their numbering
	refs   []reference
}

type reference struct{ pos, index int }

// maxDepth is that of Python's own reader.
const maxDepth = 2000

func (n *normalizer) object(depth int) error {
	if depth > maxDepth || n.pos >= len(n.in) {
		return errMarshal
	}
	at := n.pos
	kind := n.in[at]
	n.pos++
	if kind&flagRef != 0 {
		kind &^= flagRef
		n.marks = append(n.marks, at)
	}
	switch kind {
	case '0', 'N', 'F', 'T', 'S', '.':
		return nil
	case 'i':
		return n.skip(4)
	case 'g':
		return n.skip(8)
	case 'y':
		return n.skip(16)
	case 'l':
		digits, err := n.long()
		if err != nil {
			return err
		}
		if digits < 0 {
			digits = -digits
		}
		return n.skip(2 * digits)
	case 's', 't', 'u', 'a', 'A':
		size, err := n.long()
		if err != nil {
			return err
		}
		return n.skip(size)
	case 'z', 'Z':
		size, err := n.byte()
		if err != nil {
			return err
		}
		return n.skip(size)
	case 'r':
		index, err := n.long()
		if err != nil || index < 0 || index >= len(n.marks) {
			return errMarshal
		}
		n.refs = append(n.refs, reference{pos: n.pos - 4, index: index})
		return nil
	case ')':
		count, err := n.byte()
		if err != nil {
			return err
		}
		return n.objects(count, depth)
	case '(', '[', '<', '>':
		count, err := n.long()
		if err != nil {
			return err
		}
		return n.objects(count, depth)
	case ':':
		return n.objects(3, depth)
	case 'c':
		for _, f := range n.layout {
			var err error
			if f == 'l' {
				err = n.skip(4)
			} else {
				err = n.object(depth + 1)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%w: object of type %q", errMarshal, kind)
}

func (n *normalizer) objects(count, depth int) error {
	if count < 0 {
		return errMarshal
	}
	for range count {
		if err := n.object(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func (n *normalizer) skip(size int) error {
	if size < 0 || size > len(n.in)-n.pos {
		return errMarshal
	}
	n.pos += size
	return nil
}

func (n *normalizer) byte() (int, error) {
	if err := n.skip(1); err != nil {
		return 0, err
	}
	return int(n.in[n.pos-1]), nil
}

func (n *normalizer) long() (int, error) {
	if err := n.skip(4); err != nil {
		return 0, err
	}
	return int(int32(binary.LittleEndian.Uint32(n.in[n.pos-4:]))), nil
}
