package frontend

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// explainFetch turns the failure to fetch a locked file into an error at the
// package's line in the lock; other errors are left alone.
func (b *build) explainFetch(ctx context.Context, err error, p *plan.Plan) error {
	var failed *errdefs.SolveError
	if err == nil || !errors.As(err, &failed) || failed.Op == nil {
		return err
	}
	for _, d := range downloads(p) {
		if !fetches(failed.Op, d.Download) {
			continue
		}
		why := shortest(err)
		if failed.Op.GetExec() != nil {
			output, ok := b.failure(ctx, err)
			if !ok {
				return err
			}
			why = strings.TrimPrefix(lastLine(output), "moult-build: ")
		}
		told := source.Errorf(d.pos, "%s cannot be fetched: %s", d.Filename, why)
		switch {
		case failed.Op.GetSource() != nil && strings.Contains(why, "digest mismatch"):
			// BuildKit does not look at the status of an answer whose
			// content it checks.
			return source.Errorf(d.pos, "%s cannot be fetched: what %s gives is not the file that was locked (%s)", d.Filename, d.URL, why).
				WithHint("see what is there: an error, a request for a password (then " + secretHint + "), or another file under the same name, which you should understand before you lock again")
		case hasStatus(why, "401"), hasStatus(why, "403"):
			return told.WithHint("if its index needs a password, " + secretHint)
		case strings.Contains(why, "does not match its hash"):
			return told.WithHint("another file has taken its name; find out why before you lock again")
		case hasStatus(why, "404"):
			return told.WithHint("the lock names a file that is gone; lock again")
		}
		return told
	}
	return err
}

// hasStatus reports whether a message tells a status of HTTP. Addresses and
// hashes hold the same digits, among others.
func hasStatus(message, status string) bool {
	return slices.Contains(strings.FieldsFunc(message, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), status)
}

// secretHint says how an index gets a password.
const secretHint = `give the index a secret, as in index = [{ url = "...", secret = "my-index" }], and build with --secret id=my-index,env=...; its content is "user:password" or a token`

type download struct {
	*plan.Download
	pos source.Pos
}

// downloads are all files that a plan fetches by their hash.
func downloads(p *plan.Plan) []download {
	var all []download
	for _, pkg := range p.Packages {
		if d := pkg.Download(); d != nil {
			all = append(all, download{d, pkg.Pos})
		}
	}
	if p.Building != nil {
		for _, s := range p.Building.Sources {
			if d := s.Download(); d != nil {
				all = append(all, download{d, s.Pos})
			}
		}
	}
	return all
}

// fetches reports whether an operation is the one that fetches a file.
func fetches(op *pb.Op, d *plan.Download) bool {
	if src := op.GetSource(); src != nil {
		return src.Identifier == d.URL
	}
	exec := op.GetExec()
	return exec != nil && exec.Meta != nil && slices.Contains(exec.Meta.Args, "download") && slices.Contains(exec.Meta.Args, d.Filename)
}

// shortest is the innermost message of an error, without the wrappings that
// say where in the daemon it happened.
func shortest(err error) string {
	msg := err.Error()
	for _, prefix := range []string{"failed to load cache key: ", "failed to solve: "} {
		if _, rest, ok := strings.Cut(msg, prefix); ok {
			msg = rest
		}
	}
	return msg
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
