package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Application is a project that all contestants build.
type Application struct {
	Name, Title string
	// folders are copied over each other to make the build context. They are relative to the project's root.
	folders []string
	// Serves is the ASGI application, module:name.
	Serves string
	// Extension is the folder of its own compiled package, if it has one.
	Extension string
	// code is the module for the change of the code.
	code string
	// Probe is the path of the request for the first answer.
	Probe string
	// removes is true if it has the variant "remove".
	removes bool
	// shares is true if it has the variant "second", another project that shares most packages.
	shares bool
}

var applications = []Application{
	{
		Name: "app", Title: "93 packages", folders: []string{"bench/app"}, Serves: "shop.app:app", code: "shop/app.py",
		Probe: "/health", removes: true, shares: true,
	},
	{
		Name: "digits-api", Title: "the talk's application", folders: []string{"examples/digits-api", "bench/digits-api"},
		Serves: "digits.app:app", Extension: "convolution", code: "digits/app.py", Probe: "/health",
	},
}

// FindApplication returns an application by its name.
func FindApplication(name string) (Application, error) {
	for _, a := range applications {
		if a.Name == name {
			return a, nil
		}
	}
	return Application{}, fmt.Errorf("there is no application %q", name)
}

// Change is a change of an application before it is built again.
type Change string

// The changes that are measured.
const (
	None    Change = ""
	Code    Change = "code"
	Comment Change = "comment"
	Version Change = "version"
	Upgrade Change = "upgrade"
	Add     Change = "add"
	Remove  Change = "remove"
	Other   Change = Second
)

// has reports whether a change can be made to the application.
func (a Application) has(change Change) bool {
	switch change {
	case Remove:
		return a.removes
	case Other:
		return a.shares
	}
	return true
}

// prepare writes the build context of an application with one change into the folder dir, instead of its content. The
// text nonce makes changes of code and comments different from earlier ones.
func (a Application) prepare(root, dir string, c Contestant, change Change, nonce string) error {
	if err := empty(dir); err != nil {
		return err
	}
	for _, folder := range a.folders {
		if err := lay(filepath.Join(root, folder), dir); err != nil {
			return err
		}
	}
	last := filepath.Join(root, a.folders[len(a.folders)-1])
	switch change {
	case Upgrade, Add, Remove, Other:
		if err := lay(filepath.Join(last, "variants", string(change)), dir); err != nil {
			return err
		}
	case Code:
		if err := edit(filepath.Join(dir, a.code), func(s string) string { return s + "\nBUILD = \"" + nonce + "\"\n" }); err != nil {
			return err
		}
	case Comment:
		if err := edit(filepath.Join(dir, "pyproject.toml"), func(s string) string { return s + "\n# " + nonce + "\n" }); err != nil {
			return err
		}
	case Version:
		var number int
		for _, r := range nonce {
			number = (number*31 + int(r)) % 100000
		}
		version := regexp.MustCompile(`(?m)^version = "1\.0\.0"$`)
		if err := edit(filepath.Join(dir, "pyproject.toml"), func(s string) string {
			return version.ReplaceAllString(s, fmt.Sprintf(`version = "1.0.%d"`, number+1))
		}); err != nil {
			return err
		}
		// The locks also have the project's version, and uv compares it.
		own := regexp.MustCompile(`(?m)^(name = "(?:shop|digits-api)"\nversion = )"1\.0\.0"$`)
		if err := edit(filepath.Join(dir, "uv.lock"), func(s string) string {
			return own.ReplaceAllString(s, fmt.Sprintf(`$1"1.0.%d"`, number+1))
		}); err != nil {
			return err
		}
	}
	if c.unlocked {
		return unlock(dir)
	}
	return nil
}

// unlock makes a project without a lock: it removes the locks, and pins the direct dependencies in requirements.in, as
// a developer does by hand.
func unlock(dir string) error {
	pins := map[string]string{}
	text, err := os.ReadFile(filepath.Join(dir, "requirements.in"))
	if err != nil {
		return err
	}
	pin := regexp.MustCompile(`^([A-Za-z0-9._-]+)(\[[^]]*\])?\s*==\s*([^\s;]+)`)
	for line := range strings.Lines(string(text)) {
		if m := pin.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			pins[pep503.Normalize(m[1])] = m[3]
		}
	}
	requirement := regexp.MustCompile(`^(\s*")([A-Za-z0-9._-]+)(\[[^]]*\])?[^"]*(",?\s*)$`)
	err = edit(filepath.Join(dir, "pyproject.toml"), func(s string) string {
		var b strings.Builder
		listing := false
		for line := range strings.Lines(s) {
			switch {
			case strings.HasPrefix(line, "dependencies = ["):
				listing = true
			case strings.HasPrefix(line, "]"):
				listing = false
			case listing:
				if m := requirement.FindStringSubmatch(line); m != nil && pins[pep503.Normalize(m[2])] != "" {
					line = m[1] + m[2] + m[3] + "==" + pins[pep503.Normalize(m[2])] + m[4]
				}
			}
			b.WriteString(line)
		}
		return strings.Replace(b.String(), "[tool.moult]\n", "[tool.moult]\nlock = false\n", 1)
	})
	if err != nil {
		return err
	}
	for _, lock := range []string{"uv.lock", "poetry.lock"} {
		if err := os.Remove(filepath.Join(dir, lock)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// empty creates an empty folder.
func empty(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// lay copies a folder's files over those of another. It omits bytecode and the folders of variants.
func lay(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "__pycache__" || rel == "variants" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
}

// edit changes a file's text. It is an error if the text stays the same.
func edit(name string, change func(string) string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text := change(string(data))
	if text == string(data) {
		return fmt.Errorf("%s has nothing to change", name)
	}
	return os.WriteFile(name, []byte(text), 0o644)
}
