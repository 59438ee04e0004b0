package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/moby/buildkit/client"
	buildctl "github.com/moby/buildkit/cmd/buildctl/build"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/moby/buildkit/util/grpcerrors"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/cli/builders"
	"github.com/moult-build/moult/internal/cli/embedded"
	"github.com/moult-build/moult/internal/cli/programs"
)

// buildFlags are the flags of `moult build` in addition to those of all
// commands.
type buildFlags struct {
	request
	tags         []string
	push, load   bool
	outputs      []string
	secrets, ssh []string
	cacheFrom    []string
	cacheTo      []string
	sbom         string
	provenance   string
	progress     string
	metadata     string
	allow        []string
}

func buildCommand() *cobra.Command {
	var b buildFlags
	c := &cobra.Command{
		Use:   "build [CONTEXT]",
		Short: "Build the image",
		Long: `Build the image of the project in CONTEXT, the working directory by default.

It uses the BuildKit at BUILDKIT_HOST, else buildx's current builder, else
Docker's BuildKit, else one that runs inside this program and needs nothing but
runc. Whichever it is, it does what "docker buildx build -f pyproject.toml"
does, and finds what that has cached.

Targets: runtime (the image; the default), builder (the image with the
compiler), venv (the virtual environment alone), wheels (a folder of all
wheels), and those of the build file.`,
		Example: `  moult build -t hello --load                       into Docker
  moult build -t registry.example.com/hello:1 --push
  moult build --platform linux/amd64,linux/arm64 -t registry.example.com/hello:1 --push
  moult build --target wheels -o wheels             a folder of wheels
  moult build -t hello -o type=oci,dest=hello.tar   a file
  moult build --secret id=index,env=INDEX_PASSWORD --cache-from type=registry,ref=registry.example.com/hello:cache .`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return b.run(c, args) },
	}
	b.flags(c)
	f := c.Flags()
	f.StringArrayVarP(&b.tags, "tag", "t", nil, "name of the image")
	f.BoolVar(&b.push, "push", false, "push it to its registry")
	f.BoolVar(&b.load, "load", false, "give it to Docker")
	f.StringArrayVarP(&b.outputs, "output", "o", nil, "where the result goes: a folder, - or type=local|tar|oci|docker|image|registry,dest=...")
	f.StringArrayVar(&b.secrets, "secret", nil, "secret, id=ID,src=FILE or id=ID,env=NAME")
	f.StringArrayVar(&b.ssh, "ssh", nil, "SSH agent or key, default or ID=SOCKET|KEY")
	f.StringArrayVar(&b.cacheFrom, "cache-from", nil, "cache to read, type=registry,ref=... and others")
	f.StringArrayVar(&b.cacheTo, "cache-to", nil, "cache to write, likewise")
	f.StringVar(&b.sbom, "sbom", "", "attach a list of what is in the image")
	f.Lookup("sbom").NoOptDefVal = "true"
	f.StringVar(&b.provenance, "provenance", "", "attach how the image came about: true, false, mode=min or mode=max (default min)")
	f.Lookup("provenance").NoOptDefVal = "true"
	f.BoolVar(&b.noCache, "no-cache", false, "run every step")
	f.StringSliceVar(&b.noCacheFilter, "no-cache-filter", nil, "run every step of these targets")
	f.StringVar(&b.progress, "progress", "auto", "how progress is shown: auto, tty, plain, rawjson, quiet")
	f.StringVar(&b.metadata, "metadata-file", "", "file for the digests and names of the result, as JSON")
	f.StringSliceVar(&b.addHosts, "add-host", nil, "host for the steps, NAME=ADDRESS")
	f.StringVar(&b.network, "network", "", "network of the steps that need one: default, host or none")
	f.StringSliceVar(&b.allow, "allow", nil, "what steps may do that they usually may not, such as network.host")
	_ = c.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions([]string{"auto", "tty", "plain", "rawjson", "quiet"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.MarkFlagFilename("metadata-file")
	return c
}

func (b *buildFlags) run(c *cobra.Command, args []string) error {
	ctx := c.Context()
	w, err := b.prepare(args)
	if err != nil {
		return err
	}
	opt, err := b.solveOpt(w)
	if err != nil {
		return err
	}
	outs, err := outputs(b.outputs, b.push, b.load)
	if err != nil {
		return err
	}
	builder, err := b.findBuilder(ctx)
	if err != nil {
		return err
	}
	defer builder.Close()
	out := c.ErrOrStderr()
	mode := progressui.DisplayMode(b.progress)
	if mode == progressui.AutoMode && os.Getenv("BUILDKIT_PROGRESS") != "" {
		mode = progressui.DisplayMode(os.Getenv("BUILDKIT_PROGRESS"))
	}
	if mode != progressui.QuietMode && mode != progressui.RawJSONMode {
		fmt.Fprintf(out, "Building with %s.\n", builder.Name)
	}
	if len(outs) == 0 && builder.InDocker {
		outs = append(outs, output{kind: client.ExporterDocker, attrs: map[string]string{}, load: true})
	}
	loaded := newLoader(ctx)
	for _, o := range outs {
		entry, err := o.entry(b.tags, builder.InDocker, loaded.open)
		if err != nil {
			return err
		}
		opt.Exports = append(opt.Exports, entry)
	}
	res, warnings, err := solve(ctx, builder, opt, out, mode)
	said, loadErr := loaded.wait(err)
	if err != nil {
		return err
	}
	if loadErr != nil {
		return loadErr
	}
	if said != "" && mode != progressui.QuietMode {
		fmt.Fprintln(out, said)
	}
	if builder.InDocker && slices.ContainsFunc(outs, func(o output) bool { return o.push }) {
		for _, tag := range b.tags {
			push := exec.CommandContext(ctx, "docker", "push", tag)
			push.Stdout, push.Stderr = out, out
			if err := push.Run(); err != nil {
				return fmt.Errorf("docker push %s: %w", tag, err)
			}
		}
	}
	printWarnings(out, warnings, mode)
	if msg := res.ExporterResponse["frontend.result.inlinemessage"]; msg != "" && mode != progressui.QuietMode {
		fmt.Fprintln(out, strings.TrimRight(msg, "\n"))
	}
	if b.metadata != "" {
		if err := writeMetadata(b.metadata, res.ExporterResponse); err != nil {
			return err
		}
	}
	if len(outs) == 0 && mode != progressui.QuietMode {
		fmt.Fprintf(out, "%s the result is in the build cache alone. To have it, add --load (into Docker), --push (to a registry) or -o.\n",
			paint(out, yellow, "Note:"))
	}
	return nil
}

// findBuilder finds the BuildKit to use.
func (r *request) findBuilder(ctx context.Context) (*builders.Builder, error) {
	return builders.Find(ctx, builders.Options{
		Builder: r.builder,
		Start: func(ctx context.Context) (*client.Client, func() error, error) {
			return embedded.Start(ctx, embedded.Options{Root: r.root, Config: r.buildkitConfig})
		},
	})
}

// solveOpt returns the build for BuildKit's client, without the outputs.
func (b *buildFlags) solveOpt(w *work) (client.SolveOpt, error) {
	opt, err := w.solveOpt()
	if err != nil {
		return opt, err
	}
	if len(b.secrets) > 0 {
		secrets, err := buildctl.ParseSecret(b.secrets)
		if err != nil {
			return opt, fmt.Errorf("--secret: %w", err)
		}
		opt.Session = append(opt.Session, secrets)
	}
	if len(b.ssh) > 0 {
		configs, err := buildctl.ParseSSH(b.ssh)
		if err != nil {
			return opt, fmt.Errorf("--ssh: %w", err)
		}
		agent, err := sshprovider.NewSSHAgentProvider(configs)
		if err != nil {
			return opt, fmt.Errorf("--ssh: %w", err)
		}
		opt.Session = append(opt.Session, agent)
	}
	if opt.CacheImports, err = buildctl.ParseImportCache(withType(b.cacheFrom)); err != nil {
		return opt, fmt.Errorf("--cache-from: %w", err)
	}
	if opt.CacheExports, err = buildctl.ParseExportCache(withType(b.cacheTo)); err != nil {
		return opt, fmt.Errorf("--cache-to: %w", err)
	}
	attest(w.attrs, b.provenance, b.sbom)
	opt.AllowedEntitlements = b.allow
	return opt, nil
}

// withType adds type=registry to a bare image reference.
func withType(args []string) []string {
	all := slices.Clone(args)
	for n, a := range all {
		if !strings.Contains(a, "=") {
			all[n] = "type=registry,ref=" + a
		}
	}
	return all
}

// attest sets the attestations. Like buildx it attaches the minimal provenance
// by default, so that both give the same image.
func attest(attrs map[string]string, provenance, sbom string) {
	switch on, err := strconv.ParseBool(provenance); {
	case provenance == "":
		if os.Getenv("BUILDX_NO_DEFAULT_ATTESTATIONS") == "" {
			attrs["attest:provenance"] = "mode=min,inline-only=true"
		}
	case err == nil && on:
		attrs["attest:provenance"] = ""
	case err == nil:
	default:
		attrs["attest:provenance"] = provenance
	}
	switch on, err := strconv.ParseBool(sbom); {
	case sbom == "", err == nil && !on:
	case err == nil:
		attrs["attest:sbom"] = ""
	default:
		attrs["attest:sbom"] = sbom
	}
}

// solveOpt is the part of a build that all commands share.
func (w *work) solveOpt() (client.SolveOpt, error) {
	set, err := programs.Find()
	if err != nil {
		return client.SolveOpt{}, err
	}
	if w.mounts[programs.Local], err = set.FS(); err != nil {
		return client.SolveOpt{}, err
	}
	credentials := config.LoadDefaultConfigFile(io.Discard)
	return client.SolveOpt{
		FrontendAttrs: w.attrs,
		LocalMounts:   w.mounts,
		OCIStores:     w.stores,
		Session: []session.Attachable{authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
			AuthConfigProvider: authprovider.LoadAuthConfig(credentials),
		})},
	}, nil
}

// inProcess returns the frontend in this program.
func inProcess() frontend.Frontend { return frontend.New(frontend.FromPrograms(programs.Local)) }

// solve builds with the frontend in this program, and shows the progress.
func solve(ctx context.Context, builder *builders.Builder, opt client.SolveOpt, out io.Writer, mode progressui.DisplayMode) (*client.SolveResponse, []client.VertexWarning, error) {
	return solveWith(ctx, builder, opt, inProcess().Build, out, mode)
}

// solveWith is solve with a frontend.
func solveWith(ctx context.Context, builder *builders.Builder, opt client.SolveOpt, build gateway.BuildFunc, out io.Writer, mode progressui.DisplayMode) (*client.SolveResponse, []client.VertexWarning, error) {
	display, err := progressui.NewDisplay(out, mode)
	if err != nil {
		return nil, nil, fmt.Errorf("--progress %s: %w", mode, err)
	}
	var res *client.SolveResponse
	var warnings []client.VertexWarning
	status := make(chan *client.SolveStatus)
	var eg errgroup.Group
	eg.Go(func() (err error) {
		res, err = builder.Build(ctx, opt, "moult", build, status)
		return err
	})
	eg.Go(func() (err error) {
		// Not with the build's context, so that messages after its end are shown too.
		warnings, err = display.UpdateFrom(context.WithoutCancel(ctx), status)
		return err
	})
	err = eg.Wait()
	if err != nil && ctx.Err() != nil {
		return nil, nil, errors.New("interrupted")
	}
	return res, warnings, lost(ctx, builder, err)
}

// lost explains the error of a BuildKit that has gone away during the build.
// Others of the same code are temporary errors of the build.
func lost(ctx context.Context, builder *builders.Builder, err error) error {
	if err == nil || grpcerrors.Code(err) != codes.Unavailable {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	if _, gone := builder.ListWorkers(ctx); gone == nil {
		return err
	}
	return fmt.Errorf("%s has ended during the build, or the connection to it was lost; build again when it is back: %w", builder.Name, err)
}

// answerTime is the time in which a BuildKit answers that has just failed.
const answerTime = 3 * time.Second

// printWarnings lists the warnings of a build.
func printWarnings(w io.Writer, warnings []client.VertexWarning, mode progressui.DisplayMode) {
	if len(warnings) == 0 || mode == progressui.QuietMode || mode == progressui.RawJSONMode {
		return
	}
	fmt.Fprintf(w, "\n%s\n", paint(w, yellow, count(len(warnings), "warning", "warnings")+":"))
	for _, warning := range warnings {
		fmt.Fprintf(w, " - %s\n", warning.Short)
		for _, d := range warning.Detail {
			fmt.Fprintf(w, "     %s\n", d)
		}
		if warning.URL != "" {
			fmt.Fprintf(w, "     %s\n", warning.URL)
		}
	}
}

// count returns "1 warning", "2 warnings".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// writeMetadata writes the answer of the exporters as JSON, in the form of
// buildx's file. A value that is itself JSON is not quoted.
func writeMetadata(name string, response map[string]string) error {
	all := map[string]any{}
	for key, value := range response {
		all[key] = value
		if dt, err := base64.StdEncoding.DecodeString(value); err == nil && json.Valid(dt) && strings.ContainsAny(string(dt[:1]), "{[") {
			all[key] = json.RawMessage(dt)
		}
	}
	dt, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(dt, '\n'), 0o644)
}
