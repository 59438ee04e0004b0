// Package elftest makes ELF files for tests that read them.
package elftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// Object returns the smallest ELF file with a name (DT_SONAME), unless that is
// empty, and with the names of the libraries that it needs (DT_NEEDED).
func Object(soname string, needs ...string) ([]byte, error) {
	strtab := []byte{0}
	var dynamic []elf.Dyn64
	add := func(tag elf.DynTag, name string) {
		dynamic = append(dynamic, elf.Dyn64{Tag: int64(tag), Val: uint64(len(strtab))})
		strtab = append(append(strtab, name...), 0)
	}
	if soname != "" {
		add(elf.DT_SONAME, soname)
	}
	for _, n := range needs {
		add(elf.DT_NEEDED, n)
	}
	dynamic = append(dynamic, elf.Dyn64{})
	const header, dyn, section = 64, 16, 64
	names := []byte("\x00.dynstr\x00.dynamic\x00.shstrtab\x00")
	at := uint64(header)
	sections := []elf.Section64{{}}
	place := func(name uint32, kind elf.SectionType, link uint32, size int) {
		sections = append(sections, elf.Section64{Name: name, Type: uint32(kind), Link: link, Off: at, Size: uint64(size), Entsize: dyn})
		at += uint64(size)
	}
	place(1, elf.SHT_STRTAB, 0, len(strtab))
	place(9, elf.SHT_DYNAMIC, 1, len(dynamic)*dyn)
	place(18, elf.SHT_STRTAB, 0, len(names))
	h := elf.Header64{Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1, Ehsize: header,
		Shoff: at, Shentsize: section, Shnum: uint16(len(sections)), Shstrndx: 3}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	var out bytes.Buffer
	for _, part := range []any{h, strtab, dynamic, names, sections} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
