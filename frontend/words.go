package frontend

import (
	"strings"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"
)

// wordsError is an error with a daemon's error in its chain, and the status
// under which a client gets all of its text.
type wordsError struct {
	error
	status *status.Status
}

func (e *wordsError) Error() string              { return e.status.Message() }
func (e *wordsError) GRPCStatus() *status.Status { return e.status }
func (e *wordsError) Unwrap() error              { return e.error }

// withWords makes a client see all of an error's text. An error that came from
// the daemon has a status with a message. If such an error is wrapped, as in
// fmt.Errorf("reading uv.lock: %w", err), BuildKit's grpcerrors sends the
// message of the status and not the text around it. So the status here gets the
// whole text. It keeps its code and its details.
func withWords(err error) error {
	inner, ok := grpcerrors.AsGRPCStatus(err)
	if err == nil || !ok || inner == nil {
		return err
	}
	text := err.Error()
	// A daemon's error begins with its code, and the client adds it again.
	text = strings.Replace(text, inner.Code().String()+": "+inner.Message(), inner.Message(), 1)
	if text == inner.Message() {
		return err
	}
	pb := inner.Proto()
	pb.Code, pb.Message = int32(grpcerrors.Code(err)), text
	return &wordsError{error: err, status: status.FromProto(pb)}
}
