package install

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// checkRecord compares the unpacked files with the wheel's RECORD, and returns
// the differences as warnings. They are no errors: the hash of the whole wheel
// was already compared, so a difference is a mistake of the packager. Popular
// wheels have such mistakes, and other installers accept them.
func checkRecord(record []wheel.Row, members []*member, distInfo string) (warnings []string) {
	rows := make(map[string]wheel.Row, len(record))
	for _, row := range record {
		rows[row.Path] = row
	}
	unlisted, firstUnlisted := 0, ""
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if m.dir {
			continue
		}
		seen[m.path] = true
		row, ok := rows[m.path]
		switch {
		case isRecordFile(m.path, distInfo), strings.Contains("/"+m.path, "/__pycache__/"):
		case !ok:
			if unlisted++; unlisted == 1 {
				firstUnlisted = m.path
			}
		case !m.unpacked, row.Hash == "":
		case !strings.HasPrefix(row.Hash, "sha256="):
			algorithm, _, _ := strings.Cut(row.Hash, "=")
			warnings = append(warnings, fmt.Sprintf("RECORD has a hash of kind %s for %s: not checked", printable(algorithm), m.path))
		case strings.TrimRight(row.Hash, "=") != hashOf(m.sum):
			warnings = append(warnings, fmt.Sprintf("%s does not match its hash in RECORD", m.path))
		case row.Size >= 0 && row.Size != m.size:
			warnings = append(warnings, fmt.Sprintf("%s has %d bytes, RECORD says %d", m.path, m.size, row.Size))
		}
	}
	switch {
	case unlisted == 1:
		warnings = append(warnings, fmt.Sprintf("%s is not listed in RECORD", firstUnlisted))
	case unlisted > 1:
		warnings = append(warnings, fmt.Sprintf("%s and %d more are not listed in RECORD", firstUnlisted, unlisted-1))
	}
	var missing []string
	for path := range rows {
		if !seen[path] && !strings.HasSuffix(path, "/") && !strings.Contains("/"+path, "/__pycache__/") {
			missing = append(missing, path)
		}
	}
	sort.Strings(missing)
	switch len(missing) {
	case 0:
	case 1:
		warnings = append(warnings, fmt.Sprintf("RECORD lists %s, which the wheel does not hold", printable(missing[0])))
	default:
		warnings = append(warnings, fmt.Sprintf("RECORD lists %s and %d more, which the wheel does not hold", printable(missing[0]), len(missing)-1))
	}
	return warnings
}

// isRecordFile reports whether path is RECORD or one of its (deprecated)
// signatures, whose rows have no hash.
func isRecordFile(path, distInfo string) bool {
	rest, ok := strings.CutPrefix(path, distInfo+"/")
	return ok && (rest == "RECORD" || rest == "RECORD.jws" || rest == "RECORD.p7s")
}

// hashOf is a file's hash in the form of RECORD.
func hashOf(sum [sha256.Size]byte) string {
	return "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])
}
