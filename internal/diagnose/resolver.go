// Package diagnose finds the cause of a failure in the output of a failed
// step: which requirement or which index, and what the user can do. The
// frontend turns the result into an error at the line.
//
// It recognises messages of pip, of compilers and of build scripts, and ignores
// all others.
package diagnose

import (
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source/regex"
)

// Diagnosis is the cause of a step's failure.
type Diagnosis struct {
	// Package is the normalised name of the package to blame, or empty.
	Package string
	// Index is the host of the index to blame, or empty.
	Index string
	// Msg is what is wrong, Hint what to do about it; Hint may be empty.
	Msg, Hint string
	// Compiled is true if the package was being built from its source.
	Compiled bool
	// Wheels are the file names of the package's wheels on the index, which do not
	// fit; see For.
	Wheels []string
	// missing is what the build did not find.
	missing []Missing
}

// unfit matches a line that moult-build prints (build.UnfitWheel).
var unfit = regex.New(`(?m)^moult: unfit wheel (\S+\.whl)$`)

// withFiles adds the wheels that do not fit.
func withFiles(d Diagnosis, output string) Diagnosis {
	for _, m := range unfit.FindAllStringSubmatch(output, -1) {
		if w, err := tags.ParseWheelFilename(m[1]); err == nil && w.Name == d.Package {
			d.Wheels = append(d.Wheels, m[1])
		}
	}
	return d
}

// On returns the diagnosis with a hint for a builder with a kind of package
// manager (environment.Apt and so on), because each distribution has its own
// package names.
func (d Diagnosis) On(manager string) Diagnosis {
	if !d.Compiled || manager == environment.Apt || families[manager] == "" {
		return d
	}
	if len(d.missing) > 0 {
		d.Hint = cure(d.missing, manager)
		return d
	}
	article := map[string]string{environment.Apk: "an", environment.Dnf: "a"}[manager]
	d.Hint = strings.Replace(d.Hint, "a Debian package in apt.build", article+" "+families[manager]+" package in "+manager+".build", 1)
	return d
}

// For returns the diagnosis with the platforms that have a wheel, if the target
// has none.
func (d Diagnosis) For(target *tags.Supported) Diagnosis {
	var wheels []tags.Wheel
	for _, file := range d.Wheels {
		if w, err := tags.ParseWheelFilename(file); err == nil {
			wheels = append(wheels, w)
		}
	}
	if len(wheels) == 0 {
		return d
	}
	why := target.WhyNone(wheels)
	if why == "" {
		return d
	}
	has := fmt.Sprintf("no wheel of %s %s fits (%s): this is %s", d.Package, wheels[0].Version, why, target.Target)
	if d.Compiled {
		d.Msg += "; " + has
		return d
	}
	d.Msg, d.Hint = has, "use a base image or a Python that one of them is for"
	return d
}

// pattern is one message. Its groups may be called "package", "url", "host"
// and "detail".
type pattern struct {
	re   *regex.Regexp
	make func(groups map[string]string) Diagnosis
}

// tooMany is the detail for a server that goes on answering with errors.
var tooMany = regex.New(`too many (5\d\d) error`)

// patterns are tried in this order: the cause of a failure comes before its
// consequences.
var patterns = []pattern{
	{regex.New(`(?m)(?:HTTP error (?P<code>401|403) while getting (?P<url>https?://\S+)|Could not fetch URL (?P<url2>https?://\S+): (?P<code2>401|403) )`),
		func(g map[string]string) Diagnosis {
			host := hostOf(g["url"] + g["url2"])
			return Diagnosis{Index: host, Msg: "the index " + host + " wants a password, or another one than it was given (" + g["code"] + g["code2"] + ")",
				Hint: `give the index a secret, as in index = [{ url = "...", secret = "my-index" }], and build with --secret id=my-index,env=...; its content is "user:password" or a token`}
		}},
	{regex.New(`(?s)DO NOT MATCH THE HASHES.*?\n\s+(?P<package>[A-Za-z0-9][A-Za-z0-9._-]*)[^\n]*?(?:from (?P<url>https?://\S+)[^\n]*)?:?\n\s+Expected sha256 (?P<want>[0-9a-f]+)\s+Got\s+(?P<got>[0-9a-f]+)`),
		func(g map[string]string) Diagnosis {
			return Diagnosis{Package: g["package"], Index: hostOf(g["url"]),
				Msg: "the file of " + g["package"] + " does not match its hash: expected sha256 " + g["want"] + ", got " + g["got"]}
		}},
	{regex.New(`(?m)(?:HTTP error (?P<code>5\d\d) while getting (?P<url>https?://\S+)|Could not fetch URL (?P<url2>https?://\S+): (?P<code2>5\d\d) )`),
		func(g map[string]string) Diagnosis {
			host := hostOf(g["url"] + g["url2"])
			return Diagnosis{Index: host, Msg: "the index " + host + " answers with an error (" + g["code"] + g["code2"] + ")"}
		}},
	{regex.New(`(?m)Could not fetch URL (?P<url>https?://\S+): (?P<detail>[^\n]*)`),
		func(g map[string]string) Diagnosis {
			host := hostOf(g["url"])
			d := Diagnosis{Index: host, Msg: "the index " + host + " cannot be reached"}
			switch detail := g["detail"]; {
			case strings.Contains(detail, "CERTIFICATE_VERIFY_FAILED"), strings.Contains(detail, "SSL"):
				d.Msg = "the certificate of the index " + host + " is not trusted"
				d.Hint = "where a proxy with a certificate authority of its own stands between, build with --secret id=ca-certificates,src=BUNDLE.pem"
			case strings.Contains(detail, "too many"):
				d.Msg = "the index " + host + " answers with errors"
				if code := tooMany.FindStringSubmatch(detail); code != nil {
					d.Msg += " (" + code[1] + ")"
				}
			}
			return d
		}},
	{regex.New(`(?m)Failed (?:building wheel for|to build) (?P<package>[A-Za-z0-9][A-Za-z0-9._-]*)`),
		func(g map[string]string) Diagnosis {
			return Diagnosis{Package: g["package"], Compiled: true, Msg: g["package"] + " has no wheel that fits and could not be compiled",
				Hint: "the compiler's message is above; a library's headers come from a Debian package in apt.build under [tool.moult]"}
		}},
	// If pip asks only for the metadata, it names the package before the message.
	{regex.New(`(?s)(?:.*\n)?Collecting (?P<package>[A-Za-z0-9][A-Za-z0-9._-]*).*?× (?:Getting requirements to build wheel|Preparing metadata|python setup.py egg_info)[^\n]* did not run successfully`),
		func(g map[string]string) Diagnosis {
			return Diagnosis{Package: g["package"], Compiled: true, Msg: g["package"] + " has no wheel that fits and could not be compiled",
				Hint: "its build script's message is above; what it looks for comes from a Debian package in apt.build under [tool.moult]"}
		}},
	{regex.New(`(?m)Cannot install (?P<detail>[^\n]+?) because these package versions have conflicting dependencies`),
		func(g map[string]string) Diagnosis {
			return Diagnosis{Package: firstName(g["detail"]), Msg: "the requirements contradict each other: " + g["detail"]}
		}},
	{regex.New(`(?m)Could not find a version that satisfies the requirement (?P<package>[^\s(;]+)[^\n]*\(from versions: (?P<detail>[^\n]*)\)`),
		func(g map[string]string) Diagnosis {
			name := firstName(g["package"])
			if g["detail"] == "none" {
				return Diagnosis{Package: name, Msg: "the index has no package " + name + " that fits this Python and platform",
					Hint: "check the name"}
			}
			return Diagnosis{Package: name, Msg: "no version of " + name + " satisfies " + g["package"], Hint: "the index has " + lastOf(g["detail"], 5)}
		}},
	{regex.New(`(?m)No matching distribution found for (?P<package>[^\s(;]+)`),
		func(g map[string]string) Diagnosis {
			name := firstName(g["package"])
			return Diagnosis{Package: name, Msg: "the index has no package that satisfies " + g["package"]}
		}},
	{regex.New(`(?m)Permission denied \(publickey\)|Host key verification failed|could not read Username for '(?P<url>[^']+)'|Authentication failed for '(?P<url2>[^']+)'`),
		func(g map[string]string) Diagnosis {
			return Diagnosis{Msg: "git may not read the repository",
				Hint: "for SSH build with --ssh default, for HTTPS with --secret id=GIT_AUTH_TOKEN.HOST,env=..."}
		}},
}

// Resolver reads the output of pip's resolver. ok is false if no message is
// known.
func Resolver(output string) (d Diagnosis, ok bool) {
	for _, p := range patterns {
		m := p.re.FindStringSubmatch(output)
		if m == nil {
			continue
		}
		groups := map[string]string{}
		for n, name := range p.re.SubexpNames() {
			if name != "" {
				groups[name] = m[n]
			}
		}
		d := p.make(groups)
		d.Package = pep503.Normalize(d.Package)
		switch found := Miss(output); {
		case d.Compiled && len(found) > 0:
			d.missing, d.Hint = found, cure(found, environment.Apt)
		case d.Compiled && outdated.MatchString(output):
			d.Hint = fmt.Sprintf(`its build script is for an older Python or an older setuptools or Cython: ask for a newer version of %s, choose an older python under [tool.moult], `+
				`or name the older tool in a file, as in setuptools<66, and write constraints = "build-constraints.txt" under [tool.moult.build]`, d.Package)
		}
		return withFiles(d, output), true
	}
	return Diagnosis{}, false
}

// outdated matches the errors of build scripts that use what Python, setuptools and
// Cython have removed.
var outdated = regex.New(`cannot import name '\w+' from '(?:setuptools|pkg_resources|collections|distutils)[\w.]*'|has no attribute 'cython_sources'|` +
	`No module named '(?:pkg_resources|distutils|imp|setuptools\.\w+)'|use_2to3 is invalid|module 'pkgutil' has no attribute 'ImpImporter'|` +
	`module 'configparser' has no attribute 'SafeConfigParser'|has no attribute 'readfp'|module 'inspect' has no attribute 'getargspec'|module 'ast' has no attribute 'Str'`)

var leadingName = regex.New(`^[A-Za-z0-9][A-Za-z0-9._-]*`)

// firstName is the name at the beginning of a requirement.
func firstName(requirement string) string {
	return strings.TrimRight(leadingName.FindString(requirement), "._-")
}

// lastOf shortens pip's list of versions to its newest.
func lastOf(versions string, n int) string {
	all := strings.Split(versions, ", ")
	if len(all) > n {
		return "..., " + strings.Join(all[len(all)-n:], ", ")
	}
	return strings.Join(all, ", ")
}

var hostPattern = regex.New(`^https?://(?:[^@/]*@)?([^/\s]+)`)

func hostOf(url string) string {
	if m := hostPattern.FindStringSubmatch(url); m != nil {
		return m[1]
	}
	return ""
}

// Build reads the output of a package's build. ok is false if it does not show
// what is missing.
func Build(name, output string) (d Diagnosis, ok bool) {
	if d, ok := Resolver(output); ok && !d.Compiled {
		return d, true // its build requirements, or their index
	}
	found := Miss(output)
	if len(found) == 0 && wantsNetwork.MatchString(output) {
		return Diagnosis{
			Package: name, Compiled: true, Msg: "the build of " + name + " wants to reach the network, which builds do not get",
			Hint: "write network = true in [tool.moult.package." + name + "], if you trust what it fetches; it gets no secret all the same",
		}, true
	}
	return Diagnosis{
		Package: name, Compiled: true, Msg: name + " could not be built", Hint: cure(found, environment.Apt), missing: found,
	}, len(found) > 0
}

// wantsNetwork matches the messages of programs without a network: Python and
// git, curl, cargo, Go, Node.
var wantsNetwork = regex.New(`Temporary failure in name resolution|Network is unreachable|Could not resolve host|failed to lookup address information|Name or service not known|dial tcp: lookup|EAI_AGAIN`)
