package install

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
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

// parseWheelMetadata reads the WHEEL file: "Key: value" lines up to the first
// empty line. Of a key given twice the first counts (mkl_fft has shipped
// so). A warning is returned for a newer minor version.
func parseWheelMetadata(data []byte) (meta wheelMetadata, warning string, err error) {
	values := map[string]string{}
	scanner := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := strings.TrimRight(scanner.Text(), "\r")
		if strings.TrimSpace(line) == "" {
			if len(values) > 0 {
				break
			}
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		key = strings.ToLower(strings.TrimSpace(key))
		if _, seen := values[key]; !seen {
			values[key] = strings.TrimSpace(value)
		}
	}
	if err := scanner.Err(); err != nil {
		return meta, "", err
	}

	version, ok := values["wheel-version"]
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
	meta.rootIsPurelib = strings.EqualFold(values["root-is-purelib"], "true")
	return meta, warning, nil
}
