package survey

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Table writes the rates, the causes of refusals and the outcomes of images.
func Table(w io.Writer, all []Result) {
	something := slices.DeleteFunc(slices.Clone(all), Result.nothing)
	count := func(holds func(Result) bool) int {
		n := 0
		for _, r := range all {
			if holds(r) {
				n++
			}
		}
		return n
	}
	fmt.Fprintf(w, "%d projects, of which %d have something to start.\n\n", len(all), len(something))
	fmt.Fprintln(w, "| | of those with something to start | |\n|---|---:|---:|")
	row := func(what string, n int) {
		share := 0.0
		if len(something) > 0 {
			share = 100 * float64(n) / float64(len(something))
		}
		fmt.Fprintf(w, "| %s | %d | %.0f %% |\n", what, n, share)
	}
	row("planned with the syntax line alone", count(func(r Result) bool { return r.Plan.Planned }))
	if count(func(r Result) bool { return r.Verdict != "" }) > 0 {
		row("planned with the right command", count(func(r Result) bool { return r.Verdict == Right && r.Plan.Planned }))
		row("broken without Moult too, and told so", count(func(r Result) bool { return r.Verdict == Broken && !r.Plan.Planned }))
	}
	row("planned after `moult init`", count(func(r Result) bool { return r.Initialised.Planned }))
	row("planned with a command that is a guess", count(func(r Result) bool { return slices.Contains(r.Check.Rules, "GuessedCommand") && r.Plan.Planned }))
	row("a panic", count(func(r Result) bool { return r.Plan.Panic || r.Check.Panic || r.Initialised.Panic }))
	if built := count(func(r Result) bool { return r.Image != nil }); built > 0 {
		fmt.Fprintf(w, "\n| of %d images that were asked for | |\n|---|---:|\n", built)
		for _, o := range outcomes {
			fmt.Fprintf(w, "| %s | %d |\n", o, count(func(r Result) bool { return r.Image != nil && r.Image.Outcome == o }))
		}
	}
	causes(w, "refused with the syntax line alone", all, func(r Result) string { return r.Plan.Refusal })
	causes(w, "refused after `moult init`", all, func(r Result) string { return r.Initialised.Refusal })
	causes(w, "not built or not started", all, func(r Result) string {
		if r.Image == nil || r.Image.Outcome != NotBuilt && r.Image.Outcome != Fails {
			return ""
		}
		return r.Image.Detail
	})
}

var (
	placed = regexp.MustCompile(`^(\S+:\d+(:\d+)?|\S+\.(toml|txt|lock)): `)
	quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	number = regexp.MustCompile(`\d+(\.\d+)*`)
)

// cause returns a message without the parts that differ from project to
// project.
func cause(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	message = placed.ReplaceAllString(message, "")
	message, _, _ = strings.Cut(message, "; ")
	if before, _, ok := strings.Cut(message, " can be started: "); ok {
		return before + " can be started"
	}
	if _, after, ok := strings.Cut(message, ".py is not in the image"); ok {
		return "a program is not in the image" + after
	}
	return number.ReplaceAllString(quoted.ReplaceAllString(message, `"…"`), "N")
}

// causes writes the messages sorted by their number, with an example of each.
func causes(w io.Writer, title string, all []Result, of func(Result) string) {
	byCause := map[string][]string{}
	for _, r := range all {
		if message := of(r); message != "" {
			byCause[cause(message)] = append(byCause[cause(message)], r.Name)
		}
	}
	if len(byCause) == 0 {
		return
	}
	var list []string
	for c := range byCause {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(len(byCause[b])-len(byCause[a]), strings.Compare(a, b))
	})
	fmt.Fprintf(w, "\n| %s | |\n|---|---:|\n", title)
	for _, c := range list {
		fmt.Fprintf(w, "| %s | %d |\n", strings.ReplaceAll(c, "|", "\\|"), len(byCause[c]))
	}
}

// Line returns a result on one line.
func (r Result) Line() string {
	parts := []string{r.Name, r.Plan.what(), "after init: " + r.Initialised.what()}
	if r.Image != nil {
		parts = append(parts, strings.TrimSpace(string(r.Image.Outcome)+" "+r.Image.Detail))
	}
	return strings.Join(parts, " | ")
}

func (a Attempt) what() string {
	if !a.Planned {
		return "refused: " + a.Refusal
	}
	return fmt.Sprintf("%s (%s), Python %s", strings.Join(a.Command, " "), a.CommandReason, a.Python)
}
