package frontend

import (
	"context"
	"errors"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/source"
)

// asksForCheck reports whether the client wants the check and no build.
func (b *build) asksForCheck() bool {
	return b.gateway.BuildOpts().Opts[requestOption] == lint.RequestLint
}

// answerCheck answers `docker buildx build --check`. unread is the error of
// the project's files; the part that could be read is checked all the same.
func (b *build) answerCheck(ctx context.Context, unread error) (*client.Result, error) {
	res, _, err := b.HandleSubrequest(ctx, dockerui.RequestHandler{
		Lint: func(ctx context.Context) (*lint.LintResults, error) { return b.lint(ctx, unread) },
	})
	return res, err
}

// lint collects the findings of all rules. Other errors become the answer's
// error; an answer can have only one.
func (b *build) lint(ctx context.Context, unread error) (*lint.LintResults, error) {
	b.findings.asked = true
	var failed []error
	note := func(err error) bool {
		found, rest := check.Errors(err)
		b.findings.add(found)
		failed = append(failed, rest...)
		return err == nil
	}
	if note(unread) && note(b.read(ctx)) {
		b.lintPlatforms(ctx, note)
	}
	if b.project != nil {
		if err := b.checkProject(ctx); err != nil {
			return nil, err
		}
	}
	return b.lintResults(failed), nil
}

// lintPlatforms checks the plan for each platform. A check compiles nothing.
// Without a lock the plan has no packages, because pip would have to resolve
// them.
func (b *build) lintPlatforms(ctx context.Context, note func(error) bool) {
	all := []*ocispecs.Platform{nil}
	if len(b.TargetPlatforms) > 0 {
		all = nil
		for n := range b.TargetPlatforms {
			all = append(all, &b.TargetPlatforms[n])
		}
	}
	for _, platform := range all {
		d, err := b.decide(ctx, platform)
		if note(err) && note(b.checkPlan(ctx, d)) {
			note(b.explainSteps(ctx, b.inspect(ctx, d), d.plan))
		}
	}
}

// lintResults are the findings in BuildKit's form.
func (b *build) lintResults(failed []error) *lint.LintResults {
	results := &lint.LintResults{}
	results.AddSource(b.source.SourceMap)
	all := b.findings.all
	check.Sort(all)
	for _, f := range all {
		results.Warnings = append(results.Warnings, lint.Warning{
			RuleName: f.Rule.Name, Description: f.Rule.Description, URL: f.Rule.URL(), Detail: f.Text(),
			Location: b.lintLocation(results, f.Pos, all),
		})
	}
	if len(failed) == 0 {
		return results
	}
	var texts []string
	var first source.Pos
	for _, err := range failed {
		var placed *source.Error
		if !first.IsValid() && errors.As(err, &placed) {
			first = placed.Pos
		}
		texts = append(texts, err.Error())
	}
	results.Error = &lint.BuildError{Message: strings.Join(texts, "\n")}
	if l := b.lintLocation(results, first, nil); l.SourceIndex >= 0 {
		results.Error.Location = pb.Location{SourceIndex: l.SourceIndex, Ranges: l.Ranges}
	}
	return results
}

// lintLocation is a place among the files of an answer.
func (b *build) lintLocation(results *lint.LintResults, pos source.Pos, all []check.Finding) *pb.Location {
	if !pos.IsValid() || pos.Line == 0 {
		return &pb.Location{SourceIndex: -1}
	}
	return &pb.Location{
		SourceIndex: int32(results.AddSource(b.sourceMap(pos.File, append(all, check.Finding{Pos: pos})))),
		Ranges:      ranges(pos),
	}
}
