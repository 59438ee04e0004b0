package fromdockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/shlex"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// words returns a command as a list. A shell form that needs a shell keeps it.
func (d *dockerfile) words(c instructions.ShellDependantCmdLine, at []parser.Range, what string) []string {
	if list := brokenList(strings.Join(c.CmdLine, " ")); c.PrependShell && list != nil {
		d.note(at, what+" "+strings.Join(c.CmdLine, " "), "this list is not JSON, so that Docker gives it to a shell, which cannot run it; here its words are the command")
		c = instructions.ShellDependantCmdLine{CmdLine: list}
	}
	if !c.PrependShell {
		words := d.unwrap(slices.Clone(c.CmdLine), at)
		if len(words) > 2 && (path.Base(words[0]) == "sh" || path.Base(words[0]) == "bash") && strings.HasPrefix(words[1], "-") {
			words[2] = d.unwrapText(words[2], at)
		}
		d.scripts(words)
		return words
	}
	line := d.unwrapText(strings.Join(c.CmdLine, " "), at)
	rest := strings.TrimPrefix(strings.TrimSpace(line), "exec ")
	if !needsShell(rest) {
		if words, err := shlex.Split(rest); err == nil && len(words) > 0 && !strings.Contains(words[0], "=") {
			d.scripts(words)
			return d.unwrap(words, at)
		}
	}
	d.note(at, what+" "+line, `carried over with its shell; a list without "sh" would pass signals on to the program`)
	d.scripts([]string{line})
	if len(d.shell) > 0 {
		return append(slices.Clone(d.shell), line)
	}
	return []string{"sh", "-c", line}
}

// The forms of a list that is not JSON: quoted words, with or without commas, or
// words of which some have no quotes, with commas.
var (
	quotedWord = `(?:"[^"]*"|'[^']*'|“[^”]*”)`
	bareWord   = `[^\s,"'“”\[\]]+`
	listForm   = regexp.MustCompile(`^\s*\[\s*` + quotedWord + `(?:[\s,]+` + quotedWord + `)*[\s,]*\]\s*$`)
	commaForm  = regexp.MustCompile(`^\s*\[\s*(?:` + quotedWord + `|` + bareWord + `)(?:\s*,\s*(?:` + quotedWord + `|` + bareWord + `))+[\s,]*\]\s*$`)
	// cutForm is a list that lacks a quote or its end, or has a comment behind it. No
	// command of a shell begins so.
	cutForm   = regexp.MustCompile(`^\s*\[(?:["'“]|` + bareWord + `,)[^;|&<>()` + "`" + `]*$`)
	listWords = regexp.MustCompile(quotedWord + `|` + bareWord)
)

// brokenList are the words of a list that is not JSON, because it has other quotes
// or none, or lacks commas: CMD ['python', 'main.py']. It is nil for any other text.
func brokenList(text string) (words []string) {
	if !listForm.MatchString(text) && !commaForm.MatchString(text) {
		if text = comment.ReplaceAllString(text, ""); !cutForm.MatchString(text) {
			return nil
		}
	}
	for _, word := range listWords.FindAllString(text, -1) {
		words = append(words, strings.Trim(word, `"'“”`))
	}
	if len(words) == 0 || words[0] == "" {
		return nil
	}
	return words
}

// orExit matches "|| exit 1" at the end of a health check. It is not needed: any
// exit code but 0 means unhealthy.
var orExit = regexp.MustCompile(`\s*\|\|\s*exit\s+1\s*$`)

func (d *dockerfile) healthcheck(c *instructions.HealthCheckCommand, at []parser.Range) {
	h := c.Health
	if h == nil || len(h.Test) == 0 || h.Test[0] == "NONE" {
		d.Healthcheck = nil
		return
	}
	out := &Healthcheck{Retries: h.Retries, Interval: duration(h.Interval), Timeout: duration(h.Timeout), StartPeriod: duration(h.StartPeriod), StartInterval: duration(h.StartInterval)}
	if h.Test[0] == "CMD" {
		out.Cmd = d.words(instructions.ShellDependantCmdLine{CmdLine: h.Test[1:]}, at, "HEALTHCHECK")
	} else {
		line := orExit.ReplaceAllString(strings.Join(h.Test[1:], " "), "")
		out.Cmd = d.words(instructions.ShellDependantCmdLine{CmdLine: []string{line}, PrependShell: true}, at, "HEALTHCHECK")
	}
	d.Healthcheck = out
}

func duration(t time.Duration) string {
	if t == 0 {
		return ""
	}
	s := t.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
