package applications

import (
	"fmt"
	"os"
	"strings"
)

const (
	tableStart = "<!-- measured -->\n"
	tableEnd   = "<!-- end -->\n"
)

// String is a line for the terminal.
func (r Result) String() string {
	if r.Error != "" {
		return r.Name + " FAILED: " + r.Error
	}
	s := fmt.Sprintf("%s %s: %s, %s, after a change %s", r.Name, r.Version, r.Moult.size(), r.Moult.first(), r.Moult.second())
	switch {
	case r.Own != nil:
		s += fmt.Sprintf("; its Dockerfile: %s, %s, after a change %s", r.Own.size(), r.Own.first(), r.Own.second())
	case r.OwnError != "":
		s += "; its Dockerfile FAILED: " + r.OwnError
	}
	return s
}

func (i *Image) size() string { return fmt.Sprintf("%d MB", (i.Size+500_000)/1_000_000) }

func (i *Image) first() string { return seconds(i.First) }

func (i *Image) second() string { return seconds(i.Second) }

// seconds is a time; "-" if it was not measured.
func seconds(took float64) string {
	if took == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f s", took)
}

// WritePage puts the table of the results between the two comments of a page.
// An application without a good result of its version has no figures.
func WritePage(name string, all []Application, known map[string]Result) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(content), tableStart)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no %q and %q", name, strings.TrimSpace(tableStart), strings.TrimSpace(tableEnd))
	}
	return os.WriteFile(name, []byte(before+tableStart+markdown(all, known)+tableEnd+after), 0o644)
}

// markdown is the table of the page.
func markdown(all []Application, known map[string]Result) string {
	var b strings.Builder
	b.WriteString("| application | made from | called by | image | first build | after a change | note |\n|---|---|---|---|---|---|---|\n")
	for _, a := range all {
		size, first, second := "", "", ""
		if r, ok := known[a.Name]; ok && r.Version == a.Version && r.Error == "" && r.Moult != nil {
			size, first, second = r.Moult.size(), r.Moult.first(), r.Moult.second()
			if r.Own != nil {
				size += " (" + r.Own.size() + ")"
				first += " (" + r.Own.first() + ")"
				second += " (" + r.Own.second() + ")"
			}
		}
		fmt.Fprintf(&b, "| [%s](applications/built/%s.toml) | %s %s, %s | %s | %s | %s | %s | %s |\n",
			a.Name, a.Name, a.Package, a.Version, a.Repository, a.called(), size, first, second, a.notes())
	}
	return b.String()
}

// called says how the image was called.
func (a Application) called() string {
	if a.Port == 0 {
		return "`" + strings.Join(a.Args, " ") + "`"
	}
	s := fmt.Sprintf("`GET %s`", a.Path)
	if a.ReadOnly {
		s += ", read-only"
	}
	return s
}

func (a Application) notes() string {
	var notes []string
	for _, n := range []string{a.Note, a.NoDockerfile} {
		if n != "" {
			notes = append(notes, n)
		}
	}
	return strings.Join(notes, "; ")
}
