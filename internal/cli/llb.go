package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"github.com/spf13/cobra"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/cli/programs"
)

func llbCommand() *cobra.Command {
	var q question
	var format, output, config, tools string
	c := &cobra.Command{
		Use:   "llb [CONTEXT]",
		Short: "Give the graph that BuildKit solves",
		Long: `Give the graph that a build solves: as protobuf for "buildctl build" and
"buildctl debug dump-llb", as JSON (one object for each operation, as the latter
prints it), or in the language of Graphviz.

The graph names folders of the client: the build context, "context", and the
programs that run in the steps, "moult-tools", which --programs writes. The image's
configuration is no part of a graph; --image-config writes it.`,
		Example: `  moult llb --format dot | dot -Tsvg > graph.svg
  moult llb | buildctl debug dump-llb
  moult llb --programs /tmp/tools > graph.pb
  buildctl build --local context=. --local moult-tools=/tmp/tools --output type=tar,dest=image.tar < graph.pb`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := q.ask(c, args, "llb")
			if err != nil {
				return err
			}
			var graphs frontend.Graphs
			if err := json.Unmarshal(a["result.json"], &graphs); err != nil {
				return fmt.Errorf("reading the answer: %w", err)
			}
			if len(graphs.Platforms) != 1 {
				return errors.New("a graph is for one platform: name one with --platform")
			}
			g := graphs.Platforms[0]
			if tools != "" {
				set, err := programs.Find()
				if err != nil {
					return err
				}
				if err := set.Write(c.Context(), tools); err != nil {
					return err
				}
			}
			if config != "" {
				dt, err := json.MarshalIndent(g.Image, "", "  ")
				if err != nil {
					return err
				}
				if err := os.WriteFile(config, append(dt, '\n'), 0o644); err != nil {
					return err
				}
			}
			out := c.OutOrStdout()
			if output != "" {
				f, err := os.Create(output)
				if err != nil {
					return err
				}
				defer f.Close()
				out = f
			}
			return writeGraph(out, g.Definition, format)
		},
	}
	q.askFlags(c)
	f := c.Flags()
	f.StringVar(&format, "format", "pb", "pb, json or dot")
	f.StringVarP(&output, "output", "o", "", "file to write instead of the standard output")
	f.StringVar(&config, "image-config", "", "file for the image's configuration")
	f.StringVar(&tools, "programs", "", "folder for the programs that run in the steps")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"pb", "json", "dot"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// operation is a vertex in the form of `buildctl debug dump-llb`.
type operation struct {
	Op         *pb.Op
	Digest     digest.Digest
	OpMetadata *pb.OpMetadata
}

// writeGraph writes a graph in a format.
func writeGraph(w io.Writer, definition []byte, format string) error {
	if format == "pb" {
		if isTerminal(w) {
			return errors.New("protobuf is not for a terminal: name a file with -o, or another --format")
		}
		_, err := w.Write(definition)
		return err
	}
	var def pb.Definition
	if err := def.UnmarshalVT(definition); err != nil {
		return err
	}
	var all []operation
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return err
		}
		dgst := digest.FromBytes(dt)
		all = append(all, operation{&op, dgst, def.Metadata[string(dgst)]})
	}
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		for _, op := range all {
			if err := enc.Encode(op); err != nil {
				return err
			}
		}
		return nil
	case "dot":
		return writeDot(w, all)
	}
	return fmt.Errorf("--format %s: there are pb, json and dot", format)
}

// writeDot writes a graph for Graphviz, by the names that the progress shows.
func writeDot(w io.Writer, all []operation) error {
	var b strings.Builder
	b.WriteString("digraph moult {\n  rankdir=LR;\n  node [fontname=\"Helvetica\" fontsize=10 style=filled fillcolor=\"#ffffff\"];\n")
	for n, op := range all {
		if n == len(all)-1 {
			break // names the result, nothing else
		}
		label, shape, colour := look(op.Op)
		if name := op.OpMetadata.GetDescription()["llb.customname"]; name != "" {
			label = name
		}
		fmt.Fprintf(&b, "  %q [label=%q shape=%s fillcolor=%q];\n", op.Digest.Encoded()[:12], label, shape, colour)
	}
	for n, op := range all {
		if n == len(all)-1 {
			break
		}
		for i, in := range op.Op.Inputs {
			label := ""
			for _, m := range op.Op.GetExec().GetMounts() {
				if int(m.Input) == i && m.Dest != "/" {
					label = m.Dest
				}
			}
			fmt.Fprintf(&b, "  %q -> %q [label=%q fontsize=8];\n", digest.Digest(in.Digest).Encoded()[:12], op.Digest.Encoded()[:12], label)
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// look returns the label, the shape and the colour of an operation.
func look(op *pb.Op) (label, shape, colour string) {
	switch {
	case op.GetSource() != nil:
		return op.GetSource().Identifier, "ellipse", "#dbe9f6"
	case op.GetExec() != nil:
		args := op.GetExec().GetMeta().GetArgs()
		if len(args) > 0 {
			args = append([]string{path.Base(args[0])}, args[1:]...)
		}
		return strings.Join(args, " "), "box", "#fde8cd"
	case op.GetFile() != nil:
		return "files", "note", "#eeeeee"
	case op.GetMerge() != nil:
		return "merge", "invtriangle", "#dff0d8"
	case op.GetDiff() != nil:
		return "diff", "diamond", "#f2dede"
	}
	return "operation", "plaintext", "#ffffff"
}
