// Package osrelease reads the file that names an image's distribution
// (os-release(5)).
package osrelease

import "strings"

// Read returns the values of the first file that exists: /etc/os-release, which
// an administrator may change, or else the distribution's own in /usr/lib. It
// returns none if there is no such file.
func Read(read func(name string) ([]byte, error)) map[string]string {
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if content, err := read(name); err == nil {
			return parse(string(content))
		}
	}
	return nil
}

// parse reads the lines KEY=value, with or without quotes. If a key occurs
// twice, the last value counts, as in a shell.
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
