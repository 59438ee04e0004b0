package frontend

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"sync"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/source"
)

// findings are the findings of the rules in one build. Several platforms add
// to them concurrently, and often the same ones.
type findings struct {
	options check.Options
	// asked is true if the client asks for the check. Then all findings are
	// collected; they are not shown as warnings, and none ends the build.
	asked bool

	mu   sync.Mutex
	seen map[string]bool
	all  []check.Finding
}

// readOptions reads the options of the rules from the build argument, else
// from the comment at the head of the build file.
func (b *build) readOptions() (err error) {
	b.findings = &findings{seen: map[string]bool{}}
	if b.LinterConfig != nil {
		b.findings.options = check.OptionsOf(b.LinterConfig)
		return nil
	}
	b.findings.options, err = check.ReadOptions(&source.File{Name: b.files.name, Data: b.source.Data})
	return err
}

// add stores the findings that are new and not skipped.
func (f *findings) add(found []check.Finding) (added []check.Finding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	check.Sort(found)
	for _, one := range found {
		key := one.Rule.Name + " " + one.Pos.String() + " " + one.Msg
		if f.options.Skips(one.Rule) || f.seen[key] {
			continue
		}
		f.seen[key] = true
		f.all = append(f.all, one)
		added = append(added, one)
	}
	return added
}

// tell shows findings as warnings. It returns the first one that ends a
// build as an error.
func (b *build) tell(ctx context.Context, found []check.Finding) error {
	added := b.findings.add(found)
	if b.findings.asked {
		return nil
	}
	var end error
	for _, f := range added {
		if f.Rule.Level == check.Warning {
			b.warn(ctx, f)
		}
		if end == nil && (f.Rule.Level == check.Error || b.findings.options.Error) {
			end = f.Error()
		}
	}
	return end
}

// warn shows a warning at its line. Clients print only the short text, so it
// has to contain the line.
func (b *build) warn(ctx context.Context, f check.Finding) {
	opts := client.WarnOpts{Level: 1, URL: f.Rule.URL(), Detail: [][]byte{[]byte(f.Rule.Description)}}
	text := f.Rule.Name + ": " + f.Text()
	if f.Pos.IsValid() {
		if f.Pos.File.Name != b.files.name {
			m := b.sourceMap(f.Pos.File, []check.Finding{f})
			opts.SourceInfo = &pb.SourceInfo{Filename: m.Filename, Language: m.Language, Data: m.Data}
			text = f.Rule.Name + ": " + f.Pos.String() + ": " + f.Text()
		} else if f.Pos.Line > 0 {
			text += fmt.Sprintf(" (line %d)", f.Pos.Line)
		}
		if f.Pos.Line > 0 {
			opts.Range = ranges(f.Pos)
		}
	}
	b.send(ctx, text, opts)
}

// sourceMap is a file with findings. Only the lines around them are sent,
// because a lock can be several megabytes.
func (b *build) sourceMap(file *source.File, found []check.Finding) *bk.SourceMap {
	if file.Name == b.files.name {
		return b.source.SourceMap
	}
	language := "TOML"
	if path.Ext(file.Name) != ".toml" && path.Ext(file.Name) != ".lock" {
		language = ""
	}
	m := bk.NewSourceMap(nil, file.Name, language, around(file, found))
	// A client reads the definition in the answer of a check without a test for
	// nil.
	m.Definition = &bk.Definition{}
	return m
}

// margin is the number of lines that are sent around a finding.
const margin = 5

// around is what is shown of a file: of a large one the lines that are not near a
// finding are empty, and of none the passwords in URLs.
func around(file *source.File, found []check.Finding) []byte {
	if len(file.Data) < 64<<10 {
		return source.Mask(file.Data)
	}
	keep := map[int]bool{}
	for _, f := range found {
		if f.Pos.File != nil && f.Pos.File.Name == file.Name {
			for n := f.Pos.Line - margin; n <= max(f.Pos.Line, f.Pos.EndLine)+margin; n++ {
				keep[n] = true
			}
		}
	}
	var out bytes.Buffer
	n := 0
	for line := range bytes.Lines(file.Data) {
		if n++; keep[n] {
			out.Write(line)
		} else {
			out.WriteByte('\n')
		}
	}
	return source.Mask(out.Bytes())
}

// checkProject reports findings that need no image.
func (b *build) checkProject(ctx context.Context) error {
	c := check.Project{Project: b.project, Options: b.findings.options, Args: b.BuildArgs, Today: today()}
	if b.asked != nil {
		c.Python, c.Command, c.Locks = b.asked.Chosen, b.asked.Command, b.asked.Locks
	}
	return b.tell(ctx, c.Check())
}

// checkPlan reports findings about a plan before anything is built.
func (b *build) checkPlan(ctx context.Context, d *decided) error {
	return b.tell(ctx, check.Plan{
		Project: b.project, Python: b.asked.Chosen, Environment: d.plan.Environment, BaseEnv: d.world.base.config.Config.Env,
		Plan: d.plan, Today: today(),
	}.Check())
}

// today is the day for the rules about releases. Only warnings use it; no
// graph depends on it.
func today() string { return time.Now().UTC().Format(time.DateOnly) }
