package frontend

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/report"
)

const (
	// summaryArg is the build argument that switches the summary off: clients
	// print it where they print the image's id, or the image itself.
	summaryArg = "MOULT_SUMMARY"
	// messageKey is the key of the text that a client prints after the build.
	messageKey = "frontend.result.inlinemessage"
	// summaryKey is the key of the same as data, which clients write to a file
	// of metadata.
	summaryKey = "frontend.moult.summary"
)

// finished collects the results of all platforms, which are built
// concurrently.
type finished struct {
	mu  sync.Mutex
	all []built
}

// built is one platform that was built.
type built struct {
	*decided
	ref client.Reference
}

func (f *finished) add(d *decided, ref client.Reference) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, built{d, ref})
}

// sorted are the platforms in a fixed order, independent of which was ready
// first.
func (f *finished) sorted() []built {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Clone(f.all)
	slices.SortFunc(all, func(x, y built) int {
		return strings.Compare(x.plan.Environment.Platform.String(), y.plan.Environment.Platform.String())
	})
	return all
}

// summarize adds the summary to the result.
func (b *build) summarize(res *client.Result) error {
	var all []*decided
	for _, one := range b.finished.sorted() {
		all = append(all, one.decided)
	}
	text, data, err := report.Print(report.NewSummary(b.report(all)))
	if err != nil {
		return err
	}
	res.AddMeta(summaryKey, []byte(base64.StdEncoding.EncodeToString(data)))
	switch strings.ToLower(b.BuildArgs[summaryArg]) {
	case "0", "false", "no", "off":
	default:
		res.AddMeta(messageKey, bytes.TrimSpace(text))
	}
	return nil
}
