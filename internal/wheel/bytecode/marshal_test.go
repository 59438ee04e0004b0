package bytecode

import (
	"bytes"
	"strings"
	"testing"
)

func TestMarksNobodyRefersToAreRemoved(t *testing.T) {
	header := strings.Repeat("h", headerSize)
	for _, tc := range []struct{ name, in, want string }{
		{"a mark without a reference", "\xfa\x01a", "z\x01a"},
		{"a mark with a reference", "\xa9\x02\xfa\x01ar\x01\x00\x00\x00", ")\x02\xfa\x01ar\x00\x00\x00\x00"},
		{"nothing marked", ")\x02NT", ")\x02NT"},
		{"references are numbered anew",
			")\x04\xfa\x01a\xfa\x01br\x01\x00\x00\x00r\x01\x00\x00\x00",
			")\x04z\x01a\xfa\x01br\x00\x00\x00\x00r\x00\x00\x00\x00"},
		{"a tuple that is referred to keeps its mark",
			")\x02\xa9\x01\xe9\x05\x00\x00\x00r\x00\x00\x00\x00",
			")\x02\xa9\x01i\x05\x00\x00\x00r\x00\x00\x00\x00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pyc := []byte(header + tc.in)
			if err := normalizePyc(pyc, layoutOf(3, 13)); err != nil {
				t.Fatal(err)
			}
			if got := string(pyc[headerSize:]); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestUnknownBytecodeStaysAsItIs(t *testing.T) {
	for _, in := range []string{"", "short", strings.Repeat("h", 16), strings.Repeat("h", 16) + "\xffx",
		strings.Repeat("h", 16) + "NN", strings.Repeat("h", 16) + "r\x00\x00\x00\x00", strings.Repeat("h", 16) + "(\xff\xff\xff\x7f"} {
		pyc := []byte(in)
		if err := normalizePyc(pyc, layoutOf(3, 13)); err == nil {
			t.Errorf("%q: no error", in)
		}
		if string(pyc) != in {
			t.Errorf("%q became %q", in, pyc)
		}
	}
}

// FuzzNormalize checks that normalizing is done after once.
func FuzzNormalize(f *testing.F) {
	f.Add([]byte(")\x02\xfa\x01ar\x00\x00\x00\x00"), 13)
	f.Add([]byte("\xe3"+strings.Repeat("\x00", 24)+"NNNNNNNN\x00\x00\x00\x00N"), 9)
	f.Fuzz(func(t *testing.T, body []byte, minor int) {
		pyc := append(bytes.Repeat([]byte{'h'}, headerSize), body...)
		if normalizePyc(pyc, layoutOf(3, minor)) != nil {
			return
		}
		again := bytes.Clone(pyc)
		if err := normalizePyc(again, layoutOf(3, minor)); err != nil || !bytes.Equal(again, pyc) {
			t.Errorf("%q became %q: %v", pyc, again, err)
		}
	})
}
