package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/docker/go-units"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// cudaTorch finds the packages for NVIDIA's GPUs that PyTorch's default builds
// require, in an image that is not for a GPU.
func cudaTorch(p Plan) []Finding {
	at := slices.IndexFunc(p.Plan.Packages, func(pkg plan.Package) bool { return pkg.Name == "torch" })
	if at < 0 || asksForGPU(p) {
		return nil
	}
	count, size := 0, int64(0)
	for _, pkg := range p.Plan.Packages {
		if strings.HasPrefix(pkg.Name, "nvidia-") || pkg.Name == "triton" {
			count++
			size += pkg.Size
		}
	}
	if count == 0 {
		return nil
	}
	bring := fmt.Sprintf("%d packages for CUDA", count)
	if size > 0 {
		bring += " of " + units.HumanSize(float64(size))
	}
	torch := p.Plan.Packages[at]
	return []Finding{{Rule: CudaTorch, Pos: p.packagePos(torch),
		Msg:  fmt.Sprintf("torch %s brings %s, which only a GPU can use, and nothing here asks for one", torch.Version, bring),
		Hint: "take torch from PyTorch's index of CPU builds; or say that a GPU is meant, by a base image with CUDA or env = {NVIDIA_VISIBLE_DEVICES = \"all\"}"}}
}

// asksForGPU reports whether an image is for NVIDIA's GPUs: its base has CUDA,
// a variable for the container runtime says so, or a target or an extra has
// such a name.
func asksForGPU(p Plan) bool {
	for _, name := range []string{"NVIDIA_VISIBLE_DEVICES", "CUDA_VERSION"} {
		if environment.Getenv(p.BaseEnv, name) != "" {
			return true
		}
	}
	for _, v := range p.Settings.Env {
		if strings.HasPrefix(v.Name, "NVIDIA_") || strings.HasPrefix(v.Name, "CUDA_") {
			return true
		}
	}
	words := []string{p.Plan.Base, p.Settings.Target}
	for _, e := range append(slices.Clone(p.Settings.Extras), p.Settings.Groups...) {
		words = append(words, e.V)
	}
	return slices.ContainsFunc(words, func(word string) bool {
		word = strings.ToLower(word)
		return strings.Contains(word, "cuda") || strings.Contains(word, "gpu") || strings.Contains(word, "nvidia")
	})
}

// compiledPackage finds packages from an index that have no wheel for the
// platform. In an unlocked project pip has compiled them already. Such a wheel
// has the platform tag "linux" instead of "manylinux".
func compiledPackage(p Plan) []Finding {
	sdists := map[string]bool{}
	if p.Plan.Building != nil {
		for _, s := range p.Plan.Building.Sources {
			sdists[s.Name] = s.Download() != nil
		}
	}
	meant := map[string]bool{} // packages that the user wants to be built
	for _, s := range p.Settings.Packages {
		if s.NoBinary {
			meant[s.Name] = true
		}
	}
	direct := func(list []project.Requirement) {
		for _, r := range list {
			if r.URL != "" {
				meant[r.NormalizedName()] = true // the user has named a repository or a file
			}
		}
	}
	direct(p.Dependencies)
	for _, f := range p.RequirementFiles {
		direct(f.Requirements)
	}
	var found []Finding
	for _, pkg := range p.Plan.Packages {
		if compiled := sdists[pkg.BuiltFrom()] || compiledHere(pkg.Resolved()) && !fromFolder(p, pkg.Name); !compiled || meant[pkg.Name] {
			continue
		}
		found = append(found, Finding{Rule: CompiledPackage, Pos: p.packagePos(pkg),
			Msg: fmt.Sprintf("%s has no wheel for Python %s on %s with %s and is built from its source",
				strings.TrimSpace(pkg.Name+" "+pkg.Version), p.Environment.Python.Name(), p.Environment.Platform, p.Environment.Libc),
			Hint: "choose a version, a Python or a base that it has a wheel for; see docker buildx build --call plan"})
	}
	return found
}

// fromFolder reports whether a package is built from a folder of the build
// context.
func fromFolder(p Plan, name string) bool {
	return p.Plan.Building != nil && slices.ContainsFunc(p.Plan.Building.Sources, func(s plan.Source) bool {
		return s.Name == name && s.Download() == nil && s.Choice() == nil
	})
}

// compiledHere reports whether the build has compiled a wheel: its platform tag
// is "linux_...".
func compiledHere(filename string) bool {
	w, err := tags.ParseWheelFilename(filename)
	return err == nil && slices.ContainsFunc(w.Tags.Platforms, func(p string) bool { return strings.HasPrefix(p, "linux_") })
}
