package environment

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/environment/loader"
)

// Libc is the C library of an image. It decides which manylinux (PEP 600) or
// musllinux (PEP 656) wheels the image can load. The zero value means that none
// was found.
type Libc struct {
	// Family is "glibc" or "musl".
	Family string `json:"family,omitempty"`
	Major  int    `json:"major,omitempty"`
	Minor  int    `json:"minor,omitempty"`
}

// Newer reports whether this version of a C library is newer than another of
// the same family.
func (l Libc) Newer(than Libc) bool {
	return l.Major > than.Major || l.Major == than.Major && l.Minor > than.Minor
}

// String gives "glibc 2.41".
func (l Libc) String() string {
	if l.Family == "" {
		return "no known C library"
	}
	return fmt.Sprintf("%s %d.%d", l.Family, l.Major, l.Minor)
}

// releaseLibc has the C libraries of releases of distributions that never
// change it, so that the library itself need not be read. A release with a
// patch number ("9.6") is also found by its major number.
var releaseLibc = map[string]Libc{
	"debian 11":    {"glibc", 2, 31},
	"debian 12":    {"glibc", 2, 36},
	"debian 13":    {"glibc", 2, 41},
	"ubuntu 20.04": {"glibc", 2, 31},
	"ubuntu 22.04": {"glibc", 2, 35},
	"ubuntu 24.04": {"glibc", 2, 39},
	"rhel 8":       {"glibc", 2, 28},
	"rhel 9":       {"glibc", 2, 34},
	"rhel 10":      {"glibc", 2, 39},
	"centos 9":     {"glibc", 2, 34},
	"centos 10":    {"glibc", 2, 39},
	"rocky 8":      {"glibc", 2, 28},
	"rocky 9":      {"glibc", 2, 34},
	"rocky 10":     {"glibc", 2, 39},
	"almalinux 8":  {"glibc", 2, 28},
	"almalinux 9":  {"glibc", 2, 34},
	"almalinux 10": {"glibc", 2, 39},
	"ol 8":         {"glibc", 2, 28},
	"ol 9":         {"glibc", 2, 34},
	"amzn 2023":    {"glibc", 2, 34},
}

// ofRelease finds the C library of a release in the table.
func ofRelease(d Distribution) (Libc, bool) {
	if l, ok := releaseLibc[d.ID+" "+d.Version]; ok {
		return l, true
	}
	major, _, _ := strings.Cut(d.Version, ".")
	l, ok := releaseLibc[d.ID+" "+major]
	return l, ok
}

func readLibc(ctx context.Context, img Image, platform Platform, d Distribution) Libc {
	if l, ok := ofRelease(d); ok {
		return l
	}
	m := loader.ForArch(platform.Arch)
	if l, ok := readMusl(ctx, img, m.Musl); ok {
		return l
	}
	for _, folder := range m.Folders() {
		content, err := img.ReadFile(ctx, folder+"/libc.so.6")
		if err != nil {
			continue
		}
		if l, ok := glibcVersion(content); ok {
			return l
		}
	}
	return Libc{}
}

// readMusl recognises Alpine and related distributions by the package database,
// which has musl's version. musl itself prints its version only if it is run.
func readMusl(ctx context.Context, img Image, machine string) (Libc, bool) {
	names, err := img.ReadDir(ctx, "/lib")
	if err != nil || machine == "" || !slices.Contains(names, "ld-musl-"+machine+".so.1") {
		return Libc{}, false
	}
	// Every musl since 2019 is 1.2, and no wheel needs more than musllinux_1_2.
	l := Libc{Family: "musl", Major: 1, Minor: 2}
	for _, db := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		content, err := img.ReadFile(ctx, db)
		if err != nil {
			continue
		}
		for record := range strings.SplitSeq(string(content), "\n\n") {
			if !strings.HasPrefix(record, "P:musl\n") && !strings.Contains(record, "\nP:musl\n") {
				continue
			}
			for line := range strings.SplitSeq(record, "\n") {
				version, ok := strings.CutPrefix(line, "V:")
				if !ok {
					continue
				}
				if major, minor, ok := twoNumbers(version); ok {
					l.Major, l.Minor = major, minor
				}
			}
		}
	}
	return l, true
}

// glibcVersion reads the newest symbol version that a libc.so.6 defines. This
// is glibc's own version.
func glibcVersion(content []byte) (Libc, bool) {
	library, err := loader.Read(bytes.NewReader(content))
	if err != nil || library == nil {
		return Libc{}, false
	}
	major, minor, ok := loader.Glibc(library.Defines)
	return Libc{Family: "glibc", Major: major, Minor: minor}, ok
}

func twoNumbers(version string) (major, minor int, ok bool) {
	a, rest, ok := strings.Cut(version, ".")
	if !ok {
		return 0, 0, false
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	major, err1 := strconv.Atoi(a)
	minor, err2 := strconv.Atoi(rest[:end])
	return major, minor, err1 == nil && err2 == nil
}
