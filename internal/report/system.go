package report

import (
	"slices"
	"strings"
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

// ParseDebian reads what dpkg knows of installed packages: its status file, or
// one of the files in status.d that images without dpkg have.
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
