package images

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Recipe is the recipe for one base image from Debian's packages, or with a Python that was compiled on this machine.
type Recipe struct {
	// Name is the recipe's own name, for files and messages.
	Name string
	// Suite is the Debian release: bookworm has Python 3.11, trixie 3.13, the unstable sid 3.14 and 3.15.
	Suite string
	// Arch is Debian's name of the architecture. Another one than the machine's is only extracted, never run.
	Arch string
	// Include lists the packages beside the minimal system.
	Include []string
	// Repository and Tags are the image's names on Docker Hub.
	Repository string
	Tags       []string
	// Kind is slim or full for an image of Python, golang for one of Go, node for one of Node.
	Kind string
	// Version is the language's: X.Y of Python, X.Y.Z of Go, X of Node.
	Version string
	// Prefix is the folder of this machine from which Python comes, with Release as its full version; empty for Debian's.
	Prefix, Release string
	// Foreign lists further architectures, for which the image is put together without running anything in it.
	Foreign []string
}

// scripts are the files that make the image; mmdebstrap runs the first one.
func (r Recipe) scripts() []string {
	switch {
	case r.Kind == "golang":
		return []string{"golang.sh"}
	case r.Kind == "node":
		return []string{"node.sh"}
	case r.Prefix != "":
		return []string{"prefix.sh", "finish.sh"}
	case r.Kind == "full":
		return []string{"python.sh", "finish.sh", "setuptools.py"}
	default:
		return []string{"python.sh", "finish.sh"}
	}
}

// Golang is the recipe of the image of Go for a version like 1.26.8.
func Golang(version string) Recipe {
	minor := version[:max(strings.LastIndexByte(version, '.'), 0)]
	return Recipe{
		Name: "golang-" + version, Suite: "trixie", Arch: "amd64", Include: []string{"ca-certificates"},
		Repository: "library/golang", Tags: []string{version, minor}, Kind: "golang", Version: version,
	}
}

// node is the recipe of the image of Node. Debian's npm is in many packages, each of them small.
func node() Recipe {
	return Recipe{
		Name: "node-20", Suite: "trixie", Arch: "amd64", Include: []string{"ca-certificates", "nodejs", "npm"},
		Repository: "library/node", Tags: []string{"20-slim", "20-trixie-slim"}, Kind: "node", Version: "20",
	}
}

//go:embed *.sh *.py
var scriptFiles embed.FS

var slimPackages = []string{"ca-certificates", "netbase", "python3", "tzdata"}

// fullPackages are a moderate part of what the official image inherits from buildpack-deps.
var fullPackages = []string{
	"ca-certificates", "g++", "gcc", "git", "libffi-dev", "libpq-dev", "libssl-dev", "make", "netbase",
	"openssh-client", "patch", "pkg-config", "python3", "python3-dev", "python3-venv", "tzdata", "zlib1g-dev",
}

// All lists the recipes in the order in which they are wanted: the newest Python, Go in the given version (X.Y.Z), the
// other Python, Node.
func All(golang string) []Recipe {
	pythons := pythons()
	return append(append(append(pythons[:2:2], Golang(golang)), pythons[2:]...), node())
}

// Pythons lists the versions of Python that the lab has images of by itself, the most used first.
func Pythons() []string { return []string{"3.13", "3.11"} }

// MorePythons lists those of which it has images only if it is asked for them, because they change with each day of
// Debian's unstable release. A survey builds for them: it is for them that Moult plans a project that names no Python.
func MorePythons() []string { return []string{"3.14", "3.15"} }

// suites are the Debian releases that have these Pythons.
var suites = map[string]string{"3.11": "bookworm", "3.13": "trixie", "3.14": "sid", "3.15": "sid"}

// OfPythons lists the recipes of the images of these Pythons alone: X.Y for one of Debian's, X.Y=PREFIX for one that was
// compiled on this machine. A Python that the lab cannot have is an error.
func OfPythons(pythons ...string) ([]Recipe, error) {
	var list []Recipe
	for _, wanted := range pythons {
		version, prefix, compiled := strings.Cut(wanted, "=")
		if compiled {
			release, err := releaseOf(version, prefix)
			if err != nil {
				return nil, err
			}
			list = append(list, fromPrefix(version, prefix, release, "slim"), fromPrefix(version, prefix, release, "full"))
			continue
		}
		if suites[version] == "" {
			return nil, fmt.Errorf("the lab has no image of Python %s, only of %s, and of one that was compiled on this machine: %s=PREFIX",
				version, strings.Join(append(Pythons(), MorePythons()...), ", "), version)
		}
		list = append(list, python(version, "slim"), python(version, "full"))
	}
	return list, nil
}

// pythons lists the recipes of the Python images, in the order of Pythons.
func pythons() []Recipe {
	// There are images of each of them.
	list, _ := OfPythons(Pythons()...)
	return list
}

// Unstable is the recipe of the image of the Python in Debian's unstable release, slim or full. The lab does not have it,
// and under a name that is not Docker Hub's, because no other test counts on such a Python: `make test-bases` makes it.
func Unstable(kind string) Recipe {
	r := python("3.14", kind)
	r.Repository = "bases/python"
	return r
}

func python(version, kind string) Recipe {
	suite := suites[version]
	r := Recipe{
		Name: "python-" + version + "-" + kind, Suite: suite, Arch: "amd64",
		Repository: "library/python", Version: version, Kind: kind,
	}
	if kind == "slim" {
		r.Include = slimPackages
		r.Tags = []string{version + "-slim", version + "-slim-" + suite}
	} else {
		r.Include = fullPackages
		r.Tags = []string{version, version + "-" + suite}
	}
	if r.Name == "python-3.13-slim" {
		r.Foreign = []string{"arm64"}
	}
	if version == "3.15" {
		// Its python3 is 3.14.
		r.Include = slices.Clone(r.Include)
		for i, name := range r.Include {
			if strings.HasPrefix(name, "python3") {
				r.Include[i] = "python" + version + strings.TrimPrefix(name, "python3")
			}
		}
	}
	if version == "3.11" {
		// Bookworm keeps distutils apart.
		r.Include = append(append([]string{}, r.Include...), "python3-distutils")
	}
	return r
}

// Hash is a hash of everything from which the image is made, except for the state of Debian's archive.
func (r Recipe) Hash() string {
	hash := sha256.New()
	// A struct of strings always marshals, and an embedded file can always be read.
	_ = json.NewEncoder(hash).Encode(r)
	for _, name := range r.scripts() {
		data, _ := scriptFiles.ReadFile(name)
		fmt.Fprintf(hash, "%s %d\n%s", name, len(data), data)
	}
	return hex.EncodeToString(hash.Sum(nil))[:20]
}

// Hub is the image's reference without a registry, for each of its tags: library/python:3.13-slim.
func (r Recipe) Hub() []string {
	refs := make([]string, len(r.Tags))
	for i, tag := range r.Tags {
		refs[i] = fmt.Sprintf("%s:%s", r.Repository, tag)
	}
	return refs
}

func (r Recipe) String() string { return strings.Join(r.Hub(), ", ") }
