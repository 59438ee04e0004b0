package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// secretName matches names of variables that hold secrets. The words "key" and
// "auth" alone are too common.
var secretName = regex.New(`(?i)(?:^|_)(?:password|passwd|pword|pwd|secret|token|apikey|credentials?|` +
	`(?:api|secret|private|access|signing|encryption|master|auth)_?key)$`)

// namesSecret reports whether the name of a variable says that it holds a
// secret. It is false if the value is a path (of a file with the secret), a
// switch or a number.
func namesSecret(name, value string) bool {
	switch strings.ToLower(value) {
	case "", "true", "false", "yes", "no", "on", "off":
		return false
	}
	return secretName.MatchString(name) && !strings.HasPrefix(value, "/") && strings.Trim(value, "0123456789.") != ""
}

// isDSN reports whether a variable is the address of an error tracker
// (SENTRY_DSN), in which the user name is a public key. It is false if the
// address has a password.
func isDSN(name, value string) bool {
	user, password := source.Userinfo(value)
	return user != "" && password == "" && strings.HasSuffix(strings.ToUpper(name), "DSN")
}

// holdsSecret reports whether a variable's name or value shows that it holds a
// secret.
func holdsSecret(name, value string) bool {
	return namesSecret(name, value) || source.HasCredentials(value) && !isDSN(name, value)
}

// isProxy reports whether a build argument is one of those by which clients
// pass proxies. BuildKit keeps them out of images, but not out of provenance.
func isProxy(name string) bool {
	switch strings.ToLower(name) {
	case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy":
		return true
	}
	return false
}

// secretInArgument finds build arguments that look like secrets: those that the
// client passes, and those with such a default.
func secretInArgument(p Project) []Finding {
	const hint = "give it as a build secret: --secret id=ID,env=NAME, and secrets = [\"ID\"] in the step or secret = \"ID\" in the index that needs it"
	var found []Finding
	declared := map[string]bool{}
	for _, a := range p.Settings.Args {
		declared[a.Name] = true
		value := a.Value
		if fromClient, ok := p.Args[a.Name]; ok {
			value = fromClient
		}
		if holdsSecret(a.Name, value) || a.Default == nil && secretName.MatchString(a.Name) {
			found = append(found, Finding{Rule: SecretInArgument, Pos: a.Pos,
				Msg: fmt.Sprintf("the build argument %s holds a secret, which the image's provenance keeps", a.Name), Hint: hint})
		}
	}
	var names, proxies []string
	for name, value := range p.Args {
		if declared[name] || strings.HasPrefix(name, "BUILDKIT_") || !holdsSecret(name, value) {
			continue
		}
		if isProxy(name) {
			proxies = append(proxies, name)
		} else {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		found = append(found, Finding{Rule: SecretInArgument,
			Msg: fmt.Sprintf("the build was given --build-arg %s, which holds a secret and is kept in the image's provenance", quoted(name)), Hint: hint})
	}
	slices.Sort(proxies)
	for _, name := range proxies {
		found = append(found, Finding{Rule: SecretInArgument,
			Msg:  fmt.Sprintf("the proxy in %s has a password, which is kept in the image's provenance", name),
			Hint: "let a proxy without a password on the builder's machine forward to it"})
	}
	return found
}

// secretInEnv finds variables of the image that look like secrets.
func secretInEnv(p Project) []Finding {
	var found []Finding
	for _, v := range p.Settings.Env {
		if holdsSecret(v.Name, v.Value.V) {
			found = append(found, Finding{Rule: SecretInEnv, Pos: v.Pos,
				Msg:  fmt.Sprintf("the variable %s of the image holds a secret", v.Name),
				Hint: "take it out and set it where the container is started; a step alone gets it by its own secrets"})
		}
	}
	return found
}

// secretFiles are the names of files that hold secrets, in .dockerignore's
// syntax. Files that end in .pem or .key are often public, and .npmrc often has
// only the address of a registry. isSecret decides by their content.
var secretFiles = []string{
	"**/.env", "**/.env.*", "**/*.env",
	"**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519",
	"**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/*.kdbx", "**/*.jks", "**/*.ppk",
	"**/.netrc", "**/.pypirc", "**/.npmrc", "**/.pgpass", "**/.git-credentials", "**/.htpasswd",
	"**/.aws/credentials", "**/.docker/config.json", "**/.kube/config", "**/.ssh/*",
	"**/credentials.json", "**/client_secret*.json", "**/service-account*.json", "**/service_account*.json",
	"**/secrets.toml", "**/secrets.yaml", "**/secrets.yml", "**/terraform.tfstate",
}

// File is one of an application's files.
type File struct {
	// Name is relative to the application's folder.
	Name string
	// Head is the beginning of its content if NeedsHead is true for it, else nil.
	Head []byte
}

// NeedsHead reports whether the content of a file decides if it is a secret.
func NeedsHead(name string) bool {
	return strings.HasSuffix(name, ".pem") || strings.HasSuffix(name, ".key") || path.Base(name) == ".npmrc"
}

// npmSecret matches a line of .npmrc with a token or a password, unless its
// value is a variable.
var npmSecret = regex.New(`(?m)^[ \t]*(?:[^#;\s=]*:)?(?:_authToken|_auth|_password)[ \t]*=[ \t]*"?[^"\s$]`)

// isSecret reports whether the beginning of a file that NeedsHead names shows a
// secret.
func isSecret(f File) bool {
	if path.Base(f.Name) == ".npmrc" {
		return npmSecret.Match(f.Head)
	}
	return strings.Contains(string(f.Head), "PRIVATE KEY")
}

// harmless are parts of the names of example files (".env.example",
// "sample.env") and of public files.
var harmless = []string{"example", "sample", "template", "dist", "tmpl", "pub", "known_hosts", "authorized_keys"}

// named is a function that reports whether patterns match a file.
func named(patterns []string) func(name string) bool {
	m, err := patternmatcher.New(patterns)
	return func(name string) bool {
		if err != nil {
			return false
		}
		found, err := m.MatchesOrParentMatches(name)
		return found && err == nil
	}
}

// Files finds secrets among the files of an application. pos is the position
// that copies them into the image.
func Files(files []File, pos source.Pos) []Finding {
	secret := named(secretFiles)
	var names []string
	for _, f := range files {
		base := path.Base(f.Name)
		if !secret(f.Name) {
			continue
		}
		if slices.ContainsFunc(strings.Split(base, "."), func(part string) bool { return slices.Contains(harmless, part) }) {
			continue
		}
		if NeedsHead(f.Name) && !isSecret(f) {
			continue
		}
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	looks, it := "looks like a secret", "it"
	if len(names) > 1 {
		looks, it = "look like secrets", "them"
	}
	return []Finding{{Rule: SecretFile, Pos: pos, Msg: "the image holds " + enumerate(names, 5) + ", which " + looks,
		Hint: "leave " + it + " out by .dockerignore or app.exclude, and give " + it + " to the container where it is started"}}
}

// enumerate gives "a, b and 3 more".
func enumerate(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
