package embedded

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/cmd/buildkitd/config"
	"github.com/moby/buildkit/util/appdefaults"
)

// Options of the embedded BuildKit.
type Options struct {
	// Root is the folder with its cache; empty is the usual one.
	Root string
	// Config is the path of a buildkitd.toml; empty is the usual one, which
	// need not exist.
	Config string
	// Wait is told that another program uses Root and is waited for; nil tells
	// nobody.
	Wait func(root string)
}

// The environment variables that take the place of options.
const (
	RootVariable   = "MOULT_ROOT"
	ConfigVariable = "MOULT_BUILDKIT_CONFIG"
)

// LoadConfig reads BuildKit's own configuration file, of which the registries,
// the garbage collection and the worker's limits count. The file is the given
// one, or that of ConfigVariable, or the one that buildkitd would read.
func LoadConfig(name string) (config.Config, error) {
	if name == "" {
		name = os.Getenv(ConfigVariable)
	}
	if name == "" {
		dir := appdefaults.ConfigDir
		if rootless() {
			dir = appdefaults.UserConfigDir()
		}
		// A file that is not there is an empty one.
		return config.LoadFile(filepath.Join(dir, "buildkitd.toml"))
	}
	if _, err := os.Stat(name); err != nil {
		return config.Config{}, fmt.Errorf("BuildKit's configuration: %w", err)
	}
	return config.LoadFile(name)
}

// DefaultRoot is the folder with the cache where nothing else is said. A user
// without a home has none: in a folder for everybody somebody else could have
// prepared it.
func DefaultRoot() (string, error) {
	if dir := os.Getenv(RootVariable); dir != "" {
		return dir, nil
	}
	if !rootless() {
		return "/var/lib/moult", nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "moult"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder for its cache, because HOME is not set: set it, or %s to a folder of your own", RootVariable)
	}
	return filepath.Join(home, ".local", "share", "moult"), nil
}
