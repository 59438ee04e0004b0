package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session/filesync"
	"github.com/tonistiigi/go-csvvalue"
)

// output is the destination of a build's result.
type output struct {
	kind  string
	attrs map[string]string
	// load is true if Docker gets the image, push if a registry does.
	load, push bool
}

// parseOutput reads one -o: TYPE=..., or the name of a folder, or - for a tar
// archive on the standard output.
func parseOutput(arg string) (output, error) {
	o := output{attrs: map[string]string{}}
	if !strings.Contains(arg, "=") {
		if arg == "-" {
			o.kind = client.ExporterTar
		} else {
			o.kind = client.ExporterLocal
		}
		o.attrs["dest"] = arg
		return o, nil
	}
	fields, err := csvvalue.Fields(arg, nil)
	if err != nil {
		return o, fmt.Errorf("-o %s: %w", arg, err)
	}
	for _, field := range fields {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return o, fmt.Errorf("-o %s: %q is not NAME=VALUE", arg, field)
		}
		if name == "type" {
			o.kind = value
		} else {
			o.attrs[name] = value
		}
	}
	switch o.kind {
	case "registry":
		o.kind, o.push = client.ExporterImage, true
	case client.ExporterImage:
		o.push, _ = strconv.ParseBool(o.attrs["push"])
		delete(o.attrs, "push")
	case client.ExporterDocker:
		o.load = o.attrs["dest"] == ""
	case client.ExporterLocal, client.ExporterTar, client.ExporterOCI:
		if o.attrs["dest"] == "" {
			return o, fmt.Errorf("-o %s: it needs dest=PATH", arg)
		}
	case "":
		return o, fmt.Errorf("-o %s: it needs type=...", arg)
	default:
		return o, fmt.Errorf("-o %s: unknown type; there are local, tar, oci, docker, image and registry", arg)
	}
	return o, nil
}

// outputs are those of a build's flags.
func outputs(args []string, push, load bool) ([]output, error) {
	var all []output
	for _, arg := range args {
		o, err := parseOutput(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	if push {
		at := slices.IndexFunc(all, func(o output) bool { return o.kind == client.ExporterImage })
		if at < 0 {
			all = append(all, output{kind: client.ExporterImage, attrs: map[string]string{}})
			at = len(all) - 1
		}
		all[at].push = true
	}
	if load && !slices.ContainsFunc(all, func(o output) bool { return o.load }) {
		all = append(all, output{kind: client.ExporterDocker, attrs: map[string]string{}, load: true})
	}
	return all, nil
}

// entry is the output as BuildKit takes it; sink takes the image for Docker.
func (o output) entry(tags []string, inDocker bool, sink filesync.FileOutputFunc) (client.ExportEntry, error) {
	e := client.ExportEntry{Type: o.kind, Attrs: map[string]string{}}
	maps.Copy(e.Attrs, o.attrs)
	if _, ok := e.Attrs["name"]; !ok && len(tags) > 0 && o.kind != client.ExporterLocal && o.kind != client.ExporterTar {
		e.Attrs["name"] = strings.Join(tags, ",")
	}
	dest := e.Attrs["dest"]
	delete(e.Attrs, "dest")
	switch o.kind {
	case client.ExporterImage:
		if e.Attrs["name"] == "" && o.push {
			return e, errors.New("pushing needs a name: -t REGISTRY/NAME:TAG")
		}
		if inDocker {
			// Docker's BuildKit keeps images in the engine's store, from
			// where the docker command pushes them.
			e.Type = "moby"
		} else if o.push {
			e.Attrs["push"] = "true"
		}
	case client.ExporterDocker:
		switch {
		case o.load && inDocker:
			e.Type = "moby"
		case o.load:
			e.Output = sink
		default:
			e.Output = toFile(dest)
		}
	case client.ExporterLocal:
		e.OutputDir = dest
	case client.ExporterTar:
		e.Output = toFile(dest)
	case client.ExporterOCI:
		if tar, err := strconv.ParseBool(e.Attrs["tar"]); err == nil && !tar {
			e.OutputDir = dest
		} else {
			e.Output = toFile(dest)
		}
	}
	return e, nil
}

// toFile creates the file when there is content to write, so that a failed
// build does not replace an old file.
func toFile(dest string) filesync.FileOutputFunc {
	return func(map[string]string) (io.WriteCloser, error) {
		if dest == "-" {
			if terminal(os.Stdout) {
				return nil, errors.New("an archive is not written to a terminal; name a file: -o type=...,dest=FILE")
			}
			return os.Stdout, nil
		}
		return os.Create(dest)
	}
}
