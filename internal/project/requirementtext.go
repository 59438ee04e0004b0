package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

var (
	archive  = regex.New(`(?i)\.(whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz|tar)$`)
	pathForm = regex.New(`^([^\[;]+?)(?:\[([^\]]*)\])?\s*(?:;\s*(.+))?$`)
)

// requirementText reads a requirement as pip does: PEP 508, a path or a URL.
func (r *reader) requirementText(v source.At[string], here string) (Requirement, error) {
	text := v.V
	switch {
	case strings.HasPrefix(text, "file:"):
		return r.pathRequirement(source.At[string]{V: strings.TrimPrefix(text, "file:"), Pos: v.Pos}, here)
	case vcsForm.MatchString(text) || strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"):
		return urlRequirement(v)
	}
	parsed, err := pep508.ParseRequirement(text)
	if err != nil {
		if looksLikePath(text) {
			return r.pathRequirement(v, here)
		}
		return Requirement{}, invalidRequirement(v, err)
	}
	if strings.HasPrefix(parsed.URL, "file:") || strings.HasPrefix(parsed.URL, "./") || strings.HasPrefix(parsed.URL, "../") {
		req, err := r.pathRequirement(source.At[string]{V: strings.TrimPrefix(parsed.URL, "file:"), Pos: v.Pos}, here)
		if err != nil {
			return req, err
		}
		parsed.URL = ""
		req.Requirement = parsed
		return req, nil
	}
	if parsed.URL == "" && archive.MatchString(text) {
		// "package.whl" is a name by PEP 508; pip takes the file if it exists.
		if name, err := r.pathFrom(text, v.Pos, here); err == nil {
			return Requirement{Pos: v.Pos, Path: name}, nil
		}
	}
	if err := checkURL(parsed.URL, v.Pos); err != nil {
		return Requirement{}, err
	}
	return Requirement{Requirement: parsed, Pos: v.Pos}, nil
}

func looksLikePath(text string) bool {
	text, _, _ = strings.Cut(text, ";")
	text = strings.TrimSpace(text)
	return text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, ".[") ||
		strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~") || archive.MatchString(text) || strings.Contains(text, "/") && !strings.ContainsAny(text, "@ =<>")
}

// pathRequirement reads "./dir[extra] ; marker".
func (r *reader) pathRequirement(v source.At[string], here string) (Requirement, error) {
	m := pathForm.FindStringSubmatch(v.V)
	if m == nil {
		return Requirement{}, source.Errorf(v.Pos, "%q is neither a requirement nor a path", source.HideCredentials(v.V))
	}
	req := Requirement{Pos: v.Pos}
	for _, extra := range strings.Split(m[2], ",") {
		if extra = strings.TrimSpace(extra); extra != "" {
			if !pep503.IsValid(extra) {
				return Requirement{}, source.Errorf(v.Pos, "%q is not a valid name of an extra", extra)
			}
			req.Extras = append(req.Extras, extra)
		}
	}
	if m[3] != "" {
		marker, err := pep508.ParseMarker(m[3])
		if err != nil {
			return Requirement{}, source.Errorf(v.Pos, "invalid marker: %w", err)
		}
		req.Marker = marker
	}
	name, err := r.pathFrom(strings.TrimSpace(m[1]), v.Pos, here)
	req.Path = name
	return req, err
}

// pathFrom resolves a path in a requirement file. For pip it is relative to the
// folder in which pip is started, which is usually the project's. A path
// relative to the file is also accepted, because many people write it so.
func (r *reader) pathFrom(text string, pos source.Pos, here string) (string, error) {
	text = strings.TrimPrefix(text, "//")
	var first error
	for _, dir := range []string{r.p.Dir, here} {
		name, err := contextPath(dir, source.At[string]{V: text, Pos: pos})
		if err == nil {
			err = r.mustExist(name, pos, "folder or file")
		}
		if err == nil {
			return name, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

var (
	vcsForm = regex.New(`^(git|hg|svn|bzr)\+[a-z+]+:`)
	eggName = regex.New(`[#&]egg=([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?`)
)

// urlRequirement reads a URL without a name, and finds the name if possible.
func urlRequirement(v source.At[string]) (Requirement, error) {
	text, markerText, hasMarker := strings.Cut(v.V, " ;")
	text = strings.TrimSpace(text)
	req := Requirement{Pos: v.Pos}
	if strings.ContainsAny(text, " \t") {
		return req, source.Errorf(v.Pos, "%q is not a URL", source.HideCredentials(text))
	}
	if err := checkURL(text, v.Pos); err != nil {
		return req, err
	}
	if hasMarker {
		marker, err := pep508.ParseMarker(strings.TrimSpace(markerText))
		if err != nil {
			return req, source.Errorf(v.Pos, "invalid marker: %w", err)
		}
		req.Marker = marker
	}
	if strings.HasPrefix(text, "hg+") || strings.HasPrefix(text, "svn+") || strings.HasPrefix(text, "bzr+") {
		return req, source.Errorf(v.Pos, "%q: git is the only supported version control system", text)
	}
	req.URL = text
	if m := eggName.FindStringSubmatch(text); m != nil && pep503.IsValid(m[1]) {
		req.Name = m[1]
		for _, extra := range strings.Split(m[2], ",") {
			if pep503.IsValid(strings.TrimSpace(extra)) {
				req.Extras = append(req.Extras, strings.TrimSpace(extra))
			}
		}
		// The name is moved to the front of the URL; other parts of the fragment
		// (subdirectory) stay.
		url, fragment, _ := strings.Cut(text, "#")
		var fragments []string
		for _, part := range strings.Split(fragment, "&") {
			if !strings.HasPrefix(part, "egg=") && part != "" {
				fragments = append(fragments, part)
			}
		}
		req.URL = url
		if len(fragments) > 0 {
			req.URL += "#" + strings.Join(fragments, "&")
		}
		return req, nil
	}
	// A wheel's file name starts with the name of its project.
	base, _, _ := strings.Cut(path.Base(text), "#")
	if strings.HasSuffix(base, ".whl") {
		if name, _, ok := strings.Cut(base, "-"); ok && pep503.IsValid(name) {
			req.Name = name
		}
	}
	return req, nil
}
