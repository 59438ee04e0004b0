package pipeline

import (
	"context"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// ChoosePython lets the pinned requirements of a project without a lock, or with
// one that does not name its files, choose its release of Python: the indexes are
// asked for which releases they have wheels. It is called after ReadLock and before Decide; world makes the world of
// the first platform.
//
// An index that does not answer is no error here, because the resolver asks the
// same indexes and says what is wrong.
func (p *Project) ChoosePython(ctx context.Context, world func(context.Context) (World, error)) error {
	if p.Requested == nil {
		return nil
	}
	requested, known := p.Requested, func(a indexfiles.Answer) indexfiles.Answer { return a }
	if l := p.Lock(); l != nil {
		pins, ok := plan.PinsOfLock(l, p.lockSelection(), p.Chosen, p.Options.Platform, p.Requested)
		if !ok {
			return nil
		}
		requested, known = pins.Requested, pins.Locked
	}
	request := plan.PinnedRequest(p.Project, p.Chosen, requested)
	if len(request.Packages) == 0 {
		return nil
	}
	w, err := world(ctx)
	if err != nil {
		return err
	}
	answer, err := w.Locate(ctx, request)
	if err != nil {
		return ctx.Err()
	}
	if python, ok := plan.PythonForPins(p.Project, p.Chosen, requested, known(answer), p.Options.Platform); ok {
		p.Chosen = python
	}
	return nil
}
