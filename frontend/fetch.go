package frontend

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainFetch turns the failure to fetch a file into an error at the line that
// asks for it. It does not change other errors.
func (b *build) explainFetch(ctx context.Context, err error, p *plan.Plan) error {
	var asked *fetchError
	if errors.As(err, &asked) {
		for _, d := range downloads(p) {
			if d.URL == asked.URL {
				return d.explain(err, asked.why, asked.temporary)
			}
		}
		return transient(err, asked.temporary)
	}
	step, ok := b.vertices.failed(err)
	if !ok {
		return err
	}
	for _, d := range downloads(p) {
		if step.id != protocol.DownloadID(d.SHA256) {
			continue
		}
		why := shortest(err)
		if step.command != nil {
			output, ok := b.output(ctx, step)
			if !ok {
				return err
			}
			why = strings.TrimPrefix(strings.TrimPrefix(lastLine(output), "moult-build: "), "downloading "+d.Filename+": ")
		}
		return d.explain(err, why, exitCode(err) == protocol.ExitTemporary)
	}
	return err
}

// explain is the error of a file that cannot be fetched, at its line.
func (d download) explain(err error, why string, temporary bool) error {
	told := source.Errorf(d.pos, "%s cannot be fetched: %s", d.Filename, why)
	switch {
	case temporary:
		return transient(told.WithHint("the server may answer later: build again"), true)
	case hasStatus(why, "401"), hasStatus(why, "403"):
		return told.WithHint("if its index needs a password, " + secretHint)
	case strings.Contains(why, "does not match its hash"), strings.Contains(why, "digest mismatch"):
		return told.WithHint("the file was replaced by another of the same name; find out why before you lock again")
	case hasStatus(why, "404"), hasStatus(why, "410"):
		return told.WithHint("the file is gone; if a lock names it, lock again")
	}
	return told
}

// transient marks an error as temporary by a status that the gateway
// preserves.
func transient(err error, temporary bool) error {
	if !temporary {
		return err
	}
	return grpcerrors.WrapCode(err, codes.Unavailable)
}

// hasStatus reports whether a message contains a status of HTTP, and not
// only its digits in an address or a hash.
func hasStatus(message, status string) bool {
	return slices.Contains(strings.FieldsFunc(message, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), status)
}

// secretHint is the hint how to pass the password of an index.
const secretHint = `give the index a secret, as in index = [{ url = "...", secret = "my-index" }], and build with --secret id=my-index,env=...; its content is "user:password" or a token`

type download struct {
	*plan.Download
	pos source.Pos
}

// downloads are all packages' files and others that a plan fetches by their hash.
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
	for _, f := range p.Files {
		if f.Download != nil {
			all = append(all, download{f.Download, f.Pos})
		}
	}
	return all
}

// shortest is the innermost message of an error, without the messages of the
// daemon's functions that wrap it.
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
