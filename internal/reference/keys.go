package reference

// conditions is the name under which the keys of entries that do not always count
// stand in keys; conditional are the tables that have them.
const conditions = "conditions"

var conditional = map[string]bool{"apt.run": true, "apt.repositories": true, "apk.repositories": true, "files": true, "steps": true}

const packageEntries = "a name, or a table, see [packages](#packages-of-the-distribution)"

// keys has what is said about every key, by its table; see project.Tables.
var keys = map[string][]key{
	"": {
		{"python", "version: `\"3.13\"`, or `\"3.13.2\"` to insist on the patch version; or a table, see [Python](#python)", "`.python-version`, else the newest stable release that `requires-python` allows", stringOr(ref("python"))},
		{"requirements", "list of requirement files, for a project that keeps its dependencies there; they are installed beside `[project].dependencies`", "`[\"requirements.txt\"]` where it exists and no table says what to install", nil},
		{"extras", "list of the project's optional dependencies to install too", "none", nil},
		{"groups", "list of dependency groups to install too; no group is installed unless it is named here, whatever another tool's default is", "none", nil},
		{"lock", "name of the lock file, or `false` to use none", "the one beside the build file", stringOr(off())},
		{"index", "package indexes, see [below](#toolmoultindex)", "PyPI", nil},
		{"package", "settings of single packages, see [below](#toolmoultpackagename)", "", nil},
		{"build", "what counts for all that is compiled, see [below](#toolmoultbuild)", "", nil},

		{"base", "image that the application runs in", "`python:X-slim`, X being the Python version", nil},
		{"builder", "image that wheels are built in", "`python:X`", nil},
		{"apt", "Debian's and Ubuntu's packages, see [packages](#packages-of-the-distribution)", "none", nil},
		{"apk", "Alpine's packages", "none", nil},
		{"dnf", "packages of Red Hat's distributions, by dnf or microdnf, whichever the image has", "none", nil},

		{"env", "table of environment variables; every value is a string, which may refer to others: `\"/opt/bin:${PATH}\"`, see [build arguments](#build-arguments)", "", nil},
		{"user", "`\"1000\"`, `\"www-data\"`, `\"1000:1000\"`: a number, or a name that the base image knows; or a table, see [the user](#the-user)", "a numeric user that is not root", stringOr(ref("user"))},
		{"writable", "list of folders that the user may write: `\"/data\"`, or `{path = \"/data\", mode = \"0770\"}`. They are made where they are missing; a folder of `volumes` need not be repeated", "none", listOf(stringOr(ref("writable")))},
		{"workdir", "absolute folder", "`app.to`", nil},
		{"entrypoint", "list of arguments", "none", command()},
		{"cmd", "list of arguments; `[]` for an image without a command", "see below", command()},
		{"init", "`true` starts the command under an init process (tini), which passes signals on and takes care of orphans", "`false`", nil},
		{"expose", "list of ports: `8000`, `\"53/udp\"`, `\"9000-9010\"`", "none", listOf(oneOf(schema{"type": "integer"}, str()))},
		{"labels", "table of strings", "", nil},
		{"healthcheck", "table, see below; `false` switches the base image's off", "", oneOf(ref("healthcheck"), off())},
		{"stopsignal", "`\"SIGINT\"`, or a number", "the base image's", oneOf(str(), schema{"type": "integer"})},
		{"volumes", "list of absolute folders, which the user may write", "none", nil},
		{"bytecode", "`false` to leave out compiled bytecode", "`true`", nil},

		{"app", "what of the project's folder is the application, see [below](#the-application)", "", nil},
		{"files", "other files that come into the image, see [below](#toolmoultfiles)", "none", nil},
		{"steps", "commands that run after the installation, see [below](#toolmoultsteps)", "none", nil},
		{"stage", "images in which something is built beside the environment, see [below](#toolmoultstagename)", "none", nil},
		{"args", "build arguments, see [below](#build-arguments)", "none", tableOf(stringOr(ref("args.NAME")))},
		{"target", "variants of the image, see [below](#targets)", "none", tableOf(ref("target.NAME"))},
	},
	"python": {
		{"version", "as the string", "as without `python`", nil},
		{"from", "image whose Python is put into a base that has none: `\"python:3.13-slim\"`", "the base has one", nil},
	},
	"args.NAME": {
		{"default", "value where the build gives none; without a default the argument must be given wherever it is used", "none", nil},
		{"description", "one line", "", nil},
		{"choices", "list of the values that are allowed", "any", nil},
	},
	"target.NAME": {
		{"description", "one line for `docker buildx build --call targets`", "", nil},
		{"inherits", "target that this one adds to", "`[tool.moult]` itself", nil},
	},
	"user": {
		{"name", "the user's name; required", "", nil},
		{"uid", "its number", "`1000`", nil},
		{"gid", "its group's number", "`uid`", nil},
		{"home", "its home folder, which is made", "`/home/NAME`", nil},
	},
	"writable": {
		{"path", "absolute folder; required", "", nil},
		{"mode", "permissions in octal digits", "`\"0755\"`", mode()},
	},
	"index": {
		{"name", "what the index is called", "", nil},
		{"url", "URL of its simple API, without credentials; may be left out where `[[tool.uv.index]]`, `[[tool.poetry.source]]` or `[[tool.pdm.source]]` has an index of this name", "", nil},
		{"secret", "id of the build secret that holds `user:password` or a token", "", nil},
		{"default", "`true`: the index takes PyPI's place. Otherwise it is asked beside it", "", nil},
	},
	"apt": {
		{"build", "list of packages for the builder alone: " + packageEntries, "none", packages()},
		{"run", "list of packages for the image", "none", packages()},
		{"env", "environment of the installation alone", "", nil},
		{"repositories", "repositories that are asked beside the image's own; they are not left in the image", "none", nil},
	},
	"apk": {
		{"build", "list of packages for the builder alone", "none", packages()},
		{"run", "list of packages for the image", "none", packages()},
		{"env", "environment of the installation alone", "", nil},
		{"repositories", "repositories that are asked beside the image's own; they are not left in the image", "none", nil},
	},
	"apt.run": {
		{"name", "the package: for apt `\"libpq5\"`, `\"curl=8.*\"`, `\"g++:arm64\"`; for apk `\"libpq\"`, `\"libpq~17.2\"`; for dnf `\"libpq\"`, `\"libpq-16.4-1.el9\"`", "", nil},
		{"url", "address of a package's file, in place of `name`", "", nil},
		{"sha256", "its digest in hexadecimal digits; required with `url`", "", nil},
	},
	"apt.repositories": {
		{"url", "its address; required", "", nil},
		{"suite", "the suite; `\"./\"` for a repository that has none", "the distribution's code name", nil},
		{"components", "list of components", "`[\"main\"]`", nil},
		{"key", "the key that signs it: a file of the context, or `{url = \"...\", sha256 = \"...\"}`", "a key that the image has", stringOr(ref("key"))},
	},
	"apk.repositories": {
		{"url", "its address (for dnf, its baseurl); required", "", nil},
		{"key", "the key that signs it: a file of the context, or `{url = \"...\", sha256 = \"...\"}`; for apk its name ends with `.rsa.pub`", "a key that the image has", stringOr(ref("key"))},
	},
	"key": {
		{"url", "address of the key; required", "", nil},
		{"sha256", "its digest; required", "", nil},
	},
	"build": {
		{"constraints", "requirement file that limits the versions of build requirements", "none", nil},
		{"env", "environment of every build of a package", "", nil},
	},
	"package.NAME": {
		{"path", "folder, wheel or sdist in the context that the package NAME is made from, for projects that have no `[tool.uv.sources]` to say so", "", nil},
		{"index", "name of the index that the package comes from, and from no other", "", nil},
		{"no-binary", "`true` builds it from its sdist even where a wheel fits", "`false`", nil},
		{"build-isolation", "`false` lets its build see the environment's packages; those it needs are built first", "`true`", nil},
		{"build-requires", "list of requirements that are added to those of its `[build-system]`", "none", nil},
		{"config-settings", "table of strings for its build backend", "", nil},
		{"env", "environment of its build", "", nil},
		{"apt", "list of packages of the distribution for its build alone", "none", packages()},
		{"apk", "list of packages of the distribution for its build alone", "none", packages()},
		{"dnf", "list of packages of the distribution for its build alone", "none", packages()},
	},
	"healthcheck": {
		{"cmd", "list of arguments; required", "", command()},
		{"interval", "duration: `\"30s\"`, `\"1m30s\"`", "", nil},
		{"timeout", "duration", "", nil},
		{"start-period", "duration", "", nil},
		{"start-interval", "duration", "", nil},
		{"retries", "number of failures in a row", "", nil},
	},
	"app": {
		{"to", "absolute folder in the image, into which the application is copied", "`\"/app\"`", nil},
		{"include", "list of patterns: what of the folder is the application", "everything", nil},
		{"exclude", "list of patterns: what of that is not; `!pattern` brings back", "none", nil},
		{"executable", "list of patterns: what is made executable whatever its mode in the context. The programs of `entrypoint`, `cmd` and `healthcheck` that are files of the application are made executable anyway", "none", nil},
	},
	"files": {
		{"from", "what of the source: a path or a pattern. In the project's own files it is relative to the project's folder, or to the context's root where it starts with `/`; in an image or a context to its root; in a stage to its `workdir`", "everything", nil},
		{"to", "absolute path in the image; a `/` at its end means into that folder. What is in a folder goes into `to`; required", "", nil},
		{"image", "image that the files come from", "", nil},
		{"context", "named context that they come from: `docker buildx build --build-context NAME=...`", "", nil},
		{"stage", "[stage](#toolmoultstagename) that they come from", "", nil},
		{"url", "address of a file, or a table of addresses by architecture: `{amd64 = \"...\", arm64 = \"...\"}`", "", byArch()},
		{"sha256", "its digest in hexadecimal digits, or a table by architecture; required with `url`", "", byArch()},
		{"unpack", "`true` unpacks the file of `url`: tar, also compressed with gzip, xz, zstd or bzip2, and zip; `from` then chooses in it", "`false`", nil},
		{"strip", "number of leading folders that are dropped while unpacking", "`0`", nil},
		{"exclude", "list of patterns: what of that is left out", "none", nil},
		{"mode", "permissions in octal digits: `\"0755\"`", "as they are, made readable for all; `\"0644\"` for a `url`", mode()},
		{"owner", "`\"root\"`, `\"user\"` for the image's user, or numbers: `\"1000:1000\"`", "`\"root\"`", nil},
		{"in", "`\"image\"`, `\"builder\"`, or a list of both", "`\"image\"`", strOrList(enum("image", "builder"))},
	},
	"stage.NAME": {
		{"image", "image in which it works", "the builder's image, with its packages", nil},
		{"dir", "folder of the project it works on; `/` at its start means from the context's root", "the project's folder", nil},
		{"exclude", "list of patterns: what of that folder it does not get", "none", nil},
		{"workdir", "absolute folder where the files are and the steps run", "`\"/src\"`", nil},
		{"env", "environment of its steps", "", nil},
		{"apt", "list of packages of the distribution for it", "none", packages()},
		{"apk", "list of packages of the distribution for it", "none", packages()},
		{"dnf", "list of packages of the distribution for it", "none", packages()},
		{"venv", "`true`: the Python environment is at its place and first in `PATH`", "`false`", nil},
		{"steps", "commands with the keys of [steps](#toolmoultsteps); `inputs` are the files of `dir` that are there from this step on", "none", nil},
		{"outputs", "table of what is taken from it: the key is a path in the stage, relative to `workdir` or absolute; the value is an absolute path in the image, or a path in the project's folder, where it is put before the project is built or copied", "none", nil},
	},
	"steps": {
		{"run", "list of arguments; required", "", command()},
		{"name", "what the build's log calls the step", "the command", nil},
		{"env", "table of variables for this step alone", "", nil},
		{"secrets", "list of build secrets: `\"ID\"` is the file `/run/secrets/ID`; `{id = \"ID\", file = \"/path\"}` another file, `{id = \"ID\", env = \"NAME\"}` a variable; `optional = true` lets the step run without it", "none", listOf(stringOr(ref("steps.secrets")))},
		{"caches", "list of folders kept from build to build: `\"/root/.cache\"`, or `{path = \"/root/.cache\", id = \"shared\"}` to share one by its id", "none", listOf(stringOr(ref("steps.caches")))},
		{"network", "`true` lets the step reach the network", "`false`", nil},
		{"ssh", "`true` gives the step the build's SSH agent", "`false`", nil},
		{"inputs", "list of patterns: the application's files that it reads. It runs again only when one of them changes, or the environment, or what an earlier step left; `[]` means none of them", "all", nil},
		{"outputs", "list of absolute paths, folders or files: what is kept of what it writes; `[]` keeps nothing, which is right for a test", "all", nil},
		{"in", "`\"image\"`, or `\"builder\"` for a step that needs a compiler or a shell that the image does not have; then it must have `outputs`", "`\"image\"`", enum("image", "builder")},
	},
	"steps.secrets": {
		{"id", "id of the build secret; required", "", nil},
		{"file", "absolute path of the file that holds it", "`/run/secrets/ID`", nil},
		{"env", "variable that holds it, in place of a file", "", nil},
		{"optional", "`true` lets the step run without it", "`false`", nil},
	},
	"steps.caches": {
		{"path", "absolute folder; required", "", nil},
		{"id", "name under which it is shared", "its path", nil},
	},
	conditions: {
		{"when", "text; the entry counts unless it is empty, `0`, `false`, `no` or `off`. A build argument makes the choice: `\"${DEBUG}\"`", "it counts", nil},
		{"arch", "architecture, or list of architectures, on which it counts: `\"amd64\"`, `\"arm64\"`", "all", strOrList(str())},
		{"extra", "extra that must be among `extras`", "none", nil},
	},
}
