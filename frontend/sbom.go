package frontend

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/containerd/platforms"
	intoto "github.com/in-toto/in-toto-golang/in_toto"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/attestations"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/result"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/internal/step/protocol"
	"github.com/moult-build/moult/llb"
)

// sbomFile is the bill of materials in the attestation's own tree.
const sbomFile = "sbom.spdx.json"

// wantsSBOM reports whether the client asks for a bill of materials from the
// plan. A client that names a scanner gets that scanner's.
func (b *build) wantsSBOM() (bool, error) {
	if b.SBOM == nil || b.target() == llb.TargetBuilder || b.target() == llb.TargetWheels {
		return false, nil
	}
	asked, err := attestations.Parse(attestations.Filter(b.gateway.BuildOpts().Opts))
	if err != nil {
		return false, err
	}
	none, err := attestations.Parse(map[string]string{"attest:" + attestations.KeyTypeSbom: ""})
	if err != nil {
		return false, err
	}
	const generator = "generator"
	return asked[attestations.KeyTypeSbom][generator] == none[attestations.KeyTypeSbom][generator], nil
}

// attest adds a bill of materials for each platform to the result. If one
// does not know all packages of an image, it adds none, and BuildKit's
// scanner runs as for other images.
func (b *build) attest(ctx context.Context, res *client.Result) error {
	wanted, err := b.wantsSBOM()
	if err != nil || !wanted {
		return err
	}
	all := b.finished.sorted()
	documents := make([][]byte, len(all))
	eg, egctx := newGroup(ctx)
	for n, one := range all {
		eg.Go(func() (err error) {
			documents[n], err = b.sbom(egctx, one)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return fmt.Errorf("the bill of materials: %w", err)
	}
	for _, d := range documents {
		if d == nil {
			return nil
		}
	}
	for n, one := range all {
		st := bk.Scratch().File(
			bk.Mkfile("/"+sbomFile, 0o644, documents[n], bk.WithCreatedTime(time.Unix(0, 0))),
			bk.WithCustomName("[internal] write the bill of materials"))
		ref, err := b.evaluate(ctx, st, one.world.Target)
		if err != nil {
			return err
		}
		res.AddAttestation(platforms.FormatAll(platforms.Normalize(one.world.Target)), client.Attestation{
			Kind: gwpb.AttestationKind_InToto,
			Ref:  ref, Path: sbomFile,
			Metadata: map[string][]byte{result.AttestationReasonKey: []byte(result.AttestationReasonSBOM)},
			InToto:   result.InTotoAttestation{PredicateType: intoto.PredicateSPDX},
		})
	}
	return nil
}

// sbom makes the bill of materials of one platform; nil if the scanner knows
// more. A bill without the distribution's packages says that they are missing.
func (b *build) sbom(ctx context.Context, one built) (document []byte, err error) {
	r := b.report([]*decided{one.decided})
	m := report.Materials{Platform: r.Platforms[0], Version: b.project.Version.V}
	if one.world.Epoch != nil {
		m.Created = *one.world.Epoch
	}
	if m.Installed, err = b.installed(ctx, one); err != nil {
		return nil, err
	}
	if b.target() != llb.TargetVenv {
		var complete bool
		if m.System, complete, err = report.ReadSystem(ctx, &imageFiles{remote{ref: one.ref}}); err != nil || !complete {
			return nil, err
		}
		m.SystemUnknown = len(m.System) == 0
	} else {
		m.Platform = environmentAlone(m.Platform)
	}
	return report.SBOM(m)
}

// environmentAlone is the part of an image in the target venv.
func environmentAlone(p report.Platform) report.Platform {
	some := *p.Plan
	some.Files, some.PythonFrom, some.Init = nil, nil, nil
	p.Base, p.Plan = "", &some
	return p
}

// installed reads the metadata of the environment's packages.
func (b *build) installed(ctx context.Context, one built) (map[string]report.Metadata, error) {
	dir := one.plan.Environment.Python.SitePackages(protocol.Venv)
	entries, err := one.ref.ReadDir(ctx, client.ReadDirRequest{Path: dir, IncludePattern: "*" + wheel.DistInfo})
	if err != nil {
		if isNotExist(err) {
			return nil, nil
		}
		return nil, err
	}
	var mu sync.Mutex
	all := map[string]report.Metadata{}
	eg, ctx := newGroup(ctx)
	eg.SetLimit(parallel)
	for _, e := range entries {
		if !strings.HasSuffix(e.Path, wheel.DistInfo) {
			continue
		}
		eg.Go(func() error {
			content, err := one.ref.ReadFile(ctx, client.ReadRequest{
				Filename: path.Join(dir, e.Path, "METADATA"), Range: &client.FileRange{Length: blockSize},
			})
			if err != nil {
				if isNotExist(err) {
					return nil
				}
				return err
			}
			m := report.ParseMetadata(content)
			mu.Lock()
			defer mu.Unlock()
			all[pep503.Normalize(m.Name)] = m
			return nil
		})
	}
	return all, eg.Wait()
}
