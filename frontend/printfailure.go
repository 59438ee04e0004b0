package frontend

import (
	"bytes"
	"context"
	"path"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/iohelper"

	"github.com/moult-build/moult/internal/step/protocol"
)

// printFailure reads what a failed step has left in a mount where the daemon,
// before BuildKit v0.27, reads no files of a container: moult-build prints it.
func (b *build) printFailure(ctx context.Context, mount string) (string, error) {
	host := b.host()
	tools, dir, err := b.tools.state(ctx, b, host)
	if err != nil {
		return "", err
	}
	root, err := b.solve(ctx, bk.Scratch().File(
		bk.Copy(tools, path.Join(dir, path.Base(protocol.BuildTool)), protocol.BuildTool,
			&bk.CopyInfo{CreateDestPath: true}, bk.WithCreatedTime(time.Unix(0, 0))),
		bk.WithCustomName("[internal] look for the cause of the failure")), host)
	if err != nil {
		return "", err
	}
	ctr, err := b.gateway.NewContainer(ctx, client.NewContainerRequest{
		Mounts: []client.Mount{
			{Dest: "/", MountType: pb.MountType_BIND, Ref: root},
			{Dest: protocol.Output, MountType: pb.MountType_BIND, ResultID: mount, Readonly: true},
		},
		NetMode: pb.NetMode_NONE,
	})
	if err != nil {
		return "", err
	}
	defer func() { _ = ctr.Release(context.WithoutCancel(ctx)) }()
	var output bytes.Buffer
	process, err := ctr.Start(ctx, client.StartRequest{
		Args: protocol.ShowFailure{Folder: protocol.Output}.Args(), Cwd: "/", Stderr: &iohelper.NopWriteCloser{Writer: &output},
	})
	if err != nil {
		return "", err
	}
	err = process.Wait()
	return output.String(), err
}
