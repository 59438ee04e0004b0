package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/moby/buildkit/util/resolver"
	"github.com/spf13/cobra"

	"github.com/moult-build/moult/internal/cli/embedded"
	"github.com/moult-build/moult/internal/cli/localgateway"
)

// question is a command that sends a subrequest to the frontend instead of
// building.
type question struct {
	buildFlags
	json bool
}

// askFlags adds the flags of such commands. They include flags of builds,
// because a step may have to resolve requirements.
func (q *question) askFlags(c *cobra.Command) {
	q.flags(c)
	f := c.Flags()
	f.StringArrayVar(&q.secrets, "secret", nil, "secret, id=ID,src=FILE or id=ID,env=NAME, where requirements have to be resolved")
	f.StringArrayVar(&q.ssh, "ssh", nil, "SSH agent or key, likewise")
	f.StringArrayVar(&q.cacheFrom, "cache-from", nil, "cache to read, likewise")
}

func (q *question) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&q.json, "json", false, "print JSON, for programs")
}

// answer is the metadata of the frontend's answer: "result.txt", "result.json"
// and, for checks, "result.statuscode".
type answer map[string][]byte

// ask sends a subrequest, such as "plan", to the frontend. It reads the project
// and the base image itself. If pip has to resolve requirements, or an index
// has to be asked, it uses a BuildKit and prints a line that says so.
func (q *question) ask(c *cobra.Command, args []string, name string) (answer, error) {
	w, err := q.prepare(args)
	if err != nil {
		return nil, err
	}
	w.attrs["requestid"] = "frontend." + name
	here, err := q.askHere(c.Context(), c.ErrOrStderr(), w)
	if !errors.Is(err, localgateway.ErrNeedsDaemon) {
		return here, err
	}
	why := err
	got, err := q.askBuilder(c, w, why)
	var none *noBuilderError
	if here != nil && errors.As(err, &none) {
		here[unasked] = []byte(message(why))
		return here, nil
	}
	return got, err
}

// unasked is the key of an answer that is incomplete, because a part needs a
// BuildKit and there is none. Its value says which part.
const unasked = "moult.unasked"

// noBuilderError is the error for a subrequest that needs a BuildKit if there
// is none.
type noBuilderError struct {
	why string
	err error
}

func (e *noBuilderError) Error() string {
	return fmt.Sprintf("%s, and there is none: %v", e.why, e.err)
}
func (e *noBuilderError) Unwrap() error { return e.err }

// askHere answers without a BuildKit. If that is not possible, the error is
// ErrNeedsDaemon, and the answer has the parts that need none.
func (q *question) askHere(ctx context.Context, out io.Writer, w *work) (answer, error) {
	if q.builder != "" {
		return nil, fmt.Errorf("%w: --builder names one", localgateway.ErrNeedsDaemon)
	}
	if w.attrs["context"] != "" {
		return nil, fmt.Errorf("%w: the context is not a folder of this machine", localgateway.ErrNeedsDaemon)
	}
	cache, forget, err := imageCache()
	if err != nil {
		return nil, err
	}
	defer forget()
	images, err := q.images(cache)
	if err != nil {
		return nil, err
	}
	c := localgateway.New(w.attrs, w.mounts, images, func(warning localgateway.Warning) {
		fmt.Fprintf(out, "%s %s\n", paint(out, yellow, "Warning:"), warning.Message)
	})
	res, err := inProcess().Build(ctx, c)
	if err != nil {
		if c.NeedsDaemon() && !errors.Is(err, localgateway.ErrNeedsDaemon) {
			return nil, fmt.Errorf("%w: %s", localgateway.ErrNeedsDaemon, message(err))
		}
		return nil, err
	}
	if c.NeedsDaemon() {
		return res.Metadata, fmt.Errorf("%w: %s", localgateway.ErrNeedsDaemon, c.Refused())
	}
	return res.Metadata, nil
}

// imageCache returns the folder for the unpacked layers of images. A user
// without a home folder gets a temporary one, which forget removes: somebody
// else could have filled a folder in /tmp with a known name.
func imageCache() (dir string, forget func(), err error) {
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "moult"), func() {}, nil
	}
	dir, err = os.MkdirTemp("", "moult-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// images returns a reader of images in the registries of BuildKit's
// configuration, with the user's credentials. It stores the layers in the
// folder cache.
func (r *request) images(cache string) (*localgateway.Images, error) {
	cfg, err := embedded.LoadConfig(r.buildkitConfig)
	if err != nil {
		return nil, err
	}
	credentials := config.LoadDefaultConfigFile(io.Discard)
	return localgateway.NewImages(resolver.NewRegistryConfig(cfg.Registries), func(host string) (string, string, error) {
		if host == "registry-1.docker.io" {
			host = "https://index.docker.io/v1/"
		}
		auth, err := credentials.GetAuthConfig(host)
		if err != nil {
			return "", "", err
		}
		if auth.IdentityToken != "" {
			return "", auth.IdentityToken, nil
		}
		return auth.Username, auth.Password, nil
	}, cache)
}

// askBuilder answers with a BuildKit. why is the reason why one is needed.
func (q *question) askBuilder(c *cobra.Command, w *work, why error) (answer, error) {
	ctx, out := c.Context(), c.ErrOrStderr()
	opt, err := q.solveOpt(w)
	if err != nil {
		return nil, err
	}
	delete(w.attrs, "attest:provenance")
	builder, err := q.findBuilder(ctx)
	if err != nil {
		return nil, &noBuilderError{message(why), err}
	}
	defer builder.Close()
	mode := progressui.QuietMode
	if isTerminal(out) {
		mode = progressui.AutoMode
	}
	fmt.Fprintf(out, "Asking %s (%s).\n", builder.Name, message(why))
	var got answer
	opt.Internal = true
	_, warnings, err := solveWith(ctx, builder, opt, func(ctx context.Context, c client.Client) (*client.Result, error) {
		res, err := inProcess().Build(ctx, c)
		if err != nil {
			return nil, err
		}
		got = res.Metadata
		return client.NewResult(), nil
	}, out, mode)
	printWarnings(out, warnings, progressui.PlainMode)
	return got, err
}

// print writes an answer to the standard output.
func (q *question) print(c *cobra.Command, a answer) error {
	text := a["result.txt"]
	if q.json {
		text = a["result.json"]
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	_, err := c.OutOrStdout().Write(text)
	return err
}
