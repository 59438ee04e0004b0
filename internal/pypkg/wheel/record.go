package wheel

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Row is a row of a RECORD file.
type Row struct {
	// Path is relative to the folder site-packages, with slashes.
	Path string
	// Hash is "algorithm=value", or empty.
	Hash string
	// Size is -1 where the row has none.
	Size int64
}

// ParseRecord reads a RECORD. Absolute paths lose their leading slash
// (selenium has shipped so) and backslashes become slashes, both as pip does.
func ParseRecord(content []byte) ([]Row, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	var rows []Row
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
		row := Row{Path: strings.Clone(strings.TrimLeft(strings.ReplaceAll(fields[0], `\`, "/"), "/")), Size: -1}
		if row.Path == "" {
			return nil, fmt.Errorf("line %d: no path", line)
		}
		if len(fields) > 1 {
			row.Hash = strings.Clone(fields[1])
		}
		if len(fields) > 2 && fields[2] != "" {
			if row.Size, err = strconv.ParseInt(fields[2], 10, 64); err != nil || row.Size < 0 {
				return nil, fmt.Errorf("line %d: size %q is not a number of bytes", line, fields[2])
			}
		}
		rows = append(rows, row)
	}
}

// FormatRecord writes a RECORD: sorted by path, LF, quoted where CSV must be.
func FormatRecord(rows []Row) ([]byte, error) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return strings.Compare(a.Path, b.Path) })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		size := ""
		if row.Size >= 0 {
			size = strconv.FormatInt(row.Size, 10)
		}
		if err := w.Write([]string{row.Path, row.Hash, size}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
