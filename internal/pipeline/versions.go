package pipeline

import (
	"errors"
	"io/fs"
	"path"
	"regexp"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/gitrefs"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
	"github.com/moult-build/moult/internal/source"
)

// versions finds the versions of the packages of the context whose build
// backends ask version control, because a build has no repository.
func (p *Project) versions() error {
	p.Versions, p.Releases = map[string]string{}, map[string]bool{}
	if p.BuildSystem != nil {
		name := pep503.Normalize(p.Name.V)
		if err := p.version(name, p.Dir, p.VCSVersion, p.Version.V); err != nil {
			return err
		}
		if v := p.Versions[name]; v != "" {
			p.Version = source.At[string]{V: v, Pos: p.Name.Pos}
		}
	}
	for _, l := range p.Requested.Locals {
		if l.VCSVersion == nil {
			continue
		}
		if err := p.version(l.Name, l.Path, l.VCSVersion, ""); err != nil {
			return err
		}
	}
	return nil
}

// version finds the version of one package; static is that in its [project].
func (p *Project) version(name, dir string, v *project.VCSVersion, static string) error {
	if v == nil {
		// A tool that is not known may read one of the variables.
		if key := p.Settings.Version; key != nil && static != "" {
			return source.Errorf(key.Pos, "the version of %s is in [project]", name).WithHint("leave out the key version")
		} else if key != nil {
			p.Versions[name] = key.V
		}
		return nil
	}
	published, err := p.publishedVersion(name, dir)
	if err != nil {
		return err
	}
	p.Releases[name] = published != ""
	if given := p.GivenVersion(name, v); given != "" {
		if v.Variable == "" {
			return source.Errorf(v.Pos, "the version of %s cannot be passed to %s, which takes none", name, v.Tool).
				WithHint("take one that does, such as setuptools-scm or hatch-vcs")
		}
		p.Versions[name] = given
		return nil
	}
	if v.Variable == "" {
		// versioningit reads PKG-INFO itself.
		if v.Fallback || published != "" {
			return nil
		}
		return source.Errorf(v.Pos, "the version of %s comes from %s, which needs a git repository, and a build has none", name, v.Tool).
			WithHint("write [tool.versioningit] default-version, or take a tool that reads a version from a variable, such as setuptools-scm or hatch-vcs")
	}
	if published != "" {
		p.Versions[name] = published
		return nil
	}
	repository, err := p.repository(dir)
	if err != nil {
		return err
	}
	if repository == nil {
		if v.Fallback {
			return nil
		}
		return source.Errorf(v.Pos, "the version of %s comes from git by %s, and the build context has no .git", name, v.Tool).
			WithHint("build with --build-arg %s=1.2.3, or write version = \"1.2.3\" under [tool.moult]", project.VersionArgument)
	}
	form, err := tagForm(v)
	if err != nil {
		return err
	}
	found, err := repository.Version(form)
	var unread *gitrefs.UnreadTag
	switch {
	case v.Fallback && (err != nil || !found.Exact):
		return nil
	case errors.As(err, &unread):
		return source.Errorf(v.Pos, "the version of %s comes from git by %s: %w", name, v.Tool, err).
			WithHint("build with --build-arg %s=1.2.3, or run git pack-refs --all", project.VersionArgument)
	case err != nil:
		return err
	}
	if !found.Exact {
		p.GuessedVersions = append(p.GuessedVersions, project.GuessedVersion{Pos: v.Pos, Name: name, Version: found.Text, Tag: found.Tag})
	}
	p.Versions[name] = found.Text
	return nil
}

// publishedVersion returns the version in the PKG-INFO of a folder, which makes
// it the sources of a release as an index has them (an sdist); "" if there is
// none.
func (p *Project) publishedVersion(name, dir string) (string, error) {
	content, err := p.files.ReadFile(path.Join(dir, "PKG-INFO"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	fields := wheel.Fields(content)
	of, _ := wheel.First(fields, "name")
	version, _ := wheel.First(fields, "version")
	if _, err := pep440.Parse(version); err != nil || pep503.Normalize(of) != name {
		return "", nil
	}
	return version, nil
}

// tagForm is the form of tags in the tool's table, as far as Go knows its
// regular expression; nil for the usual form.
func tagForm(v *project.VCSVersion) (*regexp.Regexp, error) {
	if v.Tag.V == "" {
		return nil, nil
	}
	form, err := regexp.Compile(v.Tag.V)
	if err != nil {
		return nil, source.Errorf(v.Tag.Pos, "this regular expression for tags is not understood: %w", err).
			WithHint("build with --build-arg %s=1.2.3", project.VersionArgument)
	}
	return form, nil
}

// repository reads the repository that a folder of the context belongs to; nil if
// the context has none.
func (p *Project) repository(dir string) (*gitrefs.Repository, error) {
	for ; ; dir = path.Dir(dir) {
		known, ok := p.repositories[dir]
		if !ok {
			var err error
			if known, err = gitrefs.Read(dir, p.files.Below); err != nil {
				return nil, err
			}
			if p.repositories == nil {
				p.repositories = map[string]*gitrefs.Repository{}
			}
			p.repositories[dir] = known
		}
		if known != nil || dir == "." {
			return known, nil
		}
	}
}
