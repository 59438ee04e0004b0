package environment

import (
	"context"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment/osrelease"
)

// Distribution is the Linux distribution of an image, from os-release(5).
type Distribution struct {
	// ID is "debian", "ubuntu", "alpine", "rhel", ...; empty if the image has no
	// os-release file.
	ID string `json:"id,omitempty"`
	// Version is VERSION_ID: "13", "24.04", "3.22.1".
	Version string `json:"version,omitempty"`
	// Like is ID_LIKE: the distributions from which it descends, the closest
	// first, with blanks between them.
	Like string `json:"like,omitempty"`
}

// The kinds of package managers.
const (
	// Apt is that of Debian, Ubuntu and their descendants.
	Apt = "apt"
	// Apk is that of Alpine and Wolfi.
	Apk = "apk"
	// Dnf is that of Red Hat's family: dnf, microdnf or yum, which take the
	// same package names.
	Dnf = "dnf"
)

// Managers are all kinds of package managers.
var Managers = []string{Apt, Apk, Dnf}

// managers are the kinds of package managers by the ID of the distribution.
var managers = map[string]string{
	"debian": Apt, "ubuntu": Apt,
	"alpine": Apk, "wolfi": Apk, "chainguard": Apk,
	"rhel": Dnf, "fedora": Dnf, "centos": Dnf, "rocky": Dnf, "almalinux": Dnf, "ol": Dnf, "amzn": Dnf, "azurelinux": Dnf,
}

// Manager returns the kind of package manager of the distribution, even if the
// image does not have the program; "" if it is not known.
func (d Distribution) Manager() string {
	for _, id := range append([]string{d.ID}, strings.Fields(d.Like)...) {
		if m, ok := managers[id]; ok {
			return m
		}
	}
	return ""
}

// String gives "debian 13".
func (d Distribution) String() string {
	if d.ID == "" {
		return "no known distribution"
	}
	return strings.TrimSpace(d.ID + " " + d.Version)
}

// programs are the package managers' programs, by folder and name.
var programs = []struct{ folder, name, manager string }{
	{"/usr/bin", "apt-get", Apt},
	{"/usr/bin", "dnf", Dnf},
	{"/usr/bin", "microdnf", Dnf},
	{"/usr/bin", "yum", Dnf},
	{"/sbin", "apk", Apk},
	{"/usr/bin", "apk", Apk},
}

// FindManager returns the kind of the package manager whose program an image
// has; "" if it has none.
func FindManager(ctx context.Context, img Image) string {
	names := map[string][]string{}
	for _, p := range programs {
		if _, ok := names[p.folder]; !ok {
			names[p.folder], _ = img.ReadDir(ctx, p.folder)
		}
		if slices.Contains(names[p.folder], p.name) {
			return p.manager
		}
	}
	return ""
}

// readDistribution reads an image's os-release file; the zero value if there is
// none.
func readDistribution(ctx context.Context, img Image) Distribution {
	values := osrelease.Read(func(name string) ([]byte, error) { return img.ReadFile(ctx, name) })
	return Distribution{ID: values["ID"], Version: values["VERSION_ID"], Like: values["ID_LIKE"]}
}

// IsDebian reports whether it is Debian or Ubuntu, whose packages have the same
// names. Their descendants may have others.
func (d Distribution) IsDebian() bool { return d.ID == "debian" || d.ID == "ubuntu" }

// Time64 reports whether a release of Debian or Ubuntu came after the change to
// 64-bit times, which gave many libraries another name.
func (d Distribution) Time64() bool {
	if d.ID == "ubuntu" {
		return d.Version >= "24.04"
	}
	// Debian testing has no version.
	return d.Version == "" || len(d.Version) > 1 && d.Version >= "13"
}
