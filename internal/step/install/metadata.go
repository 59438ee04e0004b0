package install

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// supportedMajor is the only major Wheel-Version there is; a newer minor is
// promised to be readable.
const (
	supportedMajor = 1
	supportedMinor = 0
)

// wheelMetadata is what the WHEEL file says that matters for laying out.
type wheelMetadata struct {
	rootIsPurelib bool
}

// parseWheelMetadata reads the WHEEL file. A warning is returned for a newer
// minor version.
func parseWheelMetadata(data []byte) (meta wheelMetadata, warning string, err error) {
	fields := wheel.Fields(data)
	version, ok := wheel.First(fields, "wheel-version")
	if !ok {
		return meta, "", fmt.Errorf("Wheel-Version is missing")
	}
	majorText, minorText, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(majorText)
	if err != nil {
		return meta, "", fmt.Errorf("Wheel-Version %q is not a version", version)
	}
	minor := 0
	if minorText != "" {
		if minor, err = strconv.Atoi(minorText); err != nil {
			return meta, "", fmt.Errorf("Wheel-Version %q is not a version", version)
		}
	}
	if major > supportedMajor {
		return meta, "", fmt.Errorf("Wheel-Version %s is newer than the %d.%d this program knows", version, supportedMajor, supportedMinor)
	}
	if major == supportedMajor && minor > supportedMinor {
		warning = fmt.Sprintf("Wheel-Version %s is newer than the %d.%d this program knows", version, supportedMajor, supportedMinor)
	}
	purelib, _ := wheel.First(fields, "root-is-purelib")
	meta.rootIsPurelib = strings.EqualFold(purelib, "true")
	return meta, warning, nil
}
