package frontend

import (
	"errors"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	capspb "github.com/moby/buildkit/util/apicaps/pb"

	"github.com/moult-build/moult/internal/source"
)

// oldDaemon is a daemon that can do nothing but what is listed.
type oldDaemon struct {
	client.Client
	opts map[string]string
	can  []apicaps.CapID
}

func (d oldDaemon) BuildOpts() client.BuildOpts {
	var caps []*capspb.APICap
	for _, id := range d.can {
		caps = append(caps, &capspb.APICap{ID: string(id), Enabled: true})
	}
	return client.BuildOpts{Opts: d.opts, LLBCaps: pb.Caps.CapSet(caps)}
}

func TestAnOldDaemonIsToldWhatIsNeeded(t *testing.T) {
	for _, d := range []oldDaemon{{}, {can: []apicaps.CapID{pb.CapFileBase, pb.CapExecMountSecret}}} {
		_, err := Build(t.Context(), d)
		if err == nil || !strings.Contains(err.Error(), "moult needs BuildKit v0.") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestAClientThatAsksTooMuchIsRefused(t *testing.T) {
	if err := checkRequired("moby.buildkit.frontend.contexts+forward,moby.buildkit.frontend.subrequests"); err != nil {
		t.Error(err)
	}
	if err := checkRequired("moby.buildkit.frontend.unheard"); err == nil {
		t.Error("an unknown capability is accepted")
	}
}

// panicking fails as no client should.
type panicking struct{ oldDaemon }

func (panicking) BuildOpts() client.BuildOpts { panic("a mistake") }

func TestAPanicBecomesAnError(t *testing.T) {
	_, err := Build(t.Context(), panicking{})
	if err == nil || !strings.Contains(err.Error(), "a mistake") || !strings.Contains(err.Error(), "report") {
		t.Errorf("the error is %v", err)
	}
}

func TestProxiesAreReadInBothSpellings(t *testing.T) {
	if p := proxy(map[string]string{"UNRELATED": "x"}); p != nil {
		t.Errorf("got %+v", p)
	}
	p := proxy(map[string]string{"HTTP_PROXY": "http://a", "https_proxy": "http://b", "HTTPS_PROXY": "http://c", "no_proxy": "d"})
	if p == nil || *p != (bk.ProxyEnv{HTTPProxy: "http://a", HTTPSProxy: "http://b", NoProxy: "d"}) {
		t.Errorf("got %+v", p)
	}
}

func TestPatternsOfAFolderBecomeThoseOfTheContext(t *testing.T) {
	for _, c := range []struct{ dir, pattern, want string }{
		{".", "**/*.pyc", "**/*.pyc"}, {"api", "**/*.pyc", "api/**/*.pyc"}, {"api", "!keep", "!api/keep"},
	} {
		if got := within(c.dir, c.pattern); got != c.want {
			t.Errorf("%q in %q is %q", c.pattern, c.dir, got)
		}
	}
}

func TestACheckHasPlacesInEveryFile(t *testing.T) {
	b := &build{conversation: conversation{files: &files{name: "moult.toml"}}}
	results := &lint.LintResults{}
	file := &source.File{Name: "requirements.txt", Data: []byte("a==1\nb\n")}
	at := b.lintLocation(results, source.Pos{File: file, Line: 2, Col: 1}, nil)
	if again := b.lintLocation(results, source.Pos{File: file, Line: 1, Col: 1}, nil); again.SourceIndex != at.SourceIndex {
		t.Error("one file is sent twice")
	}
	if s := results.Sources[at.SourceIndex]; s.Filename != "requirements.txt" || string(s.Data) != "a==1\nb\n" || at.Ranges[0].Start.Line != 2 {
		t.Errorf("got %v at %v", s, at)
	}
}

func TestAMissingFileIsRecognisedAcrossTheGateway(t *testing.T) {
	for text, want := range map[string]bool{
		"failed to read: open /x: no such file or directory": true, "connection refused": false,
	} {
		if isNotExist(errors.New(text)) != want {
			t.Errorf("%q is taken wrongly", text)
		}
	}
}
