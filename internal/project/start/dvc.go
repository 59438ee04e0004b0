package start

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// dvcFile describes the stages of a study, which DVC runs one after another.
const dvcFile = "dvc.yaml"

// onlyStage returns the command for the program that the only stage of a study starts.
// Of several stages, each needs what the one before it has made.
func (f *finder) onlyStage() (project.Command, error) {
	if _, err := f.sources(); err != nil {
		return project.Command{}, err
	}
	all := dvcStages(f.evidenceIn(dvcFile))
	if len(all) != 1 || all[0].text == "" {
		return project.Command{}, nil
	}
	return f.starting(all[0].evidence, true)
}

// dvcStages are the stages of such a file with their commands. The file is read by its
// indents: a command on several lines says nothing.
func dvcStages(text string) (all []entry) {
	below, deep := false, 0
	for n, line := range strings.Split(text, "\n") {
		m := composeKey.FindStringSubmatch(strings.TrimRight(line, "\r"))
		if m == nil {
			continue
		}
		depth := indent(line)
		switch {
		case depth == 0:
			below, deep = m[2] == "stages", 0
		case !below:
		case deep == 0 || depth <= deep:
			deep = depth
			all = append(all, entry{evidence{file: dvcFile, line: n + 1}, m[2]})
		case m[2] == "cmd" && m[3] != "" && !strings.ContainsAny(m[3][:1], "|>"):
			last := &all[len(all)-1]
			last.line, last.text = n+1, m[3]
		}
	}
	return all
}
