// Package applications builds the applications of docs/applications from their
// published sources, starts them and calls them.
//
// The input is applications.toml: for each application its release on the
// package index and what its image must answer. The build file is the one in
// docs/applications/built of the same name. Sources are downloaded and checked by
// their hash; none of them is part of this repository. The output are results,
// of which WritePage makes the table in docs/applications.md. It needs the lab.
package applications

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"
)

//go:embed applications.toml
var table []byte

//go:embed guide.Dockerfile
var guide []byte

// compares reports whether the image is compared with that of a Dockerfile.
func (a Application) compares() bool { return a.Guide || a.Dockerfile != "" }

// Application is one application and the way to try its image.
type Application struct {
	// Name is that of the build file, Package that on the package index; the
	// same if it is empty.
	Name    string `toml:"name"`
	Package string `toml:"package"`
	// Version and SHA256 are those of the sdist.
	Version string `toml:"version"`
	SHA256  string `toml:"sha256"`
	// Repository is where the project is developed.
	Repository string `toml:"repository"`
	// Files are added to the sources, by their path.
	Files map[string]string `toml:"files"`
	// Port and Path are requested; the answer has Status, 200 if it is zero, and
	// contains Expect. Without a port the image is a program: it is run with
	// Args, and its output contains Expect.
	Port   int      `toml:"port"`
	Path   string   `toml:"path"`
	Status int      `toml:"status"`
	Expect string   `toml:"expect"`
	Args   []string `toml:"args"`
	// ReadOnly starts it with a read-only root file system, and a tmpfs at /tmp
	// and each of Tmpfs.
	ReadOnly bool     `toml:"read-only"`
	Tmpfs    []string `toml:"tmpfs"`
	// Edit is a source file that is changed for the second build, if the image is
	// compared.
	Edit string `toml:"edit"`
	// Dockerfile is the project's own in its sources, if it can be built in the
	// lab. Bases replaces its images by those that the lab has.
	Dockerfile string            `toml:"dockerfile"`
	Bases      map[string]string `toml:"bases"`
	// Guide compares it with guide.Dockerfile, because its sources have none.
	Guide bool `toml:"guide"`
	// NoDockerfile says why the project's own is not compared.
	NoDockerfile string `toml:"no-dockerfile"`
	// Note is about the build file.
	Note string `toml:"note"`
}

// Table returns all applications.
func Table() ([]Application, error) {
	var t struct {
		Application []Application `toml:"application"`
	}
	if err := gotoml.Unmarshal(table, &t); err != nil {
		return nil, fmt.Errorf("applications.toml: %w", err)
	}
	for i := range t.Application {
		a := &t.Application[i]
		if a.Package == "" {
			a.Package = a.Name
		}
		if a.Status == 0 {
			a.Status = 200
		}
	}
	return t.Application, nil
}

// Select returns the applications with some names, which are separated by commas; all of them for "". A name without
// an application is an error.
func Select(all []Application, names string) ([]Application, error) {
	if names == "" {
		return all, nil
	}
	var selected []Application
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(a Application) bool { return a.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no application %q in applications.toml", name)
		}
		selected = append(selected, all[i])
	}
	return selected, nil
}
