// Command notices writes THIRD_PARTY_NOTICES: the licences of all modules that
// are compiled into Moult's programs, on all platforms of a release. Each text
// occurs once, after the modules that it covers.
//
//	go run ./internal/dev/notices > THIRD_PARTY_NOTICES
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// platforms are those that a release has programs for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"}

// module is a module of another project.
type module struct{ path, version, dir string }

func main() {
	log.SetFlags(0)
	all, err := modules(".")
	if err == nil {
		err = write(os.Stdout, all)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// modules returns the modules that are compiled into the programs below
// root/cmd, by their paths.
func modules(root string) ([]module, error) {
	found := map[string]module{}
	for _, platform := range platforms {
		system, arch, _ := strings.Cut(platform, "/")
		cmd := exec.Command("go", "list", "-deps",
			"-f", "{{with .Module}}{{if .Version}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/...")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("listing what is compiled for %s: %w", platform, err)
		}
		for line := range strings.Lines(string(out)) {
			if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
				found[f[0]] = module{f[0], f[1], f[2]}
			}
		}
	}
	all := make([]module, 0, len(found))
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// licences returns the texts in a module's folder: licence, notice, patents. A
// module without any is an error, because Moult may not distribute it.
func licences(m module) (string, error) {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"},
			func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(m.dir, e.Name()))
		if err != nil {
			return "", err
		}
		texts = append(texts, strings.TrimSpace(tidy(content)))
	}
	if len(texts) == 0 {
		return "", fmt.Errorf("%s %s has no licence file", m.path, m.version)
	}
	return strings.Join(texts, "\n\n"), nil
}

// tidy removes the differences between files with the same text: line ends and
// the spaces before them.
func tidy(content []byte) string {
	var b strings.Builder
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		b.WriteString(strings.TrimRight(lines.Text(), " \t\r"))
		b.WriteByte('\n')
	}
	return b.String()
}

// write writes the notices: groups of modules with the same text.
func write(w io.Writer, all []module) error {
	var order []string
	under := map[string][]module{}
	for _, m := range all {
		text, err := licences(m)
		if err != nil {
			return err
		}
		if under[text] == nil {
			order = append(order, text)
		}
		under[text] = append(under[text], m)
	}
	var b strings.Builder
	b.WriteString("Moult's programs contain code of these modules, each under the licence below its name.\n" +
		"Written by `go run ./internal/dev/notices > THIRD_PARTY_NOTICES`; do not edit.\n")
	for _, text := range order {
		b.WriteString("\n" + strings.Repeat("=", 80) + "\n")
		for _, m := range under[text] {
			fmt.Fprintf(&b, "%s %s\n", m.path, m.version)
		}
		b.WriteString(strings.Repeat("-", 80) + "\n\n" + text + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
