package bytecode

import (
	"bytes"
	"strings"
	"testing"
)

func TestBytecodeIsNormalized(t *testing.T) {
	header := strings.Repeat("h", headerSize)
	for _, tc := range []struct{ name, in, want string }{
		{"a mark without a reference", "\xfa\x01a", "z\x01a"},
		{"a mark with a reference", "\xa9\x02\xfa\x01ar\x01\x00\x00\x00", ")\x02\xfa\x01ar\x00\x00\x00\x00"},
		{"nothing marked", ")\x02NT", ")\x02NT"},
		{"references are numbered anew",
			")\x04\xfa\x01a\xfa\x01br\x01\x00\x00\x00r\x01\x00\x00\x00",
			")\x04z\x01a\xfa\x01br\x00\x00\x00\x00r\x00\x00\x00\x00"},
		{"equal strings become one, interned if either was",
			")\x03z\x01aZ\x01bZ\x01a", ")\x03\xda\x01aZ\x01br\x00\x00\x00\x00"},
		{"sets are sorted", ")\x02z\x01b>\x03\x00\x00\x00z\x01cz\x01bz\x01a", ")\x02\xfa\x01b>\x03\x00\x00\x00z\x01ar\x00\x00\x00\x00z\x01c"},
		{"sets with tuples are not", ">\x02\x00\x00\x00)\x01z\x01cz\x01b", ">\x02\x00\x00\x00)\x01z\x01cz\x01b"},
		{"a string and bytes alike stay two", ")\x02z\x01as\x01\x00\x00\x00a", ")\x02z\x01as\x01\x00\x00\x00a"},
		{"a tuple that is referred to keeps its mark",
			")\x02\xa9\x01\xe9\x05\x00\x00\x00r\x00\x00\x00\x00",
			")\x02\xa9\x01i\x05\x00\x00\x00r\x00\x00\x00\x00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pyc, err := normalizePyc([]byte(header+tc.in), layoutOf(3, 13))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(pyc[headerSize:]); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestOldPythonsInternACharacterByAccident(t *testing.T) {
	header := strings.Repeat("h", headerSize)
	in := header + ")\x04Z\x01{z\x01}Z\x01aZ\x02{{"
	for minor, want := range map[int]string{7: ")\x04z\x01{z\x01}Z\x01aZ\x02{{", 9: ")\x04z\x01{z\x01}Z\x01aZ\x02{{", 11: in[headerSize:]} {
		if got, err := normalizePyc([]byte(in), layoutOf(3, minor)); err != nil || string(got[headerSize:]) != want {
			t.Errorf("3.%d: got %q, want %q, %v", minor, got[headerSize:], want, err)
		}
	}
}

func TestUnknownBytecodeIsRefused(t *testing.T) {
	for _, in := range []string{"", "short", strings.Repeat("h", 16), strings.Repeat("h", 16) + "\xffx",
		strings.Repeat("h", 16) + "NN", strings.Repeat("h", 16) + "r\x00\x00\x00\x00", strings.Repeat("h", 16) + "(\xff\xff\xff\x7f"} {
		if out, err := normalizePyc([]byte(in), layoutOf(3, 13)); err == nil {
			t.Errorf("%q became %q", in, out)
		}
	}
}

// FuzzNormalize checks that normalizing is done after once.
func FuzzNormalize(f *testing.F) {
	f.Add([]byte(")\x02\xfa\x01ar\x00\x00\x00\x00"), 13)
	f.Add([]byte("\xe3"+strings.Repeat("\x00", 24)+"NNNNNNNN\x00\x00\x00\x00N"), 9)
	f.Fuzz(func(t *testing.T, body []byte, minor int) {
		pyc, err := normalizePyc(append(bytes.Repeat([]byte{'h'}, headerSize), body...), layoutOf(3, minor))
		if err != nil {
			return
		}
		again, err := normalizePyc(pyc, layoutOf(3, minor))
		if err != nil || !bytes.Equal(again, pyc) {
			t.Errorf("%q became %q: %v", pyc, again, err)
		}
	})
}
