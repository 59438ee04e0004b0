package images

import (
	"crypto/sha256"
	_ "embed" // for the scripts
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Recipe says how one base image is made from Debian's packages.
type Recipe struct {
	// Name is the recipe's own name, for files and messages.
	Name string
	// Suite is the Debian release: bookworm has Python 3.11, trixie 3.13.
	Suite string
	// Arch is Debian's name of the architecture. Another one than the machine's is only extracted, never run.
	Arch string
	// Include lists the packages beside the minimal system.
	Include []string
	// Repository and Tags are the image's names on Docker Hub.
	Repository string
	Tags       []string
	// Python is the interpreter's version, X.Y, and Kind is slim or full.
	Python, Kind string
}

//go:embed python.sh
var pythonScript string

var slimPackages = []string{"ca-certificates", "netbase", "python3", "tzdata"}

// fullPackages are a moderate part of what the official image inherits from buildpack-deps.
var fullPackages = []string{
	"ca-certificates", "g++", "gcc", "git", "libffi-dev", "libpq-dev", "libssl-dev", "make", "netbase",
	"openssh-client", "patch", "pkg-config", "python3", "python3-dev", "python3-venv", "tzdata", "zlib1g-dev",
}

// Pythons lists the recipes of the Python images, the most used first.
func Pythons() []Recipe {
	var list []Recipe
	for _, release := range []struct{ version, suite string }{{"3.13", "trixie"}, {"3.11", "bookworm"}} {
		for _, kind := range []string{"slim", "full"} {
			r := Recipe{
				Name: "python-" + release.version + "-" + kind, Suite: release.suite, Arch: "amd64",
				Repository: "library/python", Python: release.version, Kind: kind,
			}
			if kind == "slim" {
				r.Include = slimPackages
				r.Tags = []string{release.version + "-slim", release.version + "-slim-" + release.suite}
			} else {
				r.Include = fullPackages
				r.Tags = []string{release.version, release.version + "-" + release.suite}
			}
			if release.version == "3.11" {
				// Bookworm keeps distutils apart.
				r.Include = append(append([]string{}, r.Include...), "python3-distutils")
			}
			list = append(list, r)
		}
	}
	return list
}

// Hash changes with everything that the image is made by, but for the state of Debian's archive.
func (r Recipe) Hash() string {
	data, err := json.Marshal(struct {
		Recipe
		Script string
		Format int
	}{r, pythonScript, 1})
	if err != nil {
		// A struct of strings always marshals.
		data = []byte(err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:20]
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
