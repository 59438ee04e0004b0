package schema

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

var (
	// opened matches the line before a table of the page: the name of the table,
	// then the keys to show; without keys, all of them.
	opened = regexp.MustCompile(`^<!-- keys(?: of ([a-zA-Z.]+))?(?:: ([a-z, -]+))? -->$`)
	closed = "<!-- end -->"
)

// Page returns the reference page with new tables of keys. Comments in the page
// mark the tables:
//
//	<!-- keys of index -->
//	<!-- keys: python, extras -->
//
// Each ends at <!-- end -->. Every key must be in one table; otherwise Page
// returns an error.
func Page(page []byte) ([]byte, error) {
	var out bytes.Buffer
	shown := map[string]int{}
	lines := strings.Split(string(page), "\n")
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		if i < len(lines)-1 {
			out.WriteByte('\n')
		}
		if lines[i] == "<!-- expanded -->" {
			end := slices.Index(lines[i:], closed)
			if end < 0 {
				return nil, fmt.Errorf("line %d: there is no %s", i+1, closed)
			}
			text, err := expanded()
			if err != nil {
				return nil, err
			}
			out.WriteString(text + "\n")
			i += end - 1
			continue
		}
		m := opened.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		end := slices.Index(lines[i:], closed)
		if end < 0 {
			return nil, fmt.Errorf("line %d: there is no %s", i+1, closed)
		}
		table := m[1]
		names := namesOf(table)
		if m[2] != "" {
			names = strings.Split(strings.ReplaceAll(m[2], " ", ""), ",")
		}
		text, err := tableOfKeys(table, names)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		for _, name := range names {
			shown[table+"."+name]++
		}
		out.WriteString(text)
		i += end - 1
	}
	for _, table := range slices.Sorted(maps.Keys(keys)) {
		for _, k := range keys[table] {
			if alone[table] || table == "" && headed[k.name] {
				continue
			}
			if n := shown[table+"."+k.name]; n != 1 {
				return nil, fmt.Errorf("the key %s of %q is shown %d times", k.name, table, n)
			}
		}
	}
	return out.Bytes(), nil
}

// alone are tables that the text of their parent describes.
var alone = map[string]bool{"apk": true, "apk.repositories": true, "key": true, "writable": true, "steps.secrets": true, "steps.caches": true}

// headed are tables with a section of their own on the page.
var headed = map[string]bool{"app": true, "files": true, "steps": true, "stage": true, "args": true, "target": true}

func namesOf(table string) []string {
	var names []string
	for _, k := range keys[table] {
		names = append(names, k.name)
	}
	return names
}

func tableOfKeys(table string, names []string) (string, error) {
	var rows []key
	defaults := false
	for _, name := range names {
		k, ok := find(table, name)
		if !ok {
			return "", fmt.Errorf("%q has no key %q", table, name)
		}
		rows = append(rows, k)
		defaults = defaults || k.fallback != ""
	}
	var b strings.Builder
	if defaults {
		b.WriteString("| key | value | default |\n|---|---|---|\n")
	} else {
		b.WriteString("| key | value |\n|---|---|\n")
	}
	for _, k := range rows {
		fmt.Fprintf(&b, "| `%s` | %s |", k.name, k.text)
		if defaults {
			fmt.Fprintf(&b, " %s |", k.fallback)
		}
		b.WriteString("\n")
	}
	return strings.ReplaceAll(b.String(), "|  |", "| |"), nil
}

// expanded lists the keys in which build arguments are replaced, without the
// tables of variables.
func expanded() (string, error) {
	var list []string
	for _, table := range slices.Sorted(maps.Keys(project.Tables())) {
		names, err := fields(table)
		if err != nil {
			return "", err
		}
		for _, f := range names {
			if !f.expands || conditional[table] && f.name == "when" || strings.HasPrefix(table, "apk") {
				continue // when is said once, and apk is as apt
			}
			name := f.name
			if table != "" {
				name = table + "." + name
			}
			list = append(list, "`"+name+"`")
		}
	}
	slices.Sort(list)
	return strings.Join(append(list, "`when`"), ", ") + ".", nil
}
