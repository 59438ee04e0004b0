package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	contentlocal "github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/platforms"
	"github.com/spf13/cobra"
	"github.com/tonistiigi/fsutil"
)

// request is what all commands that read a project have in common: the
// frontend's options, and the folders it reads.
type request struct {
	file           string
	target         string
	platforms      []string
	buildArgs      []string
	contexts       []string
	labels         []string
	noCache        bool
	noCacheFilter  []string
	pull           bool
	addHosts       []string
	network        string
	builder        string
	root           string
	buildkitConfig string
}

// flags adds the flags that choose what is built.
func (r *request) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&r.file, "file", "f", "", "build file (default: moult.toml or pyproject.toml in the context)")
	f.StringVar(&r.target, "target", "", "target to build: runtime, builder, venv, wheels, or one of the build file")
	f.StringSliceVar(&r.platforms, "platform", nil, "platforms to build for, such as linux/amd64,linux/arm64")
	f.StringArrayVar(&r.buildArgs, "build-arg", nil, "build argument NAME=VALUE; NAME alone takes it from the environment")
	f.StringArrayVar(&r.contexts, "build-context", nil, "another context, NAME=PATH, docker-image://REF, oci-layout://PATH or a URL")
	f.StringArrayVar(&r.labels, "label", nil, "label of the image, NAME=VALUE")
	f.BoolVar(&r.pull, "pull", false, "ask the registry for images again")
	_ = c.RegisterFlagCompletionFunc("target", cobra.FixedCompletions([]string{
		"runtime\tthe image", "builder\tthe compiler image", "venv\tthe environment alone", "wheels\ta folder of all wheels",
	}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("platform", cobra.FixedCompletions([]string{"linux/amd64", "linux/arm64"}, cobra.ShellCompDirectiveNoFileComp))
	r.builderFlags(c)
}

// builderFlags adds the flags that choose a BuildKit.
func (r *request) builderFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.builder, "builder", "", "BuildKit to use: a buildx builder's name, an address, or \"embedded\"\n(default: BUILDKIT_HOST, else buildx's current builder, else Docker's, else embedded)")
	f.StringVar(&r.root, "root", "", "folder in which the embedded BuildKit keeps its cache")
	f.StringVar(&r.buildkitConfig, "buildkit-config", "", "buildkitd.toml with registries' settings, for the embedded BuildKit and where no BuildKit is used")
	_ = c.RegisterFlagCompletionFunc("builder", cobra.FixedCompletions([]string{"embedded"}, cobra.ShellCompDirectiveNoFileComp))
}

// work is a request whose files were found.
type work struct {
	// attrs are the frontend's options.
	attrs map[string]string
	// mounts are the local sources. dirs are the folders of those that are on this
	// machine.
	mounts map[string]fsutil.FS
	dirs   map[string]string
	stores map[string]content.Store
	// file is the build file's path on this machine; empty for a remote context.
	file string
}

// placed says where in the context the build file is, as buildx does in a git
// repository. Several folders may have an equal one.
func (w *work) placed(context string) {
	root, err := filepath.EvalSymlinks(context)
	if err != nil {
		return
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(w.file))
	if err != nil {
		return
	}
	for _, dir := range []*string{&root, &folder} {
		if *dir, err = filepath.Abs(*dir); err != nil {
			return
		}
	}
	rel, err := filepath.Rel(root, folder)
	if err != nil || !filepath.IsLocal(rel) {
		return
	}
	w.attrs["vcs:localdir:context"] = "."
	w.attrs["vcs:localdir:dockerfile"] = filepath.ToSlash(rel)
}

// buildFiles are the names of build files, in the order in which they are
// searched.
var buildFiles = []string{"moult.toml", "pyproject.toml"}

// prepare returns what a build needs to start. args has at most one argument,
// the context.
func (r *request) prepare(args []string) (*work, error) {
	w := &work{attrs: map[string]string{}, mounts: map[string]fsutil.FS{}, dirs: map[string]string{}, stores: map[string]content.Store{}}
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	if isRemote(dir) {
		w.attrs["context"] = dir
		w.attrs["filename"] = r.file
		if r.file == "" {
			w.attrs["filename"] = "pyproject.toml"
		}
	} else {
		if info, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("the build context %s: %w", dir, unwrapPath(err))
		} else if !info.IsDir() {
			return nil, fmt.Errorf("the build context %s is not a folder; name the build file with -f", dir)
		}
		if err := w.local("context", dir); err != nil {
			return nil, err
		}
		file, err := findBuildFile(dir, r.file)
		if err != nil {
			return nil, err
		}
		w.file = file
		w.attrs["filename"] = filepath.Base(file)
		if err := w.local("dockerfile", filepath.Dir(file)); err != nil {
			return nil, err
		}
		w.placed(dir)
	}
	if r.target != "" {
		w.attrs["target"] = r.target
	}
	if len(r.platforms) > 0 {
		var all []string
		for _, p := range r.platforms {
			parsed, err := platforms.Parse(p)
			if err != nil {
				return nil, fmt.Errorf("--platform %s: %w", p, err)
			}
			all = append(all, platforms.FormatAll(platforms.Normalize(parsed)))
		}
		w.attrs["platform"] = strings.Join(all, ",")
	}
	if err := pairs(w.attrs, "build-arg", r.buildArgs, true); err != nil {
		return nil, err
	}
	if err := pairs(w.attrs, "label", r.labels, false); err != nil {
		return nil, err
	}
	switch {
	case r.noCache:
		w.attrs["no-cache"] = ""
	case len(r.noCacheFilter) > 0:
		w.attrs["no-cache"] = strings.Join(r.noCacheFilter, ",")
	}
	if r.pull {
		w.attrs["image-resolve-mode"] = "pull"
	}
	if len(r.addHosts) > 0 {
		w.attrs["add-hosts"] = strings.Join(r.addHosts, ",")
	}
	switch r.network {
	case "", "default":
	case "host", "none":
		w.attrs["force-network-mode"] = r.network
	default:
		return nil, fmt.Errorf("--network %s: it is default, host or none", r.network)
	}
	for _, c := range r.contexts {
		if err := w.named(c); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// findBuildFile returns the build file's path.
func findBuildFile(dir, file string) (string, error) {
	if file != "" {
		if _, err := os.Stat(file); err != nil {
			return "", fmt.Errorf("the build file %s: %w", file, unwrapPath(err))
		}
		return file, nil
	}
	for _, name := range buildFiles {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s has neither a pyproject.toml nor a moult.toml; `moult init` writes one, -f names another file", dir)
}

// unwrapPath removes the operation and the path from an error, because the
// message already has them.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// isRemote reports whether BuildKit fetches a context itself.
func isRemote(context string) bool {
	for _, prefix := range []string{"https://", "http://", "git://", "git@", "ssh://", "github.com/"} {
		if strings.HasPrefix(context, prefix) {
			return true
		}
	}
	return false
}

// local adds a folder of this machine.
func (w *work) local(name, dir string) error {
	folder, err := fsutil.NewFS(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, unwrapPath(err))
	}
	w.mounts[name], w.dirs[name] = folder, dir
	return nil
}

// named adds a context by name.
func (w *work) named(arg string) error {
	name, value, ok := strings.Cut(arg, "=")
	if !ok || name == "" || value == "" {
		return fmt.Errorf("--build-context %s: write NAME=VALUE", arg)
	}
	key := "context:" + strings.ToLower(name)
	layout, isLayout := strings.CutPrefix(value, "oci-layout://")
	switch {
	case isLayout:
		return w.layout(key, layout)
	case isRemote(value), strings.HasPrefix(value, "docker-image://"):
		w.attrs[key] = value
		return nil
	}
	local := name
	if slices.Contains([]string{"context", "dockerfile"}, local) {
		local = "_" + local
	}
	if err := w.local(local, value); err != nil {
		return fmt.Errorf("--build-context %s: %w", name, err)
	}
	w.attrs[key] = "local:" + local
	return nil
}

// layout adds an image of an OCI layout: PATH, PATH:TAG or PATH@DIGEST.
func (w *work) layout(key, ref string) error {
	dir, dgst, tag := ref, "", "latest"
	if before, after, ok := strings.Cut(ref, "@"); ok {
		dir, dgst = before, after
	} else if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		dir, tag = ref[:i], ref[i+1:]
	}
	if dgst == "" {
		var err error
		if dgst, err = layoutDigest(dir, tag); err != nil {
			return fmt.Errorf("--build-context oci-layout://%s: %w", ref, err)
		}
	}
	store, err := contentlocal.NewStore(dir)
	if err != nil {
		return fmt.Errorf("--build-context oci-layout://%s: %w", ref, err)
	}
	name := fmt.Sprintf("layout%d", len(w.stores))
	w.stores[name] = store
	w.attrs[key] = "oci-layout://" + name + "@" + dgst
	return nil
}

// pairs adds NAME=VALUE arguments. With fromEnv, a NAME without a value gets
// the value of the environment variable, or is ignored if there is none.
func pairs(attrs map[string]string, prefix string, list []string, fromEnv bool) error {
	for _, arg := range list {
		name, value, ok := strings.Cut(arg, "=")
		if name == "" {
			return fmt.Errorf("--%s %s: write NAME=VALUE", prefix, arg)
		}
		if !ok && fromEnv {
			if value, ok = os.LookupEnv(name); !ok {
				continue
			}
		}
		attrs[prefix+":"+name] = value
	}
	return nil
}
