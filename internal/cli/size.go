package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/moult-build/moult/internal/cli/sizepage"
)

func sizeCommand() *cobra.Command {
	var page, image string
	c := simple("size [CONTEXT]", "size", "Show where the bytes of the image come from",
		`Show where the bytes of the image come from: the base, each package, the
application. The sizes come from the lock, the wheels and the base image;
nothing is built.

With --html the image is built, and a page is written that shows it as a treemap
by layer, package and file. It needs no other file and no network. --image draws
an image that was built before, as "moult build -o type=oci,dest=FILE" writes it.

`+noDaemon, `  moult size
  moult size --json
  moult size --html size.html
  moult size --html size.html --image hello.tar`)
	var b buildFlags
	plain := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if page == "" {
			return plain(c, args)
		}
		return drawSize(c, args, &b, page, image)
	}
	f := c.Flags()
	f.StringVar(&page, "html", "", "file for a page with a treemap of the built image")
	f.StringVar(&image, "image", "", "image to draw instead of building, an OCI layout in a tar archive")
	// The commands with and without --html have the same flags. drawSize copies
	// them to the flags of the build.
	f.StringVar(&b.progress, "progress", "auto", "how the progress of the build for --html is shown")
	_ = c.MarkFlagFilename("html", "html")
	_ = c.MarkFlagFilename("image", "tar")
	return c
}

// drawSize writes the page, after building the image if there is none yet.
func drawSize(c *cobra.Command, args []string, b *buildFlags, page, image string) error {
	name := image
	if image == "" {
		dir, err := os.MkdirTemp("", "moult-size-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		image = filepath.Join(dir, "image.tar")
		if err := copyFlags(c, b); err != nil {
			return err
		}
		if name, err = b.toArchive(c, args, image); err != nil {
			return err
		}
	}
	img, err := sizepage.Read(image)
	if err != nil {
		return err
	}
	img.Name = name
	f, err := os.Create(page)
	if err != nil {
		return err
	}
	if err := sizepage.Write(f, img); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "Wrote %s; open it in a browser.\n", page)
	return nil
}

// copyFlags copies the command's flags to those of a build.
func copyFlags(c *cobra.Command, b *buildFlags) error {
	into := &cobra.Command{}
	b.flags(into)
	f := into.Flags()
	f.StringArrayVar(&b.secrets, "secret", nil, "")
	f.StringArrayVar(&b.ssh, "ssh", nil, "")
	f.StringArrayVar(&b.cacheFrom, "cache-from", nil, "")
	var failed error
	f.VisitAll(func(flag *pflag.Flag) {
		from := c.Flags().Lookup(flag.Name)
		if from == nil || !from.Changed {
			return
		}
		if all, ok := from.Value.(pflag.SliceValue); ok {
			if to, ok := flag.Value.(pflag.SliceValue); ok {
				failed = errors.Join(failed, to.Replace(all.GetSlice()))
				return
			}
		}
		failed = errors.Join(failed, flag.Value.Set(from.Value.String()))
	})
	return failed
}

// toArchive builds the image into an OCI layout in a tar archive. It returns
// the project's name.
func (b *buildFlags) toArchive(c *cobra.Command, args []string, archive string) (string, error) {
	ctx, out := c.Context(), c.ErrOrStderr()
	w, err := b.prepare(args)
	if err != nil {
		return "", err
	}
	opt, err := b.solveOpt(w)
	if err != nil {
		return "", err
	}
	delete(w.attrs, "attest:provenance")
	builder, err := b.findBuilder(ctx)
	if err != nil {
		return "", err
	}
	defer builder.Close()
	fmt.Fprintf(out, "Building with %s.\n", builder.Name)
	entry, err := output{kind: client.ExporterOCI, attrs: map[string]string{"dest": archive}}.entry(nil, false, nil)
	if err != nil {
		return "", err
	}
	opt.Exports = []client.ExportEntry{entry}
	_, warnings, err := solve(ctx, builder, opt, out, progressui.DisplayMode(b.progress))
	if err != nil {
		return "", err
	}
	printWarnings(out, warnings, progressui.PlainMode)
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	abs, err := filepath.Abs(dir)
	return filepath.Base(abs), err
}
