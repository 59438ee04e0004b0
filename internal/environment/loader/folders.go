// Package loader knows how the dynamic loader of an image works: which machine
// it is for, which folders it searches, and what it reads in a program or a
// shared library.
//
// Package environment uses it to find an image's C library, the frontend to
// find an image's libraries, and the steps for the Python that they copy
// from one image to another. It changes nothing and runs nothing.
package loader

import (
	"context"
	"debug/elf"
	"path"
	"slices"
	"strings"
)

// Machine has the names of a processor in the C libraries.
type Machine struct {
	// Arch is its name in the platforms of images.
	Arch string
	ELF  elf.Machine
	// Multiarch is Debian's name ("x86_64-linux-gnu"), Musl is musl's.
	Multiarch, Musl string
}

var machines = []Machine{
	{"amd64", elf.EM_X86_64, "x86_64-linux-gnu", "x86_64"},
	{"arm64", elf.EM_AARCH64, "aarch64-linux-gnu", "aarch64"},
	{"arm", elf.EM_ARM, "arm-linux-gnueabihf", "armhf"},
	{"386", elf.EM_386, "i386-linux-gnu", "i386"},
	{"ppc64le", elf.EM_PPC64, "powerpc64le-linux-gnu", "powerpc64le"},
	{"s390x", elf.EM_S390, "s390x-linux-gnu", "s390x"},
	{"riscv64", elf.EM_RISCV, "riscv64-linux-gnu", "riscv64"},
	{"loong64", elf.EM_LOONGARCH, "loongarch64-linux-gnu", "loongarch64"},
	{"mips64le", elf.EM_MIPS, "mips64el-linux-gnuabi64", "mips64el"},
}

// ForArch finds a machine by its name in platforms; the zero value if it is not
// known.
func ForArch(arch string) Machine {
	return find(func(m Machine) bool { return m.Arch == arch })
}

// ForELF finds a machine by its number in ELF files.
func ForELF(number elf.Machine) Machine {
	return find(func(m Machine) bool { return m.ELF == number })
}

func find(is func(Machine) bool) Machine {
	if n := slices.IndexFunc(machines, is); n >= 0 {
		return machines[n]
	}
	return Machine{}
}

// Folders returns the folders that glibc's loader searches without any
// configuration.
func (m Machine) Folders() []string {
	var folders []string
	if m.Multiarch != "" {
		folders = []string{"/lib/" + m.Multiarch, "/usr/lib/" + m.Multiarch}
	}
	return append(folders, "/lib64", "/usr/lib64", "/lib", "/usr/lib")
}

// Image is the part of an image that this package reads. Symbolic links are
// followed inside the image. A file or a folder that cannot be read counts as
// missing.
type Image interface {
	ReadFile(ctx context.Context, name string) ([]byte, error)
	ReadDir(ctx context.Context, name string) ([]string, error)
}

// Musl returns the folders that musl's loader searches; ok is false if the
// image has no musl.
func Musl(ctx context.Context, img Image) (folders []string, ok bool) {
	if len(glob(ctx, img, "/lib/ld-musl-*.so.1")) == 0 {
		return nil, false
	}
	for _, name := range glob(ctx, img, "/etc/ld-musl-*.path") {
		content, err := img.ReadFile(ctx, name)
		if err == nil {
			return strings.FieldsFunc(string(content), func(r rune) bool { return r == ':' || r == '\n' }), true
		}
	}
	return []string{"/lib", "/usr/local/lib", "/usr/lib"}, true
}

// configuration is the file that adds folders to those of glibc's loader.
const configuration = "/etc/ld.so.conf"

// Configured returns the folders that an image's configuration adds to those of
// glibc's loader.
func Configured(ctx context.Context, img Image) []string {
	return configured(ctx, img, configuration, map[string]bool{})
}

// configured reads a file of the configuration and those that it includes. It
// reads each file once, because a file may include itself.
func configured(ctx context.Context, img Image, name string, seen map[string]bool) []string {
	if seen[name] {
		return nil
	}
	seen[name] = true
	content, err := img.ReadFile(ctx, name)
	if err != nil {
		return nil
	}
	var all []string
	for line := range strings.Lines(string(content)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "include":
			for _, pattern := range fields[1:] {
				if !path.IsAbs(pattern) {
					pattern = path.Join(path.Dir(name), pattern)
				}
				for _, included := range glob(ctx, img, pattern) {
					all = append(all, configured(ctx, img, included, seen)...)
				}
			}
		default:
			// A line may have several folders, with spaces, commas or colons between
			// them.
			for _, dir := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,:", r) }) {
				dir, _, _ = strings.Cut(dir, "=") // an option for libc5
				if path.IsAbs(dir) {
					all = append(all, path.Clean(dir))
				}
			}
		}
	}
	return all
}

// glob returns the image's paths that match a pattern, sorted. Only the last
// part of the pattern may have wildcards.
func glob(ctx context.Context, img Image, pattern string) []string {
	dir, last := path.Split(pattern)
	names, err := img.ReadDir(ctx, path.Clean(dir))
	if err != nil {
		return nil
	}
	names = slices.Clone(names)
	slices.Sort(names)
	var all []string
	for _, name := range names {
		if ok, err := path.Match(last, name); ok && err == nil {
			all = append(all, path.Join(dir, name))
		}
	}
	return all
}
