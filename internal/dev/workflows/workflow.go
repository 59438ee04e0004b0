// Package workflows runs the commands of the project's GitHub workflows on this
// machine, so that a command which does not work is found before it is pushed.
//
// Only steps with `run` are run. What an action of somebody else does, such as
// setting up Go, has to be there already.
package workflows

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Job is one job of a workflow, as far as it runs commands.
type Job struct {
	File  string // base name of the workflow's file
	Name  string // key of the job
	Steps []Step
}

// A Step is one command line of a job.
type Step struct {
	Run string // what the shell gets, with the expressions still in it
	Env map[string]string
	If  string // "" or "always()"
}

// Read reads the workflows of a folder, in the order of files, jobs' names and
// steps. It returns jobs without commands, too.
func Read(dir string) ([]Job, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yml"))
	if err != nil {
		return nil, err
	}
	var all []Job
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		jobs, err := parse(filepath.Base(file), content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, jobs...)
	}
	return all, nil
}

func parse(file string, content []byte) ([]Job, error) {
	var workflow struct {
		Env  map[string]string
		Jobs map[string]struct {
			Env   map[string]string
			Steps []Step
		}
	}
	if err := yaml.NewDecoder(bytes.NewReader(content)).Decode(&workflow); err != nil {
		return nil, err
	}
	var all []Job
	for _, name := range slices.Sorted(maps.Keys(workflow.Jobs)) {
		j := workflow.Jobs[name]
		job := Job{File: file, Name: name}
		for _, s := range j.Steps {
			if s.Run == "" {
				continue
			}
			env := maps.Clone(workflow.Env)
			if env == nil {
				env = map[string]string{}
			}
			maps.Copy(env, j.Env)
			maps.Copy(env, s.Env)
			s.Env = env
			job.Steps = append(job.Steps, s)
		}
		all = append(all, job)
	}
	return all, nil
}

// NeedsService says that a command talks to GitHub itself: it would publish, or
// it asks with the run's token.
func (s Step) NeedsService() bool {
	_, token := s.Env["GITHUB_TOKEN"]
	return token || strings.HasPrefix(s.Run, "gh ")
}

var expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

// replaced is a text with its expressions replaced by the values that GitHub
// would put there. An expression without a value is an error.
func replaced(text string, values map[string]string) (string, error) {
	var err error
	text = expression.ReplaceAllStringFunc(text, func(found string) string {
		name := expression.FindStringSubmatch(found)[1]
		value, ok := values[name]
		if !ok && err == nil {
			err = fmt.Errorf("there is no value for the expression %q", name)
		}
		return value
	})
	return text, err
}
