package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/step/fetch"
)

// installWithoutPip installs requirements into the empty environment if nothing but the indexes and the packages'
// metadata decides which files they are (see closure). pip takes a second to start where its own code has no bytecode,
// which is longer than the rest of most builds. It returns false, and an environment that is still empty, if pip has to
// do it: also after any error, because pip explains its own.
func (e Environment) installWithoutPip(ctx context.Context, env, requires []string) (bool, error) {
	if e.Constraints != "" || len(e.Wheels) > 0 {
		return false, nil
	}
	python, err := describe(ctx, e.Python)
	if err != nil || configured("/", os.Environ(), python.prefix) {
		return false, ctx.Err()
	}
	client, err := httpClient(env, once)
	if err != nil {
		return false, nil
	}
	dir, err := os.MkdirTemp("", "wheels-")
	if err != nil {
		return false, nil
	}
	defer os.RemoveAll(dir)
	indexes := e.Indexes
	if len(indexes) == 0 {
		indexes = []Index{{URL: indexpage.Default}}
	}
	if slices.ContainsFunc(indexes, func(i Index) bool { return !pipTrusts(i.URL) }) {
		return false, nil
	}
	c := closure{asks: asker{client: client}, indexes: indexes, python: python, dir: dir, console: e.Console}
	wheels, err := c.of(ctx, requires)
	if err == nil {
		err = e.layOut(wheels)
	}
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, errNeedsPip) {
		fmt.Fprintf(e.Console, "pip installs the build requirements, because of this: %v\n", err)
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err := empty(e.Out); err != nil {
		return false, err
	}
	_, err = venv(e.Python, e.Out)
	return false, err
}

// pipTrusts reports whether pip uses an index without being told that its host is trusted: over TLS, or on this machine.
func pipTrusts(index string) bool {
	u, err := url.Parse(index)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Scheme, "https") || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// once are the limits of requests that pip repeats if they fail.
var once = func() fetch.Limits {
	l := fetch.Defaults
	l.Attempts, l.Busy, l.Header = 1, 1, 10*time.Second
	return l
}()

// harmless are variables of pip that do not change which files it takes, and from where.
var harmless = []string{
	"PIP_CACHE_DIR", "PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR", "PIP_NO_COLOR", "PIP_NO_INPUT",
	"PIP_PROGRESS_BAR", "PIP_QUIET", "PIP_ROOT_USER_ACTION", "PIP_VERBOSE",
}

// configured reports whether the builder's image, whose files are below root, has settings or passwords that only pip
// reads. prefix is the folder of its Python.
func configured(root string, env []string, prefix string) bool {
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if name == "NETRC" || strings.HasPrefix(name, "PIP_") && value != "" && !slices.Contains(harmless, name) {
			return true
		}
	}
	home := cmp.Or(lookup(env, "HOME"), "/root")
	files := []string{
		filepath.Join(prefix, "pip.conf"), filepath.Join(home, ".pip/pip.conf"), filepath.Join(home, ".netrc"), "/etc/pip.conf",
	}
	folders := []string{filepath.Join(home, ".config"), "/etc/xdg"}
	for _, more := range []string{"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"} {
		folders = append(folders, filepath.SplitList(lookup(env, more))...)
	}
	for _, folder := range folders {
		files = append(files, filepath.Join(folder, "pip/pip.conf"))
	}
	return slices.ContainsFunc(files, func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err == nil
	})
}
