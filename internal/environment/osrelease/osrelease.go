// Package osrelease reads the file that names an image's distribution
// (os-release(5)).
package osrelease

import "strings"

// Read gives the values of the first file that read finds: the distribution's
// own comes after the one that an administrator may have put in its place. It
// gives none where there is no such file.
func Read(read func(name string) ([]byte, error)) map[string]string {
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if content, err := read(name); err == nil {
			return parse(string(content))
		}
	}
	return nil
}

// parse reads the lines KEY=value, with or without quotes. Of a key that occurs
// twice the last counts, as for a shell.
func parse(content string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(content) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(key, "#") {
			values[key] = strings.Trim(value, `"'`)
		}
	}
	return values
}
