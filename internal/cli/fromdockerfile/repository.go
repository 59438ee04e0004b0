package fromdockerfile

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Repository is an entry of apt.repositories. Key is a file of the project; it
// is empty for a repository whose key the base has.
type Repository struct {
	URL, Suite string
	Components []string
	Key        string
}

// addedRepository is a package repository that the Dockerfile adds.
type addedRepository struct {
	at []parser.Range
	Repository
	// signed is the path of its key in the image, list the address of a file that
	// has the repository's line, which is not known then.
	signed, list string
}

// signingKey is the key of a repository: its address, or a file of the project,
// and its path in the image.
type signingKey struct {
	at             []parser.Range
	url, file      string
	path, instruct string
	used           bool
}

var (
	debLine = regexp.MustCompile(`\bdeb\s+(?:\[([^\]]*)\]\s+)?(https?://[^\s"'\\]+)\s+([^\s"'\\]+)((?:\s+[a-z][a-z0-9-]*)*)`)
	signed  = regexp.MustCompile(`(?i)signed-by[=:]\s*(/[^\s,\]"'\\]+)`)
	// field matches a line of a file in the format of .sources.
	field  = regexp.MustCompile(`(?i)(?:\b|\\n)(URIs|Suites|Components):\s*([^\n\\"']+)`)
	deb822 = regexp.MustCompile(`(?i)URIs:\s*http`)
	// codename matches the shell's words for the distribution's code name.
	codename = regexp.MustCompile("\\$\\([^()]*(?:lsb_release|os-release)[^()]*\\)|`[^`]*lsb_release[^`]*`|\\$\\{?(?:VERSION|UBUNTU|DEBIAN)_CODENAME\\}?")
	// keyFolder and listFolder match the places of keys and lists in an image.
	keyFolder  = regexp.MustCompile(`/etc/apt/keyrings/|/etc/apt/trusted\.gpg|/usr/(?:local/)?share/keyrings/`)
	listFolder = regexp.MustCompile(`/etc/apt/sources\.list`)
	keyPath    = regexp.MustCompile(`(/etc/apt/keyrings/|/etc/apt/trusted\.gpg\.d/|/usr/(?:local/)?share/keyrings/)[^\s"';|&]+`)
	readsKey   = regexp.MustCompile(`\bgpg\b|\bapt-key\b|` + keyFolder.String())
	anyURL     = regexp.MustCompile(`https?://[^\s"'|;&)]+`)
	// nodeScript matches the script that adds the repository of Node's packages.
	nodeScript = regexp.MustCompile(`https://deb\.nodesource\.com/setup_([a-z0-9]+)(\.x)?`)
	// ofRepository recognises the commands that add one.
	ofRepository = regexp.MustCompile(`keyring|sources\.list|gpg|apt-key|^chmod a\+r`)
	// ofDistribution matches the servers of Debian and Ubuntu, whose keys their
	// images have.
	ofDistribution = regexp.MustCompile(`^https?://(?:[a-z0-9.-]+\.)?(?:debian\.org|debian\.net|ubuntu\.com)/`)
)

// here stands for the code name of the distribution in a text.
const here = "\x05"

// repositories finds the package repositories and their keys that a RUN adds.
// It reports whether there are any.
func (d *dockerfile) repositories(text string, at []parser.Range) bool {
	before := len(d.added) + len(d.keys)
	text = strings.ReplaceAll(text, "\\\n", " ")
	d.sources(text, at)
	for _, c := range commands(text) {
		line := d.expand(c.text, d.vars)
		address := strings.TrimRight(anyURL.FindString(line), ",")
		switch {
		case nodeScript.MatchString(line):
			m := nodeScript.FindStringSubmatch(line)
			r := addedRepository{at: at, Repository: Repository{URL: "https://deb.nodesource.com/node_" + m[1] + m[2], Suite: "nodistro"}}
			d.keys = append(d.keys, signingKey{at: at, url: "https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key"})
			d.added = append(d.added, r)
		case address == "" || debLine.MatchString(line) || deb822.MatchString(line):
		case listFolder.MatchString(line):
			d.added = append(d.added, addedRepository{at: at, list: address})
		case readsKey.MatchString(line):
			d.keys = append(d.keys, signingKey{at: at, url: address, path: keyPath.FindString(line), instruct: line})
		}
	}
	return len(d.added)+len(d.keys) > before
}

// sources finds the entries of repositories in a text, of both of apt's formats.
func (d *dockerfile) sources(text string, at []parser.Range) bool {
	text = d.expand(codename.ReplaceAllString(text, here), d.vars)
	before := len(d.added)
	for _, m := range debLine.FindAllStringSubmatch(text, -1) {
		r := addedRepository{at: at, Repository: Repository{URL: m[2], Suite: m[3], Components: strings.Fields(m[4])}}
		if by := signed.FindStringSubmatch(m[1]); by != nil {
			r.signed = by[1]
		}
		d.added = append(d.added, r)
	}
	if at := strings.Index(text, "Types:"); at >= 0 {
		text = text[at:]
	}
	r, found := addedRepository{at: at}, false
	for _, m := range field.FindAllStringSubmatch(text, -1) {
		switch words := strings.Fields(m[2]); {
		case len(words) == 0:
		case strings.EqualFold(m[1], "URIs"):
			r.URL, found = words[0], isURL(words[0])
		case strings.EqualFold(m[1], "Suites"):
			r.Suite = words[0]
		default:
			r.Components = words
		}
	}
	if found && r.Suite != "" {
		if by := signed.FindStringSubmatch(text); by != nil {
			r.signed = by[1]
		}
		d.added = append(d.added, r)
	}
	return len(d.added) > before
}

// aptFile reads a file of the project that the Dockerfile copies to a place
// where apt reads keys and repositories. It reports whether it is one.
func (d *dockerfile) aptFile(from, to string, at []parser.Range) bool {
	switch {
	case keyFolder.MatchString(to):
		d.keys = append(d.keys, signingKey{at: at, file: from, path: to})
		return true
	case listFolder.MatchString(to):
		text, ok := d.project.text(from)
		return ok && d.sources(text, at)
	}
	return false
}

// keyOf finds the key of a repository: by its path, else that of the same
// instruction, else the last one of the same owner; nil if there is none.
func (d *dockerfile) keyOf(r addedRepository) *signingKey {
	var best *signingKey
	rank := 0
	for n := range d.keys {
		k, is := &d.keys[n], 0
		switch {
		case r.signed != "" && k.path == r.signed:
			is = 4
		case len(k.at) > 0 && len(r.at) > 0 && k.at[0] == r.at[0]:
			is = 3
		case owner(k.url) == owner(cmp.Or(r.URL, r.list)):
			is = 2
		case len(d.keys) == 1:
			is = 1
		}
		if is > 0 && is >= rank {
			best, rank = k, is
		}
	}
	return best
}

// owner returns the last two parts of an address's host.
func owner(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	parts := strings.Split(u.Hostname(), ".")
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// codenames are the code names of releases by the number in an image's tag.
var codenames = map[string]string{"20.04": "focal", "22.04": "jammy", "24.04": "noble", "11": "bullseye", "12": "bookworm", "13": "trixie"}

// codename returns the code name of the base's distribution, "" if it is not
// known. Moult's default bases are Debian's trixie.
func (d *dockerfile) codename() string {
	if d.Base == "" {
		return "trixie"
	}
	if m := regexp.MustCompile(`bullseye|bookworm|trixie|focal|jammy|noble`).FindString(d.Base); m != "" {
		return m
	}
	if m := regexp.MustCompile(`(?:ubuntu:?|debian:)(\d\d(?:\.\d\d)?)`).FindStringSubmatch(d.Base); m != nil {
		return codenames[m[1]]
	}
	return ""
}

// writeRepositories makes the entries of the repositories. A key of the network
// needs a digest, which the Dockerfile does not have, so that the repository
// becomes a comment.
func (d *dockerfile) writeRepositories() {
	var met []string
	for _, r := range d.added {
		if r.Suite == here {
			r.Suite = "" // the default
		}
		for _, text := range []*string{&r.URL, &r.Suite} {
			*text = strings.ReplaceAll(*text, here, cmp.Or(d.codename(), "CODENAME"))
		}
		if slices.Equal(r.Components, []string{"main"}) {
			r.Components = nil
		}
		k := d.keyOf(r)
		if k != nil {
			k.used = true
		}
		if id := r.URL + " " + r.Suite + " " + r.list; slices.Contains(met, id) {
			continue
		} else {
			met = append(met, id)
		}
		complete := r.list == "" && !strings.ContainsAny(r.URL+r.Suite, "$`") && !strings.Contains(r.URL+r.Suite, "CODENAME")
		switch {
		case complete && k != nil && k.file != "":
			r.Key = k.file
			d.Repositories = append(d.Repositories, r.Repository)
		case complete && ofDistribution.MatchString(r.URL):
			d.Repositories = append(d.Repositories, r.Repository)
		default:
			d.laterRepository(r, k)
		}
	}
	for _, k := range d.keys {
		switch {
		case k.used:
		case k.file != "":
			d.note(k.at, k.file, "the key of a package repository: write it as the key of [[tool.moult.apt.repositories]]")
		case k.instruct != "":
			d.note(k.at, "RUN "+k.instruct, "the key of a package repository: write it as the key of [[tool.moult.apt.repositories]], with its digest")
		}
	}
}

// laterRepository adds a repository as a comment.
func (d *dockerfile) laterRepository(r addedRepository, k *signingKey) {
	lines := []string{"[[PREFIXapt.repositories]]", "url = " + quote(r.URL)}
	why, text := "fill in the digest of its key", "deb "+r.URL
	if r.list != "" {
		lines = []string{"[[PREFIXapt.repositories]]", `url = "..."`, `suite = "..."`}
		why, text = "fill in what "+r.list+" says", r.list
	}
	if r.Suite != "" {
		lines = append(lines, "suite = "+quote(r.Suite))
	}
	if len(r.Components) > 0 {
		lines = append(lines, "components = "+array(r.Components))
	}
	switch {
	case k == nil:
		lines = append(lines, `key = "..."`)
	case k.file != "":
		lines = append(lines, "key = "+quote(k.file))
	default:
		lines = append(lines, fmt.Sprintf("key = {url = %s, sha256 = \"...\"}", quote(k.url)))
	}
	if k == nil {
		why += ", with a file of the project or an address"
	}
	d.later(r.at, "a repository of packages; "+why, lines)
	d.note(r.at, text, "the build file has it as a comment: "+why)
}

// debFile reports whether a word names a package file of Debian's.
func debFile(word string) bool { return path.Ext(word) == ".deb" }
