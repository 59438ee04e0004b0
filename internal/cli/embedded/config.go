package embedded

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/cmd/buildkitd/config"
	"github.com/moby/buildkit/util/appdefaults"
)

// Options are those of the embedded BuildKit.
type Options struct {
	// Root is the folder with its cache; empty means DefaultRoot.
	Root string
	// Config is the path of a buildkitd.toml; empty means the default one, which
	// need not exist.
	Config string
	// Wait is called if the start has to wait for another program that uses Root;
	// it may be nil.
	Wait func(root string)
}

// The environment variables for options that are not set.
const (
	RootVariable   = "MOULT_ROOT"
	ConfigVariable = "MOULT_BUILDKIT_CONFIG"
)

// LoadConfig reads BuildKit's own configuration file: the given one, that of
// ConfigVariable, or the one that buildkitd would read. The embedded BuildKit
// uses its registries, its garbage collection and the worker's limits.
func LoadConfig(name string) (config.Config, error) {
	if name == "" {
		name = os.Getenv(ConfigVariable)
	}
	if name == "" {
		dir := appdefaults.ConfigDir
		if rootless() {
			dir = appdefaults.UserConfigDir()
		}
		// A missing file counts as an empty one.
		return config.LoadFile(filepath.Join(dir, "buildkitd.toml"))
	}
	if _, err := os.Stat(name); err != nil {
		return config.Config{}, fmt.Errorf("BuildKit's configuration: %w", err)
	}
	return config.LoadFile(name)
}

// DefaultRoot returns the default folder of the cache. It is an error for a
// user without a home folder, because somebody else could have prepared a
// folder that all users can write.
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
