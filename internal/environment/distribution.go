package environment

import (
	"context"
	"strings"
)

// Distribution is the Linux distribution of an image, from os-release(5).
type Distribution struct {
	// ID is "debian", "ubuntu", "alpine", "rhel", ...; empty where the
	// image has no os-release file.
	ID string `json:"id,omitempty"`
	// Version is VERSION_ID: "13", "24.04", "3.22.1".
	Version string `json:"version,omitempty"`
}

// osRelease are the places of os-release(5), in its order.
var osRelease = []string{"/etc/os-release", "/usr/lib/os-release"}

func readDistribution(ctx context.Context, img Image) Distribution {
	for _, name := range osRelease {
		content, err := img.ReadFile(ctx, name)
		if err != nil {
			continue
		}
		var d Distribution
		for line := range strings.SplitSeq(string(content), "\n") {
			key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			if !ok {
				continue
			}
			value = strings.Trim(value, `"'`)
			switch key {
			case "ID":
				d.ID = value
			case "VERSION_ID":
				d.Version = value
			}
		}
		return d
	}
	return Distribution{}
}
