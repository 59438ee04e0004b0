package install

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// recordRow is one row of a RECORD file; hash is "algorithm=value" or empty,
// size is -1 when the row has none.
type recordRow struct {
	hash string
	size int64
}

// parseRecord reads a wheel's RECORD. Absolute paths lose their leading slash
// (selenium has shipped so) and backslashes become slashes, both as pip does.
func parseRecord(data []byte) (map[string]recordRow, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	rows := map[string]recordRow{}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(fields) > 3 {
			return nil, fmt.Errorf("line %d: %d fields, want path,hash,size", line, len(fields))
		}
		row := recordRow{size: -1}
		path := strings.TrimLeft(strings.ReplaceAll(fields[0], `\`, "/"), "/")
		if path == "" {
			return nil, fmt.Errorf("line %d: no path", line)
		}
		if len(fields) > 1 {
			row.hash = fields[1]
		}
		if len(fields) > 2 && fields[2] != "" {
			if row.size, err = strconv.ParseInt(fields[2], 10, 64); err != nil || row.size < 0 {
				return nil, fmt.Errorf("line %d: size %q is not a number of bytes", line, fields[2])
			}
		}
		rows[strings.Clone(path)] = recordRow{hash: strings.Clone(row.hash), size: row.size}
	}
}

// checkRecord compares what was unpacked with the rows the wheel came with,
// and says what differs. The archive's own hash is verified where it is
// fetched, so a difference is the packager's slip and not an attack: wheels
// in wide use have them, and no installer refuses these.
func checkRecord(rows map[string]recordRow, members []*member, distInfo string) (warnings []string) {
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
		case !m.unpacked, row.hash == "":
		case !strings.HasPrefix(row.hash, "sha256="):
			algorithm, _, _ := strings.Cut(row.hash, "=")
			warnings = append(warnings, fmt.Sprintf("RECORD has a hash of kind %s for %s: not checked", printable(algorithm), m.path))
		case strings.TrimRight(row.hash[len("sha256="):], "=") != encodeHash(m.sum):
			warnings = append(warnings, fmt.Sprintf("%s does not match its hash in RECORD", m.path))
		case row.size >= 0 && row.size != m.size:
			warnings = append(warnings, fmt.Sprintf("%s has %d bytes, RECORD says %d", m.path, m.size, row.size))
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
// signatures, which cannot be listed with a hash.
func isRecordFile(path, distInfo string) bool {
	rest, ok := strings.CutPrefix(path, distInfo+"/")
	return ok && (rest == "RECORD" || rest == "RECORD.jws" || rest == "RECORD.p7s")
}

// installedFile is a row of the RECORD to write.
type installedFile struct {
	path string // relative to site-packages, with slashes
	sum  [sha256.Size]byte
	size int64
	bare bool // without hash and size
}

// formatRecord writes a RECORD: sorted by path, LF, quoted where CSV must be.
func formatRecord(files []installedFile) ([]byte, error) {
	sort.Slice(files, func(i, j int) bool { return files[i].path < files[j].path })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, f := range files {
		row := []string{f.path, "", ""}
		if !f.bare {
			row[1] = "sha256=" + encodeHash(f.sum)
			row[2] = strconv.FormatInt(f.size, 10)
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func encodeHash(sum [sha256.Size]byte) string {
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
