package build

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/wheel"
	"github.com/moult-build/moult/internal/step/protocol"
)

// withPkgResources is the requirement for a setuptools that has pkg_resources,
// which setuptools has until 81.
const withPkgResources = "setuptools<82"

// addSetuptools gives packages that import pkg_resources or distutils a setuptools that
// has it. They say at most that they need any setuptools, because every virtual
// environment had one before Python 3.12: pip would leave that one as it is, and
// takes the newest where there is none, as here.
func (w Wheels) addSetuptools(ctx context.Context, env, common []string) error {
	by, newest, err := lacksSetuptools(w.Out, w.Requirements, w.Python)
	if err != nil || by == "" {
		return err
	}
	dir, err := os.MkdirTemp(protocol.Tmp, "setuptools")
	if err != nil {
		return err
	}
	args := append(slices.Clone(common), "--no-deps", "--only-binary", ":all:", "--wheel-dir", dir, withPkgResources)
	if w.Constraints != "" {
		args = append(args, "--constraint", w.Constraints)
	}
	fmt.Fprintf(w.Console, "%s needs %s without saying so\n", by, withPkgResources)
	if err := w.pip(ctx, args, env); err != nil {
		return ctx.Err() // what pip has resolved stays as it is
	}
	found, err := wheelIn(dir)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(found)
	if err != nil {
		return err
	}
	if newest != "" {
		if err := os.Remove(filepath.Join(w.Out, newest)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(w.Out, filepath.Base(found)), content, 0o644)
}

// lacksSetuptools finds a package among the wheels of a folder that imports
// pkg_resources, or distutils where Python has none of its own, if no wheel has it
// and nothing rules out a setuptools that does. newest is the wheel of a setuptools
// without pkg_resources; "" if there is none.
func lacksSetuptools(dir, requirements, python string) (by, newest string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", "", err
	}
	content, err := os.ReadFile(requirements)
	if err != nil || decides(string(content)) {
		return "", "", err
	}
	distutils := ""
	for _, e := range entries {
		name, err := wheel.SplitFilename(e.Name())
		if err != nil {
			continue
		}
		if pep503.Normalize(name.Name) == "setuptools" {
			newest = e.Name()
			if v, err := pep440.Parse(name.Version); err != nil || v.Release(0) < 82 {
				return "", "", nil
			}
			continue
		}
		in, err := inspectWheel(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", "", fmt.Errorf("reading %s: %w", e.Name(), err)
		}
		if in.newer {
			return "", "", nil
		}
		if in.pkgResources && by == "" {
			by = name.Name
		}
		if in.distutils && distutils == "" {
			distutils = name.Name
		}
	}
	if by == "" && newest == "" && !hasDistutils(python) {
		by = distutils // each setuptools has it
	}
	return by, newest, nil
}

// hasDistutils reports whether a Python, by the name of its interpreter, has distutils
// of its own, as those before 3.12.
func hasDistutils(python string) bool {
	_, minor, ok := strings.Cut(filepath.Base(python), "python3.")
	n, err := strconv.Atoi(strings.TrimSuffix(minor, "t"))
	return !ok || err != nil || n < 12
}

// decides reports whether the project's requirements rule out a setuptools with
// pkg_resources, or every index.
func decides(requirements string) bool {
	for line := range strings.Lines(requirements) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "--no-index") || needsNewer(line) {
			return true
		}
	}
	return false
}

// needsNewer reports whether a requirement, which is not one of an extra, rules out
// the last setuptools with pkg_resources.
func needsNewer(text string) bool {
	r, err := pep508.ParseRequirement(text)
	if err != nil || pep503.Normalize(r.Name) != "setuptools" || r.Marker != nil && strings.Contains(text, "extra ") {
		return false
	}
	last, err := pep440.Parse("81.0.0")
	return err != nil || r.URL != "" || !r.Specifier.Contains(last, pep440.PrereleasesDenied)
}

// These match an import that runs whenever Python loads the source.
var (
	importsPkgResources = regexp.MustCompile(`(?m)^(?:from pkg_resources[. ]|import (?:[^#\n]*[ ,])?pkg_resources\b|__import__\(['"]pkg_resources)`)
	importsDistutils    = regexp.MustCompile(`(?m)^(?:from|import) distutils\.(?:version|util|spawn|dir_util)\b`)
)

// inspected is what a wheel has of setuptools.
type inspected struct {
	// newer is true if it needs one without pkg_resources.
	newer bool
	// pkgResources and distutils are true if one of its modules imports them when it
	// is loaded. Of distutils only the modules count that programs use: the others
	// build packages.
	pkgResources, distutils bool
}

// maxInspected is the size of a wheel whose sources are searched: those that
// import pkg_resources are small, and data is large.
const maxInspected = 4 << 20

// inspectWheel reads a wheel's requirements and sources.
func inspectWheel(file string) (inspected, error) {
	var in inspected
	r, err := zip.OpenReader(file)
	if err != nil {
		return in, err
	}
	defer r.Close()
	info, err := os.Stat(file)
	if err != nil {
		return in, err
	}
	for _, f := range r.File {
		metadata := path.Base(f.Name) == "METADATA" && strings.HasSuffix(path.Dir(f.Name), wheel.DistInfo) && strings.Count(f.Name, "/") == 1
		source := path.Ext(f.Name) == ".py" && info.Size() <= maxInspected && !ofTests(f.Name)
		if !metadata && !source || f.UncompressedSize64 > maxInspected {
			continue
		}
		content, err := readMember(f)
		if err != nil {
			return in, err
		}
		if metadata {
			in.newer = needsNewerOf(content)
		}
		in.pkgResources = in.pkgResources || source && importsPkgResources.Match(content)
		in.distutils = in.distutils || source && importsDistutils.Match(content)
	}
	return in, nil
}

// ofTests reports whether a file is one that a program does not load: a test, or
// what setuptools loads while it builds something.
func ofTests(name string) bool {
	for part := range strings.SplitSeq(strings.TrimSuffix(name, ".py"), "/") {
		if part == "test" || part == "tests" || strings.HasPrefix(part, "test_") || part == "conftest" || strings.HasPrefix(part, "setup") || strings.Contains(part, "distutils") || strings.Contains(part, "Distutils") {
			return true
		}
	}
	return false
}

// needsNewerOf reports whether one of a wheel's requirements does.
func needsNewerOf(metadata []byte) bool {
	return slices.ContainsFunc(wheel.Fields(metadata), func(f wheel.Field) bool { return f.Key == "requires-dist" && needsNewer(f.Value) })
}

// readMember reads a file of an archive, up to maxInspected.
func readMember(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxInspected))
}
