package build

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/confine"
	"github.com/moult-build/moult/internal/step/legacy"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Wheels is one run of pip's resolver: requirements in, wheels out.
type Wheels struct {
	// Python is the interpreter that has pip.
	Python string
	// Requirements is the file with the requirement list.
	Requirements string
	// Constraints is a constraints file, or empty; BuildConstraints is one for
	// build requirements.
	Constraints, BuildConstraints string
	// Wheels are folders with one wheel each; if their packages are needed, pip
	// has to take these wheels.
	Wheels []string
	// Own are wheels that pip has to take.
	Own []protocol.OwnWheel
	// Indexes are asked in this order, the first one as the main index;
	// none means pip's default.
	Indexes []Index
	// Out is the folder for the wheels.
	Out     string
	Console *Console
	// Epoch is the time (Unix seconds) stamped into wheels that are built
	// from source.
	Epoch int64
}

// pipLog is pip's detailed log. pip's output does not mention an index that
// refuses or fails, as if the index had no files.
const pipLog = protocol.Tmp + "/pip.log"

// pipOptions stop pip's messages about itself and its questions.
var pipOptions = []string{"--disable-pip-version-check", "--no-input", "--progress-bar=off", "--log", pipLog}

// Make resolves the requirements and writes one wheel for each package of the
// resolution to Out. A package without a wheel is built from its sdist, whose
// code sees none of the passwords (package confine).
func (w Wheels) Make(ctx context.Context) error {
	env, err := network()
	if err != nil {
		return err
	}
	index, err := w.Console.indexEnvironment(w.Indexes)
	if err != nil {
		return err
	}
	env = append(env, index...)
	env = append(env, buildEnvironment(w.Epoch)...)
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	common := append([]string{"pip", "wheel"}, pipOptions...)
	args := append(slices.Clone(common), "--wheel-dir", w.Out, "--requirement", w.Requirements)
	if w.Constraints != "" {
		args = append(args, "--constraint", w.Constraints)
	}
	if len(w.Own) > 0 {
		file, err := require(w.Own)
		if err != nil {
			return err
		}
		args = append(args, "--requirement", file)
	}
	if len(w.Wheels) > 0 {
		if err := w.takesConstraints(ctx); err != nil {
			return err
		}
		file, err := pin(w.Wheels)
		if err != nil {
			return err
		}
		args = append(args, "--constraint", file)
	}
	if w.BuildConstraints != "" {
		env = append(env, "PIP_BUILD_CONSTRAINT="+w.BuildConstraints)
		if old, err := w.oldPip(ctx); err != nil {
			return err
		} else if old {
			env = append(env, "PIP_CONSTRAINT="+w.BuildConstraints)
		}
	}
	err = w.pip(ctx, args, env)
	if err != nil && w.Console.lacksOldSetuptools(ctx) {
		env = append(env, confine.NewestSetuptools)
		err = w.pip(ctx, args, env)
	}
	if err != nil {
		w.Console.tellFailure()
		return fmt.Errorf("resolving the requirements: %w", err)
	}
	if err := checkWheels(w.Out); err != nil {
		return err
	}
	return w.addSetuptools(ctx, env, common)
}

// pip runs pip.
func (w Wheels) pip(ctx context.Context, args, env []string) error {
	command, env, err := confine.Pip(w.Python, args, env)
	if err != nil {
		return err
	}
	return w.Console.command(ctx, env, "", command[0], command[1:]...)
}

// oldPip reports whether pip is older than 25.3. Such a pip has no separate
// constraints for builds; its constraints apply to builds too.
func (w Wheels) oldPip(ctx context.Context) (bool, error) {
	v, err := pipVersion(ctx, w.Python)
	if err != nil {
		return false, err
	}
	return olderThan(v, 25, 3), nil
}

// takesConstraints fails if pip does not take a wheel's file as a constraint,
// which it does since 21.1.
func (w Wheels) takesConstraints(ctx context.Context) error {
	v, err := pipVersion(ctx, w.Python)
	if err != nil || !olderThan(v, 21, 1) {
		return err
	}
	return fmt.Errorf("the builder's pip %s cannot be told which file of a package to take, which it needs for packages with an index or build settings of their own; "+
		"it must be 21.1 or newer: write builder = \"IMAGE\" with an image that has one, or lock the project", v)
}

func pipVersion(ctx context.Context, python string) (pep440.Version, error) {
	out, err := exec.CommandContext(ctx, python, "-c", "import pip; print(pip.__version__)").Output()
	if err != nil {
		return pep440.Version{}, fmt.Errorf("asking pip for its version: %w", err)
	}
	return pep440.Parse(strings.TrimSpace(string(out)))
}

func olderThan(v pep440.Version, major, minor int) bool {
	return v.Release(0) < major || v.Release(0) == major && v.Release(1) < minor
}

// require writes requirements that are wheels in folders.
func require(own []protocol.OwnWheel) (file string, err error) {
	var lines []string
	for _, o := range own {
		line, err := fileRequirement(o.Folder, o.Extras)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	file = filepath.Join(protocol.Tmp, "own.txt")
	return file, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

// fileRequirement is the requirement for the wheel in a folder.
func fileRequirement(dir string, extras []string) (string, error) {
	wheel, err := wheelIn(dir)
	if err != nil {
		return "", err
	}
	name, err := tags.ParseWheelFilename(filepath.Base(wheel))
	if err != nil {
		return "", err
	}
	text := name.Name
	if len(extras) > 0 {
		text += "[" + strings.Join(extras, ",") + "]"
	}
	return text + " @ " + (&url.URL{Scheme: "file", Path: wheel}).String(), nil
}

// pin writes constraints so that pip takes the wheels in the given folders.
func pin(wheels []string) (file string, err error) {
	var lines []string
	for _, dir := range wheels {
		line, err := fileRequirement(dir, nil)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	file = filepath.Join(protocol.Tmp, "pinned.txt")
	return file, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

// checkWheels checks that pip has written only wheels, so that later steps
// need not check it.
func checkWheels(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".whl") || !e.Type().IsRegular() {
			return fmt.Errorf("the folder of wheels holds %q, which is no wheel", e.Name())
		}
	}
	return nil
}

// buildEnvironment are the variables that make compiled wheels the same on
// every machine. ZIP archives have no time before 1980. Compiler flags are
// not set, because CFLAGS would replace Python's own flags, including -O2.
func buildEnvironment(epoch int64) []string {
	return []string{
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch),
		"PYTHONHASHSEED=0",
		"PYTHONDONTWRITEBYTECODE=1",
	}
}

// lacksOldSetuptools reports whether pip has failed because the indexes have no setuptools of the Python's time (package
// legacy). The newest one may do.
func (c *Console) lacksOldSetuptools(ctx context.Context) bool {
	log, err := os.ReadFile(pipLog)
	if ctx.Err() != nil || err != nil || !legacy.Missing(string(log)) {
		return false
	}
	fmt.Fprintln(c, "The index has no setuptools of this Python's time, so the newest builds what has no pyproject.toml.")
	return true
}

// tellFailure prints the parts of pip's log that explain a failure: the output
// of a failed command, the pages of an index that pip could not read, and the
// wheels that do not fit. It omits missing pages (404), because an index need
// not have every package.
func (c *Console) tellFailure() {
	log, err := os.ReadFile(pipLog)
	if err != nil {
		return
	}
	for _, line := range failedCommand(string(log)) {
		fmt.Fprintln(c, line)
	}
	for line := range strings.Lines(string(log)) {
		at := strings.Index(line, "Could not fetch URL")
		if at >= 0 && !strings.Contains(line, ": 404 ") {
			fmt.Fprintln(c, strings.TrimSpace(line[at:]))
		}
	}
	// Only for the frontend, because the list can have a hundred names.
	for _, file := range unfitWheels(c.said(), string(log)) {
		c.Remember(UnfitWheel + file)
	}
}
