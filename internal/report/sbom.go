package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/package-url/packageurl-go"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Materials is the input of a bill of materials: a plan and facts about the
// image.
type Materials struct {
	Platform Platform
	// Installed is the metadata of the packages of the environment, by normalised
	// name.
	Installed map[string]Metadata
	// System are the distribution's packages in the image.
	System []SystemPackage
	// SystemUnknown is true if the list of the distribution's packages cannot be
	// read. The document then says that it is incomplete.
	SystemUnknown bool
	// Version is the project's own.
	Version string
	// Created is the time of the document; the zero time means the fixed time of
	// the image's files.
	Created time.Time
}

// noAssertion is SPDX's value for an unknown field.
const noAssertion = "NOASSERTION"

// SBOM returns the bill of materials of an image as SPDX 2.3 in JSON. It has
// the origin and the hash of each package from the plan, and the licence,
// homepage and summary from the package's metadata. The same input gives the
// same bytes.
func SBOM(m Materials) ([]byte, error) {
	p := m.Platform.Plan
	d := &document{Document: v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: name(p),
	}}
	root := d.add(&v2_3.Package{
		PackageName: name(p), PackageVersion: m.Version, PrimaryPackagePurpose: "APPLICATION",
		PackageDownloadLocation: noAssertion,
	}, "Project", "")
	d.relate("DOCUMENT", "DESCRIBES", root)

	if base := m.Platform.Base; base != "" {
		id := d.add(container(base), "Base", imageURL(base, m.Platform.Platform))
		d.relate(root, "DESCENDANT_OF", id)
	}
	e := p.Environment
	if e.Python.Full != "" {
		id := d.add(&v2_3.Package{
			PackageName: "python", PackageVersion: e.Python.Full, PackageDownloadLocation: noAssertion,
			PackageLicenseDeclared: "PSF-2.0", PrimaryPackagePurpose: "APPLICATION",
		}, "Python", packageurl.NewPackageURL(packageurl.TypeGeneric, "", "python", e.Python.Full, nil, "").ToString())
		d.relate(root, "DEPENDS_ON", id)
	}
	for _, pkg := range p.Packages {
		installed := m.Installed[pkg.Name]
		if pkg.Name == pep503.Normalize(p.Project) && pkg.Reason == plan.ReasonOwn {
			d.Packages[0].PackageVersion = cmp.Or(m.Version, installed.Version)
			d.Packages[0].PackageLicenseDeclared = cmp.Or(installed.License, noAssertion)
			continue
		}
		id := d.add(pythonPackage(p, pkg, installed), "Python-"+pkg.Name, pythonURL(p, pkg, installed))
		d.relate(root, "DEPENDS_ON", id)
	}
	for _, f := range p.Files {
		d.file(root, f)
	}
	if p.PythonFrom != nil {
		d.relate(root, "DEPENDS_ON", d.add(container(p.PythonFrom.Image), "Image-"+p.PythonFrom.Image, imageURL(p.PythonFrom.Image, m.Platform.Platform)))
	}
	if p.Init != nil {
		d.relate(root, "DEPENDS_ON", d.add(container(p.Init.Image), "Image-"+p.Init.Image, imageURL(p.Init.Image, m.Platform.Platform)))
	}
	for _, s := range m.System {
		id := d.add(&v2_3.Package{
			PackageName: s.Name, PackageVersion: s.Version, PackageDownloadLocation: noAssertion,
		}, "System-"+s.Name+"-"+s.Arch, systemURL(s, e.Distribution.ID, e.Distribution.Version))
		d.relate(root, "CONTAINS", id)
	}
	if m.SystemUnknown {
		d.DocumentComment = "This document is incomplete: it lacks what the base image brings. No list of packages of " +
			"a package manager that is understood (dpkg, apk) was found in the image (" + e.Distribution.String() + ")."
		d.Relationships = append(d.Relationships, &v2_3.Relationship{
			RefA: common.DocElementID{ElementRefID: root}, Relationship: "CONTAINS", RefB: common.MakeDocElementSpecial(noAssertion),
			RelationshipComment: "Whether the base image brings packages of a distribution is not known.",
		})
	}
	return d.encode(m.Created)
}

// file adds files of [[tool.moult.files]] from an image or a URL.
func (d *document) file(root common.ElementID, f plan.Files) {
	switch {
	case f.Download != nil:
		id := d.add(&v2_3.Package{
			PackageName: f.Download.Filename, PackageFileName: f.Download.Filename, PackageDownloadLocation: f.Download.URL,
			PackageChecksums: []common.Checksum{{Algorithm: common.SHA256, Value: f.Download.SHA256}},
		}, "File-"+f.Download.Filename, "")
		d.relate(root, "CONTAINS", id)
	case f.Image != "":
		d.relate(root, "DEPENDS_ON", d.add(container(f.Image), "Image-"+f.Image, imageURL(f.Image, "")))
	}
}

// container is the package of an image: of the base, or of one from which files
// are copied.
func container(ref string) *v2_3.Package {
	return &v2_3.Package{PackageName: ref, PackageDownloadLocation: noAssertion, PrimaryPackagePurpose: "CONTAINER"}
}

// document is an SPDX document in the making.
type document struct {
	v2_3.Document
	seen map[string]int
}

// add puts a package into the document and sets the fields that every package
// must have.
func (d *document) add(p *v2_3.Package, id, purl string) common.ElementID {
	if d.seen == nil {
		d.seen = map[string]int{}
	}
	id = "Package-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, id)
	if d.seen[id]++; d.seen[id] > 1 {
		id = fmt.Sprintf("%s-%d", id, d.seen[id])
	}
	p.PackageSPDXIdentifier = common.ElementID(id)
	p.PackageLicenseConcluded = noAssertion
	p.PackageLicenseDeclared = cmp.Or(p.PackageLicenseDeclared, noAssertion)
	p.PackageCopyrightText = noAssertion
	p.IsFilesAnalyzedTagPresent = true
	if purl != "" {
		p.PackageExternalReferences = append(p.PackageExternalReferences, &v2_3.PackageExternalReference{
			Category: "PACKAGE-MANAGER", RefType: "purl", Locator: purl,
		})
	}
	d.Packages = append(d.Packages, p)
	return p.PackageSPDXIdentifier
}

func (d *document) relate(from common.ElementID, how string, to common.ElementID) {
	d.Relationships = append(d.Relationships, &v2_3.Relationship{
		RefA: common.DocElementID{ElementRefID: from}, Relationship: how, RefB: common.DocElementID{ElementRefID: to},
	})
}

// encode returns the JSON of the document. The namespace of the document is a
// hash of its content, so that the same image has the same document.
func (d *document) encode(created time.Time) ([]byte, error) {
	if created.IsZero() {
		created = time.Date(1980, time.January, 2, 0, 0, 0, 0, time.UTC)
	}
	d.CreationInfo = &v2_3.CreationInfo{
		Creators: []common.Creator{{CreatorType: "Tool", Creator: "moult"}},
		Created:  created.UTC().Format(time.RFC3339),
	}
	content, err := json.Marshal(&d.Document)
	if err != nil {
		return nil, err
	}
	d.DocumentNamespace = "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, content).String()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&d.Document); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// pythonPackage describes a package of the environment.
func pythonPackage(p *plan.Plan, pkg plan.Package, installed Metadata) *v2_3.Package {
	out := described{&v2_3.Package{
		PackageName: pkg.Name, PackageVersion: cmp.Or(pkg.Version, installed.Version), PackageDownloadLocation: noAssertion,
		PackageLicenseDeclared: installed.License, PackageHomePage: installed.Homepage, PackageSummary: installed.Summary,
		PrimaryPackagePurpose: "LIBRARY",
	}}
	switch o := pkg.Origin.(type) {
	case *plan.Download:
		out.from(o)
	case *plan.Git:
		out.ofRepository(o, "")
	case plan.Built:
		s := source(p, o.Source)
		out.PackageSourceInfo = "built from source: " + origin(s)
		switch o := s.Origin.(type) {
		case *plan.Git:
			out.ofRepository(o, s.Subdirectory)
		case *plan.Download:
			out.from(o)
		}
	default:
		out.PackageFileName = pkg.WheelName()
	}
	return out.Package
}

// described is a package of a document.
type described struct{ *v2_3.Package }

// from sets the address and the hash of a file of an index.
func (p described) from(d *plan.Download) {
	p.PackageDownloadLocation = d.URL
	p.PackageFileName = d.Filename
	p.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: d.SHA256}}
}

// ofRepository sets the address of a commit, and the hash of a file of it.
func (p described) ofRepository(git *plan.Git, subdirectory string) {
	p.PackageDownloadLocation = gitURL(git, subdirectory)
	if git.File != "" {
		p.PackageFileName = path.Base(git.File)
	}
	if git.SHA256 != "" {
		p.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: git.SHA256}}
	}
}

// gitURL is a commit as a download location of SPDX.
func gitURL(git *plan.Git, subdirectory string) string {
	address := git.URL + "@" + git.Commit
	if !strings.HasPrefix(address, "git+") {
		address = "git+" + address
	}
	if at := cmp.Or(git.File, subdirectory); at != "" {
		address += "#" + at
	}
	return address
}

// publicFiles is the host of the files of PyPI, the index of a purl that names
// no other.
const publicFiles = "files.pythonhosted.org"

// pythonURL is the purl of a package; empty for a folder of the project,
// because a package of the same name on the public index is another one.
func pythonURL(p *plan.Plan, pkg plan.Package, installed Metadata) string {
	var q packageurl.Qualifiers
	d := pkg.Download()
	if git, ok := pkg.Origin.(*plan.Git); ok {
		q = append(q, packageurl.Qualifier{Key: "vcs_url", Value: gitURL(git, "")})
	}
	if name := pkg.BuiltFrom(); name != "" {
		s := source(p, name)
		switch o := s.Origin.(type) {
		case *plan.ContextFolder:
			return ""
		case *plan.Git:
			q = append(q, packageurl.Qualifier{Key: "vcs_url", Value: gitURL(o, s.Subdirectory)})
		case *plan.Download:
			d = o
		}
	}
	if d != nil {
		if u, err := url.Parse(d.URL); err != nil || u.Host != publicFiles {
			q = append(q, packageurl.Qualifier{Key: "download_url", Value: d.URL})
		}
	}
	return packageurl.NewPackageURL(packageurl.TypePyPi, "", pkg.Name, cmp.Or(pkg.Version, installed.Version), q, "").ToString()
}

// imageURL is the purl of an image that is pinned by its digest.
func imageURL(ref, platform string) string {
	name, digest, ok := strings.Cut(ref, "@")
	if !ok {
		return ""
	}
	tag := ""
	if at := strings.LastIndexByte(name, ':'); at > strings.LastIndexByte(name, '/') {
		name, tag = name[:at], name[at+1:]
	}
	var q packageurl.Qualifiers
	if _, arch, ok := strings.Cut(platform, "/"); ok {
		q = append(q, packageurl.Qualifier{Key: "arch", Value: arch})
	}
	if strings.Contains(name, "/") {
		q = append(q, packageurl.Qualifier{Key: "repository_url", Value: name})
	}
	if tag != "" {
		q = append(q, packageurl.Qualifier{Key: "tag", Value: tag})
	}
	return packageurl.NewPackageURL(packageurl.TypeOCI, "", path.Base(name), digest, q, "").ToString()
}

func systemURL(s SystemPackage, id, version string) string {
	q := packageurl.Qualifiers{}
	if s.Arch != "" {
		q = append(q, packageurl.Qualifier{Key: "arch", Value: s.Arch})
	}
	if id != "" && version != "" {
		q = append(q, packageurl.Qualifier{Key: "distro", Value: id + "-" + version})
	}
	if s.Source != "" {
		q = append(q, packageurl.Qualifier{Key: "upstream", Value: s.Source})
	}
	slices.SortFunc(q, func(x, y packageurl.Qualifier) int { return strings.Compare(x.Key, y.Key) })
	return packageurl.NewPackageURL(s.Type, cmp.Or(id, "debian"), s.Name, s.Version, q, "").ToString()
}
