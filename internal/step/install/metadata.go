package install

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// supportedMajor is the only major Wheel-Version that exists. Installers can
// read every minor version of it.
const (
	supportedMajor = 1
	supportedMinor = 0
)

// checkWheelVersion checks the version of the format in the WHEEL file. It
// returns a warning for a newer minor version. It does not read
// Root-Is-Purelib, because purelib and platlib are the same folder in a virtual
// environment.
func checkWheelVersion(data []byte) (warning string, err error) {
	version, ok := wheel.First(wheel.Fields(data), "wheel-version")
	if !ok {
		return "", fmt.Errorf("Wheel-Version is missing")
	}
	majorText, minorText, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(majorText)
	if err != nil {
		return "", fmt.Errorf("Wheel-Version %q is not a version", version)
	}
	minor := 0
	if minorText != "" {
		if minor, err = strconv.Atoi(minorText); err != nil {
			return "", fmt.Errorf("Wheel-Version %q is not a version", version)
		}
	}
	if major > supportedMajor {
		return "", fmt.Errorf("Wheel-Version %s is newer than the %d.%d this program knows", version, supportedMajor, supportedMinor)
	}
	if major == supportedMajor && minor > supportedMinor {
		warning = fmt.Sprintf("Wheel-Version %s is newer than the %d.%d this program knows", version, supportedMajor, supportedMinor)
	}
	return warning, nil
}
