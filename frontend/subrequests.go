package frontend

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"

	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/llb"
)

// descriptions are the descriptions of the targets.
var descriptions = map[string]string{
	llb.TargetRuntime: "the image that runs the project",
	llb.TargetBuilder: "the builder: compiler, pip and the project's build packages",
	llb.TargetVenv:    "the virtual environment alone, at its final place",
	llb.TargetWheels:  "a folder of all wheels of the project",
}

// requestOption is the option by which a client asks instead of building.
const requestOption = "requestid"

// question is a subrequest of Moult, in addition to those of BuildKit.
type question struct {
	subrequests.Request
	// answer returns the data and its text.
	answer func(*build, context.Context) (report.Printer, error)
}

// questions are the subrequests of Moult, by their names for --call, which
// have no "frontend.".
func questions() []question {
	define := func(name, description string, answer func(*build, context.Context) (report.Printer, error)) question {
		return question{subrequests.Request{
			Name: "frontend." + name, Version: "1.0.0", Type: subrequests.TypeRPC, Description: description,
			Opts:     []subrequests.Named{{Name: "target", Description: "Target build stage"}, {Name: "platform", Description: "Platforms, separated by commas"}},
			Metadata: []subrequests.Named{{Name: "result.json"}, {Name: "result.txt"}},
		}, answer}
	}
	return []question{
		define("plan", "Show what a build will do, and why", (*build).answerPlan),
		define("size", "Show where the bytes of the image come from", (*build).answerSize),
		define("llb", "Give the graph that a build solves, for other programs", (*build).answerLLB),
		define("lock", "Write what a project without a lock resolves to as pylock.toml", (*build).answerLock),
	}
}

// subrequest answers BuildKit's own subrequests; ok is false if the client
// wants a build, or one of Moult's subrequests. If a subrequest is refused,
// the client asks a Dockerfile frontend, which cannot read the project.
func (b *build) subrequest(ctx context.Context) (res *client.Result, ok bool, err error) {
	if _, own := b.question(); own {
		return nil, false, nil
	}
	// People type "describe"; the name in the protocol is longer.
	if name := b.gateway.BuildOpts().Opts[requestOption]; name == subrequests.RequestSubrequestsDescribe || name == "frontend.describe" {
		res, err := describe()
		return res, true, err
	}
	return b.HandleSubrequest(ctx, dockerui.RequestHandler{
		ListTargets: b.listTargets,
		Outline:     b.outline,
	})
}

// question returns the subrequest of Moult that the client sends, if it sends
// one.
func (b *build) question() (q question, ok bool) {
	name := b.gateway.BuildOpts().Opts[requestOption]
	for _, q := range questions() {
		if q.Name == name {
			return q, true
		}
	}
	return q, false
}

// respond answers a subrequest of Moult, as text and as JSON.
func (b *build) respond(ctx context.Context, q question) (*client.Result, error) {
	answer, err := q.answer(b, ctx)
	if err != nil {
		return nil, err
	}
	text, data, err := report.Print(answer)
	if err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.AddMeta("result.txt", text)
	res.AddMeta("result.json", data)
	res.AddMeta("version", []byte(q.Version))
	return res, nil
}

// describe lists all subrequests.
func describe() (*client.Result, error) {
	check := lint.SubrequestLintDefinition
	check.Description = "Check the build file" // as --check
	all := []subrequests.Request{
		check, outline.SubrequestsOutlineDefinition, targets.SubrequestsTargetsDefinition,
	}
	for _, q := range questions() {
		all = append(all, q.Request)
	}
	all = append(all, subrequests.SubrequestsDescribeDefinition)
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := subrequests.PrintDescribe(data, &text); err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.AddMeta("result.txt", text.Bytes())
	res.AddMeta("result.json", data)
	res.AddMeta("version", []byte(subrequests.SubrequestsDescribeDefinition.Version))
	return res, nil
}

func (b *build) listTargets(context.Context) (*targets.List, error) {
	list := &targets.List{Sources: [][]byte{b.source.Data}}
	for n, name := range llb.Targets {
		list.Targets = append(list.Targets, targets.Target{Name: name, Default: n == 0, Description: descriptions[name]})
	}
	for _, t := range b.project.Targets {
		list.Targets = append(list.Targets, targets.Target{Name: t.Name, Description: t.Description, Location: b.location(t.Pos)})
	}
	return list, nil
}
