package frontend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/llb"
)

// lockRequest is the question for a lock.
const lockRequest = "frontend.lock"

// locking reports whether the client asks for a lock. What it has of one is
// then looked over: a shell has emptied the file before it starts the client
// whose answer it writes there.
func (b *build) locking() bool { return b.gateway.BuildOpts().Opts[requestOption] == lockRequest }

// answerLock writes what the project resolves to as a lock.
func (b *build) answerLock(ctx context.Context) (report.Printer, error) {
	if b.lock != nil {
		return nil, source.Errorf(source.Pos{File: b.lock.File}, "the project is locked by %s already", b.lock.File.Name).
			WithHint("make that lock anew by its own tool: %s", b.lock.Refresh())
	}
	all, err := b.decideAll(ctx)
	if err != nil {
		return nil, err
	}
	resolutions := make([]plan.Resolution, len(all))
	eg, egctx := newGroup(ctx)
	for n, d := range all {
		eg.Go(func() (err error) {
			resolutions[n], err = b.resolution(egctx, d)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	// A base of one's own may be what decides the release; all platforms'
	// images have the same.
	l, err := plan.Relock(b.project, b.pythonIn(all[0].plan.Environment), resolutions)
	if err != nil {
		return nil, err
	}
	return report.NewLockFile(l, b.source.Filename)
}

// resolution completes what pip has resolved for a platform with what the
// indexes and the repositories say of it.
func (b *build) resolution(ctx context.Context, d *decided) (plan.Resolution, error) {
	r := plan.Resolution{Plan: d.plan, Requested: d.requested, Direct: map[string]*lock.Package{}}
	for _, line := range d.requested.Lines {
		if !line.Direct {
			continue
		}
		p, err := b.direct(ctx, line)
		if err != nil {
			return r, err
		}
		r.Direct[p.Name] = p
	}
	for _, l := range d.requested.Locals {
		if !l.File {
			continue
		}
		p, err := b.localFile(l)
		if err != nil {
			return r, err
		}
		r.Direct[p.Name] = p
	}
	r.Asked = r.Unlocated()
	if len(r.Asked.Packages) == 0 {
		return r, nil
	}
	st, err := llb.Links(r.Asked, d.world)
	if err != nil {
		return r, err
	}
	ref, err := b.evaluate(ctx, st, d.world.Target)
	if err != nil {
		return r, b.explainUnlocated(ctx, err, r.Asked)
	}
	content, err := ref.ReadFile(ctx, client.ReadRequest{Filename: "/" + indexfiles.AnswerFile})
	if err != nil {
		return r, fmt.Errorf("reading what the index said: %w", err)
	}
	if err := json.Unmarshal(content, &r.Answer); err != nil {
		return r, fmt.Errorf("reading what the index said: %w", err)
	}
	return r, nil
}

// explainUnlocated says what the indexes did not tell, at the line that names
// the project's packages.
func (b *build) explainUnlocated(ctx context.Context, err error, asked indexfiles.Request) error {
	problems, ok := b.linkProblems(ctx, err)
	if !ok {
		return err
	}
	p := problems[0]
	what := "no index has the files"
	if p.Index != "" {
		what = "the index " + p.Index + " does not tell the files"
	}
	pos := b.project.Name.Pos
	for _, line := range b.requested.Lines {
		if line.Name == p.Package {
			pos = line.Pos
		}
	}
	return source.Errorf(pos, "%s of %s, which pip has installed: %s", what, p.Package, strings.TrimSpace(string(p.Kind)+" "+p.Detail)).
		WithHint("what pip finds in folders and on pages of links (--find-links) cannot be locked")
}

// commitID is a full commit id of git.
var commitID = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// direct finds which commit or which bytes a requirement with an address
// means today.
func (b *build) direct(ctx context.Context, line project.Line) (*lock.Package, error) {
	name, address := line.Name, line.Text
	if req, err := pep508.ParseRequirement(line.Text); err == nil && req.URL != "" {
		name, address = req.NormalizedName(), req.URL
	} else {
		address, _, _ = strings.Cut(address, " ")
	}
	u, err := url.Parse(strings.TrimPrefix(address, "git+"))
	if err != nil {
		return nil, source.Errorf(line.Pos, "%q is not a URL", address)
	}
	fragment, _ := url.ParseQuery(u.Fragment)
	u.Fragment, u.RawFragment = "", ""
	subdirectory := strings.Trim(fragment.Get("subdirectory"), "/")
	if line.Git == "" {
		return b.directFile(ctx, line, name, u.String(), subdirectory)
	}
	if name == "" {
		return nil, source.Errorf(line.Pos, "a repository without a name cannot be locked").WithHint("write NAME @ %s", address)
	}
	s := lock.Source{Kind: lock.FromGit, VCS: "git", Subdirectory: subdirectory}
	if at := strings.LastIndexByte(u.Path, '@'); at > 0 {
		u.Path, u.RawPath, s.Requested = u.Path[:at], "", u.Path[at+1:]
	}
	s.URL = u.String()
	if commitID.MatchString(s.Requested) {
		s.Commit, s.Requested = s.Requested, ""
	} else {
		meta, err := b.sourceMetadata(ctx, bk.Git(s.URL, "", bk.GitRef(s.Requested)))
		if err != nil {
			return nil, source.Errorf(line.Pos, "%v", err)
		}
		if meta.Git == nil {
			return nil, source.Errorf(line.Pos, "this BuildKit does not tell commits").WithHint("name a full commit: %s@COMMIT", s.URL)
		}
		// An annotated tag is an object of its own.
		if s.Commit = meta.Git.CommitChecksum; s.Commit == "" {
			s.Commit = meta.Git.Checksum
		}
	}
	return &lock.Package{Name: name, Source: s, Pos: line.Pos}, nil
}

func (b *build) directFile(ctx context.Context, line project.Line, name, address, subdirectory string) (*lock.Package, error) {
	meta, err := b.sourceMetadata(ctx, bk.HTTP(address))
	if err != nil {
		return nil, source.Errorf(line.Pos, "%v", err)
	}
	if meta.HTTP == nil {
		return nil, source.Errorf(line.Pos, "this BuildKit does not tell the hashes of files at addresses of their own")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, source.Errorf(line.Pos, "%q is not a URL", address)
	}
	a := lock.Artifact{Filename: path.Base(u.Path), URL: address, Hashes: map[string]string{string(meta.HTTP.Digest.Algorithm()): meta.HTTP.Digest.Encoded()}}
	p := &lock.Package{Name: name, Source: lock.Source{Kind: lock.FromURL, URL: address, Subdirectory: subdirectory}, Pos: line.Pos}
	return asArchive(p, a), nil
}

// localFile is a wheel or an sdist of the context.
func (b *build) localFile(l project.Local) (*lock.Package, error) {
	content, err := b.files.ReadFile(l.Path)
	if err != nil {
		return nil, source.Errorf(l.Pos, "%s cannot be locked: %v", l.Path, err)
	}
	sum := sha256.Sum256(content)
	rel := strings.TrimPrefix(l.Path, b.project.Dir+"/")
	if b.project.Dir != "." && rel == l.Path {
		return nil, source.Errorf(l.Pos, "%s lies outside the folder of the build file, where the lock will be", l.Path)
	}
	a := lock.Artifact{Filename: path.Base(l.Path), Path: rel, Hashes: map[string]string{"sha256": hex.EncodeToString(sum[:])}}
	p := &lock.Package{Name: l.Name, Source: lock.Source{Kind: lock.FromFile, Path: rel}, Pos: l.Pos}
	return asArchive(p, a), nil
}

// asArchive makes a file a package's only one, and its name the package's
// where nothing else tells it.
func asArchive(p *lock.Package, a lock.Artifact) *lock.Package {
	if w, err := tags.ParseWheelFilename(a.Filename); err == nil {
		p.Wheels = []lock.Artifact{a}
		if p.Name == "" {
			p.Name = w.Name
		}
		return p
	}
	if name, _, err := tags.ParseSdistFilename(a.Filename); err == nil && p.Name == "" {
		p.Name = name
	}
	p.Sdist = &a
	return p
}

// sourceMetadata asks the daemon what a source is at the moment.
func (b *build) sourceMetadata(ctx context.Context, st bk.State) (*sourceresolver.MetaResponse, error) {
	def, err := st.Marshal(ctx, bk.WithCaps(b.gateway.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, err
		}
		if s := op.GetSource(); s != nil {
			return b.gateway.ResolveSourceMetadata(ctx, s, sourceresolver.Opt{})
		}
	}
	return nil, fmt.Errorf("a source is none") // never: the state is one
}
