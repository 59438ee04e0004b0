package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/llb"
)

// addresses completes packages of a lock that holds no addresses with those that
// their indexes give; others are left alone.
func (b *build) addresses(ctx context.Context, w llb.World, env environment.Environment, chosen []lock.Chosen) ([]lock.Chosen, error) {
	request, err := plan.Wanted(b.project, b.lock, chosen, env)
	if err != nil || len(request.Packages) == 0 {
		return chosen, err
	}
	st, err := llb.Links(request, w)
	if err != nil {
		return nil, err
	}
	ref, err := b.evaluate(ctx, st, w.Target)
	if err != nil {
		return nil, b.explainLinks(ctx, err, chosen)
	}
	content, err := ref.ReadFile(ctx, client.ReadRequest{Filename: "/" + indexfiles.AnswerFile})
	if err != nil {
		return nil, fmt.Errorf("reading what the index said: %w", err)
	}
	var answer indexfiles.Answer
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("reading what the index said: %w", err)
	}
	return plan.WithLinks(chosen, request, answer)
}

// linkProblems is what the step that asks the indexes has left of its failure.
func (b *build) linkProblems(ctx context.Context, err error) ([]indexfiles.Problem, bool) {
	output, ok := b.failure(ctx, err)
	if !ok {
		return nil, false
	}
	return indexfiles.ParseProblems(output)
}

// explainLinks turns what the step has left into an error at the line of the
// index or of the package in the lock.
func (b *build) explainLinks(ctx context.Context, err error, chosen []lock.Chosen) error {
	problems, ok := b.linkProblems(ctx, err)
	if !ok {
		return err
	}
	// An index that fails is told of before the packages it might have had.
	first := problems[0]
	if at := slices.IndexFunc(problems, func(p indexfiles.Problem) bool { return p.Kind == indexfiles.Refused || p.Kind == indexfiles.Broken }); at >= 0 {
		first = problems[at]
	}
	return plan.ExplainLink(b.project, b.lock, chosen, first, len(problems)-1)
}
