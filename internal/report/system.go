package report

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
)

// SystemPackage is a package of the distribution.
type SystemPackage struct {
	// Type is that of its purl: "deb" or "apk".
	Type    string
	Name    string
	Version string
	Arch    string
	// Source is the source package's name where it differs.
	Source string
}

// ParseDebian reads dpkg's list of installed packages: its status file, or one
// of the files in status.d that images without dpkg have.
func ParseDebian(content []byte) []SystemPackage {
	var all []SystemPackage
	for _, paragraph := range strings.Split(string(content), "\n\n") {
		fields := map[string]string{}
		for _, line := range strings.Split(paragraph, "\n") {
			if key, value, ok := strings.Cut(line, ":"); ok && line[0] != ' ' && line[0] != '\t' {
				fields[key] = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD"))
			}
		}
		if status, ok := fields["Status"]; ok && !strings.HasSuffix(status, " installed") {
			continue
		}
		if fields["Package"] == "" || fields["Version"] == "" {
			continue
		}
		origin, _, _ := strings.Cut(fields["Source"], " ")
		all = append(all, SystemPackage{Type: "deb", Name: fields["Package"], Version: fields["Version"], Arch: fields["Architecture"], Source: origin})
	}
	sortSystem(all)
	return all
}

// ParseAlpine reads apk's list of installed packages.
func ParseAlpine(content []byte) []SystemPackage {
	var all []SystemPackage
	for _, paragraph := range strings.Split(string(content), "\n\n") {
		p := SystemPackage{Type: "apk"}
		for _, line := range strings.Split(paragraph, "\n") {
			key, value, _ := strings.Cut(line, ":")
			value = strings.ToValidUTF8(value, "\uFFFD")
			switch key {
			case "P":
				p.Name = value
			case "V":
				p.Version = value
			case "A":
				p.Arch = value
			case "o":
				if value != p.Name {
					p.Source = value
				}
			}
		}
		if p.Name != "" && p.Version != "" {
			all = append(all, p)
		}
	}
	sortSystem(all)
	return all
}

func sortSystem(all []SystemPackage) {
	slices.SortFunc(all, func(x, y SystemPackage) int {
		if c := strings.Compare(x.Name, y.Name); c != 0 {
			return c
		}
		return strings.Compare(x.Arch, y.Arch)
	})
}

// dpkgStatus is the list of dpkg. Images without dpkg have a file for each
// package in the folder of the same name with ".d".
const dpkgStatus = "/var/lib/dpkg/status"

// apkInstalled are the places of apk's list: newer releases have it below /usr.
var apkInstalled = []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}

// rpmDatabases are the folders of rpm's database, which cannot be read here.
var rpmDatabases = []string{"/var/lib/rpm", "/usr/lib/sysimage/rpm"}

// ReadSystem reads the list of packages of an image. complete is false if the
// image has a package manager whose list cannot be read. The error is that of a
// file that cannot be read.
func ReadSystem(ctx context.Context, image environment.Image) (all []SystemPackage, complete bool, err error) {
	for _, folder := range rpmDatabases {
		names, err := namesIn(ctx, image, folder)
		if err != nil || len(names) > 0 {
			return nil, false, err
		}
	}
	content, err := contentOf(ctx, image, dpkgStatus)
	if err != nil {
		return nil, false, err
	}
	all = ParseDebian(content)
	names, err := namesIn(ctx, image, dpkgStatus+".d")
	if err != nil {
		return nil, false, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".md5sums") {
			continue
		}
		if content, err = contentOf(ctx, image, path.Join(dpkgStatus+".d", name)); err != nil {
			return nil, false, err
		}
		all = append(all, ParseDebian(content)...)
	}
	for _, name := range apkInstalled {
		if content, err = contentOf(ctx, image, name); err != nil {
			return nil, false, err
		}
		if content != nil {
			all = append(all, ParseAlpine(content)...)
			break
		}
	}
	return all, true, nil
}

// contentOf is the content of a file; nil if there is none.
func contentOf(ctx context.Context, image environment.Image, name string) ([]byte, error) {
	content, err := image.ReadFile(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// namesIn are the names in a folder; none if there is no such folder.
func namesIn(ctx context.Context, image environment.Image, folder string) ([]string, error) {
	names, err := image.ReadDir(ctx, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}
