package frontend

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// contextIsLocal reports whether the build context is a folder of the client,
// and not a repository, an archive or the result of another build.
func (b *build) contextIsLocal(ctx context.Context) (bool, error) {
	opts := b.gateway.BuildOpts()
	key := dockerui.DefaultLocalNameContext
	if v, ok := opts.Opts["contextkey"]; ok {
		key = v
	}
	if opts.Opts[key] != "" {
		return false, nil
	}
	if opts.Caps.Supports(gwpb.CapFrontendInputs) != nil {
		return true, nil
	}
	inputs, err := b.gateway.Inputs(ctx)
	if err != nil {
		return false, fmt.Errorf("reading the build's inputs: %w", err)
	}
	_, isInput := inputs[dockerui.DefaultLocalNameContext]
	return !isInput, nil
}

// contextSession is the session that serves the client's folder.
func (b *build) contextSession() string {
	opts := b.gateway.BuildOpts()
	if v, ok := opts.Opts["local-sessionid:"+dockerui.DefaultLocalNameContext]; ok {
		return v
	}
	return opts.SessionID
}

// ignoreSuffix ends the name of a build file's own ignore file.
const ignoreSuffix = ".dockerignore"

// readIgnored reads the patterns of files that do not belong to the context:
// those of BUILDFILE.dockerignore, else those of .dockerignore, which is
// fetched with the project's files.
func (b *build) readIgnored(ctx context.Context) error {
	own := b.source.Filename + ignoreSuffix
	a, ok := b.ignoreFile.of(own)
	if !ok {
		ref, err := b.request(ctx, b.source.Definition, false)
		if err != nil {
			return err
		}
		a.content, a.err = dockerui.ReadFile(ctx, ref, own)
	}
	if a.err != nil && !isNotExist(a.err) {
		return fmt.Errorf("reading %s: %w", own, a.err)
	}
	if a.err == nil && len(a.content) > 0 {
		var err error
		b.ignored, err = ignorePatterns(own, a.content)
		return err
	}
	content, err := b.files.project().read(dockerui.DefaultDockerignoreName)
	if err != nil {
		if isNotExist(err) {
			return nil
		}
		return err
	}
	b.ignored, err = ignorePatterns(dockerui.DefaultDockerignoreName, content)
	return err
}

// ignorePatterns reads the patterns of a .dockerignore. The client would refuse
// one that is wrong when it sends the files, without its line.
func ignorePatterns(name string, content []byte) ([]string, error) {
	file := &source.File{Name: name, Data: content}
	all, err := ignorefile.ReadAll(bytes.NewReader(content))
	if err != nil {
		return nil, source.Errorf(source.Pos{File: file}, "%s cannot be read: %w", name, err)
	}
	n := 0
	for line := range bytes.Lines(content) {
		n++
		patterns, err := ignorefile.ReadAll(bytes.NewReader(line))
		if err != nil {
			continue
		}
		for _, pattern := range patterns {
			matcher, err := patternmatcher.New([]string{pattern})
			if err == nil {
				// A pattern is compiled when it is used.
				_, err = matcher.MatchesOrParentMatches("x")
			}
			if err != nil {
				return nil, source.Errorf(source.Pos{File: file, Line: n, Col: 1}, "%q is not a pattern: %w", pattern, err)
			}
		}
	}
	return all, nil
}

// selected returns the part of the build context that a selection names. The
// client filters its folder, so that it sends only files that are needed.
// Other contexts are complete, and the copy operations filter them.
func (b *build) selected(whole *bk.State) func(llb.Selection) bk.State {
	if whole != nil {
		return func(llb.Selection) bk.State { return *whole }
	}
	return func(s llb.Selection) bk.State {
		st := b.sentPart(s)
		b.sent.add(s.Hint, s.Dir, st)
		return st
	}
}

// sentPart is a part of the client's folder.
func (b *build) sentPart(s llb.Selection) bk.State {
	include := slices.Clone(s.Include)
	for n := range include {
		include[n] = within(s.Dir, include[n])
	}
	if s.Dir != "." && len(include) == 0 {
		include = []string{s.Dir}
	}
	exclude := slices.Clone(b.ignored)
	for _, e := range s.Exclude {
		exclude = append(exclude, within(s.Dir, e))
	}
	options := []bk.LocalOption{
		bk.SessionID(b.contextSession()),
		bk.SharedKeyHint("moult-" + s.Hint),
		bk.ExcludePatterns(exclude),
		dockerui.WithInternalName("load " + s.Hint),
	}
	if len(include) > 0 {
		options = append(options, bk.IncludePatterns(include))
	}
	return bk.Local(dockerui.DefaultLocalNameContext, options...)
}

// sendAhead lets the client send the application's files while the plan is made: for
// thousands of files this takes as long as the plan. If the plan asks for other files
// after all, these are sent then.
func (b *build) sendAhead(ctx context.Context) {
	if _, asks := b.question(); asks || b.findings.asked || !b.local || b.target() != llb.TargetRuntime {
		return
	}
	a := plan.AppOf(b.asked.Project)
	if a == nil {
		return
	}
	eg, ctx := newGroup(ctx)
	eg.Go(func() error {
		_, err := b.evaluate(ctx, b.sentPart(llb.SelectApp(a)), b.firstTarget())
		return err
	})
}

// within converts a pattern of a folder to a pattern of the context.
func within(dir, pattern string) string {
	if dir == "." {
		return pattern
	}
	if rest, ok := strings.CutPrefix(pattern, "!"); ok {
		return "!" + path.Join(dir, rest)
	}
	return path.Join(dir, pattern)
}
