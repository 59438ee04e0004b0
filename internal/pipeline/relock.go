package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// Sources resolves addresses to their current content.
type Sources interface {
	// Commit returns the full commit id of a branch or a tag of a repository;
	// empty if it is not known.
	Commit(ctx context.Context, url, ref string) (string, error)
	// Digest returns the digest of the file at an address, in hex; empty if it
	// is not known.
	Digest(ctx context.Context, url string) (algorithm, digest string, err error)
}

// Relock makes a lock from the resolution of an unlocked project: from one
// decision for each platform and the worlds that answered them.
func (p *Project) Relock(ctx context.Context, decisions []*Decision, worlds []World, s Sources) (*lock.Lock, error) {
	all := make([]plan.Relocking, len(decisions))
	group, groupCtx := newGroup(ctx)
	for n := range decisions {
		group.Go(func() (err error) {
			all[n], err = relocking{p, decisions[n], worlds[n], s}.complete(groupCtx)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	// A base of the project's own may decide the release; it is the same for all
	// platforms.
	return plan.Relock(p.Project, decisions[0].Python, all)
}

// relocking is the part of Relock for one platform.
type relocking struct {
	*Project
	*Decision
	world   World
	sources Sources
}

// complete adds the answers of indexes and repositories to pip's resolution
// for a platform.
func (r relocking) complete(ctx context.Context) (plan.Relocking, error) {
	full := plan.Relocking{Plan: r.Plan, Requested: r.Decision.Requested, Direct: map[string]*lock.Package{}}
	for _, line := range r.Decision.Requested.Lines {
		if !line.Direct {
			continue
		}
		p, err := r.direct(ctx, line)
		if err != nil {
			return full, err
		}
		full.Direct[p.Name] = p
	}
	for _, l := range r.Decision.Requested.Locals {
		if !l.File {
			continue
		}
		p, err := r.localFile(l)
		if err != nil {
			return full, err
		}
		full.Direct[p.Name] = p
	}
	full.Asked = full.Unlocated()
	if len(full.Asked.Packages) == 0 {
		return full, nil
	}
	var err error
	full.Answer, err = r.world.Locate(ctx, full.Asked)
	var failed indexfiles.Failure
	if errors.As(err, &failed) {
		return full, r.explainUnlocated(failed[0])
	}
	return full, err
}

// explainUnlocated makes an error of the files that no index has, at the line
// of the project's requirements.
func (r relocking) explainUnlocated(p indexfiles.Problem) error {
	what := "no index has the files"
	if p.Index != "" {
		what = "the index " + p.Index + " does not list the files"
	}
	pos := r.Project.Name.Pos
	for _, line := range r.Project.Requested.Lines {
		if line.Name == p.Package {
			pos = line.Pos
		}
	}
	return source.Errorf(pos, "%s of %s, which pip has installed: %s", what, p.Package, strings.TrimSpace(string(p.Kind)+" "+p.Detail)).
		WithHint("files from folders and pages of links (--find-links) cannot be locked")
}

// commitID is a full commit id of git.
var commitID = regex.New(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// direct resolves a requirement with an address to a commit or a digest.
func (r relocking) direct(ctx context.Context, line project.Line) (*lock.Package, error) {
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
		return r.directFile(ctx, line, name, u.String(), subdirectory)
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
		commit, err := r.sources.Commit(ctx, s.URL, s.Requested)
		if err != nil {
			return nil, source.Errorf(line.Pos, "%v", err)
		}
		if commit == "" {
			return nil, source.Errorf(line.Pos, "this BuildKit cannot resolve a branch or a tag to a commit").WithHint("write the full commit: %s@COMMIT", s.URL)
		}
		s.Commit = commit
	}
	return &lock.Package{Name: name, Source: s, Pos: line.Pos}, nil
}

func (r relocking) directFile(ctx context.Context, line project.Line, name, address, subdirectory string) (*lock.Package, error) {
	algorithm, digest, err := r.sources.Digest(ctx, address)
	if err != nil {
		return nil, source.Errorf(line.Pos, "%v", err)
	}
	if digest == "" {
		return nil, source.Errorf(line.Pos, "this BuildKit cannot compute the hash of a file at a URL")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, source.Errorf(line.Pos, "%q is not a URL", address)
	}
	a := lock.Artifact{Filename: path.Base(u.Path), URL: address, Hashes: map[string]string{algorithm: digest}}
	p := &lock.Package{Name: name, Source: lock.Source{Kind: lock.FromURL, URL: address, Subdirectory: subdirectory}, Pos: line.Pos}
	return asArchive(p, a), nil
}

// localFile is a wheel or an sdist of the context.
func (r relocking) localFile(l project.Local) (*lock.Package, error) {
	content, err := r.Project.files.ReadFile(l.Path)
	if err != nil {
		return nil, source.Errorf(l.Pos, "%s cannot be locked: %v", l.Path, err)
	}
	sum := sha256.Sum256(content)
	rel := strings.TrimPrefix(l.Path, r.Project.Dir+"/")
	if r.Project.Dir != "." && rel == l.Path {
		return nil, source.Errorf(l.Pos, "%s lies outside the folder of the build file, where the lock will be", l.Path)
	}
	a := lock.Artifact{Filename: path.Base(l.Path), Path: rel, Hashes: map[string]string{"sha256": hex.EncodeToString(sum[:])}}
	p := &lock.Package{Name: l.Name, Source: lock.Source{Kind: lock.FromFile, Path: rel}, Pos: l.Pos}
	return asArchive(p, a), nil
}

// asArchive makes a file the only one of a package, and takes the package's
// name from the file name if nothing else says it.
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
