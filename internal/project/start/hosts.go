package start

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

const (
	// flaskFile has the variables that Flask's program reads.
	flaskFile = ".flaskenv"
	// vercelFile names the files that become functions.
	vercelFile = "vercel.json"
)

var (
	// spaceFile matches the file that a Space of Hugging Face starts, in the head of its
	// README.
	spaceFile = regex.New(`^app_file:\s*["']?([\w./-]+\.py)["']?\s*$`)
	// vercelSource matches a file of vercel.json.
	vercelSource = regex.New(`"(?:src|dest)"\s*:\s*"/?([\w./-]+\.py)"`)
)

// namedByHosts are the files that a host starts without a command of the project's.
func (f *finder) namedByHosts() (all []entry) {
	for n, line := range strings.Split(f.evidenceIn(flaskFile), "\n") {
		if m := flaskApp.FindStringSubmatch(strings.TrimSpace(line)); m != nil && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			all = append(all, entry{evidence: evidence{flaskFile, n + 1, m[0] + "\nflask run"}})
		}
	}
	for _, file := range readmes {
		text := f.evidenceIn(file)
		if !strings.HasPrefix(text, "---") {
			continue
		}
		head, _, _ := strings.Cut(strings.TrimPrefix(text, "---"), "\n---")
		for n, line := range strings.Split(head, "\n") {
			if m := spaceFile.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
				all = append(all, entry{evidence: evidence{file, n + 1, "python " + m[1]}})
			}
		}
	}
	return all
}

// vercel returns the command for the only application that Vercel makes a function of.
func (f *finder) vercel() (project.Command, error) {
	var text strings.Builder
	line := 0
	for n, one := range strings.Split(f.evidenceIn(vercelFile), "\n") {
		m := vercelSource.FindStringSubmatch(one)
		if m == nil {
			continue
		}
		// A function with a handler of its own is no program, and an application without
		// its server starts another way, as Django's by manage.py.
		unserved, as, uninstalled, uncopied := f.unserved, f.unservedAs, f.uninstalled, f.uncopied
		c, err := f.file(f.locate(m[1]))
		f.unserved, f.unservedAs, f.uninstalled, f.uncopied = unserved, as, uninstalled, uncopied
		if err != nil {
			return project.Command{}, err
		}
		if c.Cmd != nil && c.Cmd[0] != "python" {
			if line == 0 {
				line = n + 1
			}
			text.WriteString("python " + m[1] + "\n")
		}
	}
	return f.starting(evidence{vercelFile, line, text.String()}, true)
}

// batch is the text of a batch file of Windows as a shell would have it.
func batch(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, "/", "\r", "", ".exe", "").Replace(text), "\n")
	for n, line := range lines {
		command := strings.TrimPrefix(strings.TrimSpace(line), "@")
		if words := strings.Fields(strings.ToLower(command)); len(words) > 0 && (words[0] == "rem" || words[0] == "echo" || words[0] == "set" || strings.HasPrefix(words[0], "::")) {
			command = ""
		}
		if rest, is := strings.CutPrefix(command, "py "); is {
			command = "python " + strings.TrimPrefix(rest, "-3 ")
		}
		lines[n] = command
	}
	return strings.Join(lines, "\n")
}
