package check

import (
	"bytes"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Options say which rules apply. Their form is that of Dockerfiles:
// "skip=NoLock,DevTool;error=true".
type Options struct {
	// Skip are the names of rules that are left out.
	Skip []source.At[string]
	// SkipAll leaves out all rules that do not end a build.
	SkipAll bool
	// Error makes every finding end the build.
	Error bool
	// Pos is the position of the comment; invalid for a build argument.
	Pos source.Pos
}

// ReadOptions reads the comment "# check=..." at the head of a build file,
// which ends at the first line that is neither a comment nor empty. Without
// such a comment the options are empty. The error points at the comment.
func ReadOptions(file *source.File) (Options, error) {
	var o Options
	line := 0
	for text := range bytes.Lines(bytes.TrimPrefix(file.Data, []byte("\xEF\xBB\xBF"))) {
		line++
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		if text[0] != '#' {
			break
		}
		key, value, ok := strings.Cut(string(text[1:]), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(key), "check") {
			continue
		}
		pos := source.Pos{File: file, Line: line, Col: 1}
		if o.Pos.IsValid() {
			return o, source.Errorf(pos, "there are two check comments, the first is at line %d", o.Pos.Line)
		}
		// The options end at a blank, as in Dockerfiles.
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ")
		config, err := linter.ParseLintOptions(value)
		if err != nil {
			return o, source.Errorf(pos, "%w", err).
				WithHint("write it as in # check=skip=%s,%s;error=true", NoLock.Name, DevTool.Name)
		}
		o = OptionsOf(config)
		o.Pos = pos
		for n := range o.Skip {
			o.Skip[n].Pos = pos
		}
	}
	return o, nil
}

// OptionsOf converts the options that BuildKit's linter has read from the build
// argument BUILDKIT_DOCKERFILE_CHECK.
func OptionsOf(config *linter.Config) Options {
	o := Options{SkipAll: config.SkipAll, Error: config.ReturnAsError}
	for _, name := range config.SkipRules {
		if name != "" {
			o.Skip = append(o.Skip, source.At[string]{V: name})
		}
	}
	return o
}

// Skips reports whether the findings of a rule are left out. SkipAll does not
// skip a rule that ends builds.
func (o Options) Skips(r *Rule) bool {
	if r.Fixed {
		return false
	}
	return o.SkipAll && r.Level == Warning ||
		slices.ContainsFunc(o.Skip, func(v source.At[string]) bool { return v.V == r.Name })
}

// Check reports names in the comment that are not those of rules, or of rules
// that cannot be skipped. It ignores names in the build argument, which may be
// for another build.
func (o Options) Check() []Finding {
	var found []Finding
	names := make([]string, 0, len(Rules()))
	for _, r := range Rules() {
		names = append(names, r.Name)
	}
	for _, v := range o.Skip {
		rule := find(v.V)
		switch {
		case !v.Pos.IsValid():
		case rule == nil:
			f := Finding{Rule: UnknownRule, Pos: v.Pos, Msg: "there is no rule " + quoted(v.V)}
			if near := toml.Nearest(v.V, names); near != "" {
				f.Hint = "did you mean " + near + "?"
			}
			found = append(found, f)
		case rule.Fixed:
			found = append(found, Finding{Rule: UnknownRule, Pos: v.Pos,
				Msg: "the rule " + v.V + " cannot be skipped, because a build that breaks it cannot go on"})
		}
	}
	return found
}

// quoted returns the user's text for a message: in quotes, and cut at 60 bytes.
func quoted(text string) string {
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return `"` + strings.ToValidUTF8(text, "?") + `"`
}
