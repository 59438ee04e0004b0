package build

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestLibrariesAreFoundWhereTheLoaderLooks(t *testing.T) {
	for name, test := range map[string]struct {
		files   map[string]string
		library string
		runpath []string
		want    string
	}{
		"Debian's folder": {
			map[string]string{"usr/lib/x86_64-linux-gnu/libc.so.6": "", "usr/lib/x86_64-linux-gnu/libz.so.1": "", "lib": "-> usr/lib"},
			"libz.so.1", nil, "/lib/x86_64-linux-gnu/libz.so.1",
		},
		"a folder of its configuration": {
			map[string]string{"etc/ld.so.conf": "include ld.so.conf.d/*.conf # all\n", "etc/ld.so.conf.d/libc.conf": "# local\n/usr/local/lib\n", "usr/local/lib/libx.so.1": ""},
			"libx.so.1", nil, "/usr/local/lib/libx.so.1",
		},
		"beside the program": {
			map[string]string{"opt/python/lib/libpython3.13.so.1.0": "", "usr/lib/libc.so.6": ""},
			"libpython3.13.so.1.0", []string{"/opt/python/lib"}, "/opt/python/lib/libpython3.13.so.1.0",
		},
		"Red Hat's folder": {map[string]string{"usr/lib64/libc.so.6": "", "usr/lib64/libz.so.1": "", "lib64": "-> usr/lib64"}, "libz.so.1", nil, "/lib64/libz.so.1"},
		"musl's folders":   {map[string]string{"lib/ld-musl-x86_64.so.1": "", "usr/lib/libz.so.1": ""}, "libz.so.1", nil, "/usr/lib/libz.so.1"},
		"musl's file":      {map[string]string{"lib/ld-musl-x86_64.so.1": "", "etc/ld-musl-x86_64.path": "/opt/lib:/x\n/y", "opt/lib/libz.so.1": ""}, "libz.so.1", nil, "/opt/lib/libz.so.1"},
		"nowhere":          {map[string]string{"usr/lib/libc.so.6": "", "opt/libz.so.1": ""}, "libz.so.1", nil, ""},
		"a path":           {map[string]string{"opt/libz.so.1": ""}, "/opt/libz.so.1", nil, "/opt/libz.so.1"},
		"a link out of it": {map[string]string{"usr/lib/libz.so.1": "-> ../../../../../../usr/lib/libreal.so", "usr/lib/libreal.so": ""}, "libz.so.1", nil, "/usr/lib/libz.so.1"},
	} {
		l := newLibraries(tree(image(t, test.files)), elf.EM_X86_64)
		if got := l.find(test.library, &object{runpath: test.runpath}); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestALibraryComesToWhereTheBasesLoaderLooks(t *testing.T) {
	for name, test := range map[string]struct {
		base         map[string]string
		theirs, want string
	}{
		"the same place":             {map[string]string{"usr/lib/x86_64-linux-gnu/libc.so.6": "", "lib": "-> usr/lib"}, "/usr/lib/x86_64-linux-gnu/libffi.so.8", "/usr/lib/x86_64-linux-gnu/libffi.so.8"},
		"the same place, by /lib":    {map[string]string{"usr/lib/x86_64-linux-gnu/libc.so.6": "", "lib": "-> usr/lib"}, "/lib/x86_64-linux-gnu/libffi.so.8", "/lib/x86_64-linux-gnu/libffi.so.8"},
		"Debian's for Red Hat":       {map[string]string{"usr/lib64/libc.so.6": "", "lib64": "-> usr/lib64"}, "/usr/lib/x86_64-linux-gnu/libffi.so.8", "/lib64/libffi.so.8"},
		"a folder that is not known": {map[string]string{"usr/lib/x86_64-linux-gnu/libc.so.6": ""}, "/usr/local/lib/libffi.so.8", "/usr/lib/x86_64-linux-gnu/libffi.so.8"},
	} {
		base := tree(image(t, test.base))
		tr := transfer{layer: layer{base: base}, ours: newLibraries(base, elf.EM_X86_64)}
		if got := tr.destination(test.theirs, &object{}); got != test.want {
			t.Errorf("%s: %s, not %s", name, got, test.want)
		}
		if got := tr.destination(test.theirs, &object{runpath: []string{"/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"}}); got != test.theirs {
			t.Errorf("%s: where the program itself looks there: %s", name, got)
		}
	}
}

// The test's own program is an ELF file that is always there; linked
// statically, it needs nothing.
func TestAProgramIsReadAndATextIsNone(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o, err := readObject("/", self)
	if err != nil || o == nil || o.Machine == elf.EM_NONE || slices.ContainsFunc(o.Needed, func(n string) bool { return strings.Contains(n, "/") }) {
		t.Errorf("%+v, %v", o, err)
	}
	root := tree(image(t, map[string]string{"script": "#!/bin/sh\n", "empty": "", "short": "\x7fELF"}))
	for _, name := range []string{"/script", "/empty", "/short"} {
		if o, err := readObject(root, name); o != nil || err != nil {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	if _, err := readObject(root, "/missing"); err == nil {
		t.Error("a missing file is read")
	}
	err = AddPython{From: string(root), Base: string(root), Interpreter: "/script", Out: t.TempDir()}.Make()
	if err == nil || !strings.Contains(err.Error(), "no program") {
		t.Errorf("a script as interpreter: %v", err)
	}
}

func TestAProgramThatLiesAboutItsLoader(t *testing.T) {
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: 1, Shentsize: 64}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	var b bytes.Buffer
	for _, part := range []any{h, elf.Prog64{Type: uint32(elf.PT_INTERP), Off: 64, Filesz: 1 << 62}} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	o, err := readObject(tree(image(t, map[string]string{"lies": b.String()})), "/lies")
	if err != nil || o == nil || o.Interpreter != "" {
		t.Errorf("%+v, %v", o, err)
	}
}
