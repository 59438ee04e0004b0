package project

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// badKeys has for each key of the build file something that is wrong with it. The
// text is what stands under [tool.moult] (with the header on the first line), the
// error is without the file's name.
var badKeys = map[string]struct{ text, want string }{
	"args":         {`args = ["X"]`, `2:8: tool.moult.args must be a table, not an array`},
	"target":       {`target = "x"`, `2:10: tool.moult.target must be a table, not a string`},
	"python":       {`python = {}`, `2:10: python needs a version, or an image in from; write python = "3.15", or {from = "python:3.15-slim"}`},
	"base":         {`base = "a b"`, `2:8: base: "a b" is not an image reference: invalid reference format`},
	"builder":      {`builder = ":3"`, `2:11: builder: ":3" is not an image reference: invalid reference format`},
	"requirements": {`requirements = ["../x.txt"]`, `2:17: "../x.txt" leaves the build context; a build sees only the files of its context: build from a folder that contains both, with -f naming the build file`},
	"extras":       {`extras = [1]`, `2:11: tool.moult.extras[0] must be a string, not an integer`},
	"groups":       {`groups = ["${X}"]`, `2:11: there is no build argument X; declare it under [tool.moult.args]; $${ is a plain ${`},
	"index":        {`index = "x"`, `2:9: tool.moult.index must be an array, not a string; write index = ["x"]`},
	"apt":          {`apt = ["x"]`, `2:7: tool.moult.apt must be a table, not an array`},
	"apk":          {`apk.run = "x"`, `2:11: tool.moult.apk.run must be an array, not a string; write run = ["x"]`},
	"dnf":          {`dnf = true`, `2:7: tool.moult.dnf must be a table, not a boolean`},
	"lock":         {`lock = 1`, `2:8: lock must be the name of a lock file, or false`},
	"package":      {`package."a b" = {}`, `2:9: "a b" is not a valid project name`},
	"build":        {`build = []`, `2:9: tool.moult.build must be a table, not an array`},
	"env":          {`env.X = "${Y"`, `2:9: X: ${Y is not closed by }`},
	"user":         {`user = "a b"`, `2:8: user: "a b" is not a user; write a number, a name that the base image knows, or either with a group: "1000", "www-data", "1000:1000"`},
	"workdir":      {`workdir = "srv"`, `2:11: workdir: "srv" must be an absolute path; write "/srv"`},
	"entrypoint":   {`entrypoint = [""]`, `2:15: tool.moult.entrypoint starts with an empty word where the program's name belongs`},
	"cmd":          {`cmd = {a = 1}`, `2:7: tool.moult.cmd must be an array, not a table`},
	"init":         {`init = "tini"`, `2:8: tool.moult.init must be a boolean, not a string; write init = true`},
	"expose":       {`expose = ["http"]`, `2:11: expose: "http" is not a port; write a number from 1 to 65535, or "8000/udp", or "8000-8010"`},
	"labels":       {`labels = {"a b" = "x"}`, `2:11: "a b" is not the name of a label`},
	"healthcheck":  {`healthcheck = true`, `2:15: tool.moult.healthcheck must be a table, not a boolean`},
	"stopsignal":   {`stopsignal = "INT"`, `2:14: stopsignal: "INT" is not a signal; did you mean "SIGINT"?`},
	"volumes":      {`volumes = ["/"]`, `2:12: volumes: the root folder cannot be a volume`},
	"writable":     {`writable = ["/data", "/data/"]`, `2:22: writable: "/data" is there twice, first at line 2`},
	"app":          {`app = "src"`, `2:7: tool.moult.app must be a table, not a string`},
	"files":        {`files = ["a"]`, `2:10: tool.moult.files[0] must be a table, not a string`},
	"stage":        {`stage.x = {}`, `2:11: the stage "x" has no steps, so it makes no files; to copy files out of an image, write an entry of files: {image = "...", from = "...", to = "..."}` + "\n" + `2:11: nothing uses the files of the stage "x"; write outputs = {"dist" = "/app/static"} in it, or an entry of files with stage = "x"`},
	"steps":        {`steps = {run = ["x"]}`, `2:9: tool.moult.steps must be an array, not a table; write [[tool.moult.steps]], or steps = [{...}]`},
	"bytecode":     {`bytecode = "off"`, `2:12: tool.moult.bytecode must be a boolean, not a string; write bytecode = false`},
	"version":      {`version = "latest"`, `2:11: "latest" is not a valid version; write one such as "1.0.0"`},
	"packaged":     {`packaged = "no"`, `2:12: tool.moult.packaged must be a boolean, not a string; write packaged = false`},

	"args.NAME.default":     {`args.A = {default = 1}`, `2:21: tool.moult.args.A.default must be a string, not an integer; write default = "1"`},
	"args.NAME.description": {`args.A = {description = "a\nb"}`, `2:25: the description must stand on one line`},
	"args.NAME.choices":     {`args.A = {default = "gpu", choices = ["cpu", "cuda"]}`, `2:21: the build argument A is "gpu", which is none of its choices: cpu, cuda; did you mean "cpu"?`},

	"target.NAME.description": {`target.a.description = 1`, `2:24: tool.moult.target.a.description must be a string, not an integer; write description = "1"`},
	"target.NAME.inherits":    {`target = {a = {inherits = "b"}, b = {inherits = "a"}}`, `2:27: the target "b" inherits from itself: b → a → b` + "\n" + `2:49: the target "a" inherits from itself: a → b → a`},

	"python.version": {`python = {version = "x"}`, `2:21: "x" is not a Python version; write one such as "3.15"`},
	"python.from":    {`python = {from = "X"}`, `2:18: python.from: "X" is not an image reference: invalid reference format: repository name (library/X) must be lowercase`},

	"user.name": {`user = {name = "root"}`, `2:16: every image has the user root, so it cannot be created; write user = "root"`},
	"user.uid":  {`user = {name = "a", uid = 0}`, `2:27: user.uid: 0 cannot be the uid of a user other than root; write a number from 1 on, such as 1000`},
	"user.gid":  {`user = {name = "a", gid = -1}`, `2:27: user.gid: -1 is not a group's number`},
	"user.home": {`user = {name = "a", home = "home"}`, `2:28: user.home: "home" must be an absolute path; write "/home"`},

	"writable.path": {`writable = [{path = "/"}]`, `2:21: writable: the root folder cannot be given to the user`},
	"writable.mode": {`writable = [{path = "/x", mode = 755}]`, `2:34: mode must be a string of octal digits, not an integer; write mode = "0755"`},

	"index.name":    {`index = [{url = "https://a.example.com"}, {name = 1}]`, `2:51: tool.moult.index[1].name must be a string, not an integer; write name = "1"`},
	"index.url":     {`index = [{url = "x"}]`, `2:17: "x" is not the URL of a package index; write one such as "https://packages.example.com/simple"`},
	"index.default": {`index = [{url = "https://a.example.com", default = 1}]`, `2:52: tool.moult.index[0].default must be a boolean, not an integer; write default = true`},
	"index.secret":  {`index = [{url = "https://a.example.com", secret = "a b"}]`, `2:51: "a b" is not the id of a secret; write the id that the build gives it: docker buildx build --secret id=ID,...`},

	"apt.automatic":    {`apt.automatic = "no"`, `2:17: tool.moult.apt.automatic must be a boolean, not a string; write automatic = false`},
	"apt.build":        {`apt.build = ["gcc-"]`, `2:14: "gcc-" is not a Debian package; write one package for each element, such as "libpq5" or "libpq5=16.4-1"`},
	"apt.run":          {`apt.run = [1]`, `2:12: tool.moult.apt.run[0] must be a package's name or a table, not an integer; write one such as "libpq5" or "libpq5=16.4-1"`},
	"apt.env":          {`apt.env.Y = true`, `2:13: tool.moult.apt.env.Y must be a string, not a boolean; write "true"`},
	"apt.repositories": {`apt.repositories = ["deb https://x"]`, `2:21: tool.moult.apt.repositories[0] must be a table, not a string`},

	"apt.run.when":   {`apt.run = [{name = "curl", when = true}]`, `2:35: tool.moult.apt.run[0].when must be a string, not a boolean; write when = "true"`},
	"apt.run.arch":   {`apt.run = [{name = "curl", arch = "x86_64"}]`, `2:35: "x86_64" is not an architecture; write "amd64"`},
	"apt.run.extra":  {`apt.run = [{name = "curl", extra = "x"}]`, `2:36: there is no extra "x"; the project has none`},
	"apt.run.name":   {`apt.run = [{name = "a b"}]`, `2:20: "a b" is not a Debian package; write one package for each element, such as "libpq5" or "libpq5=16.4-1"`},
	"apt.run.url":    {`apt.run = [{url = "https://example.com/a.rpm", sha256 = "` + zeros + `"}]`, `2:19: "https://example.com/a.rpm" is not the address of a Debian package's file, which ends with .deb`},
	"apt.run.sha256": {`apt.run = [{url = "https://example.com/a.deb"}]`, `2:12: a url needs its sha256, so that no change of the file stays unnoticed; curl -L URL | sha256sum prints it`},

	"apt.repositories.when":       {`apt.repositories = [{url = "https://x", when = "${A}"}]`, `2:48: there is no build argument A; declare it under [tool.moult.args]; $${ is a plain ${`},
	"apt.repositories.arch":       {`apt.repositories = [{url = "https://x", arch = []}]`, `2:48: tool.moult.apt.repositories[0].arch is empty, so the entry never applies; leave arch out for every architecture`},
	"apt.repositories.extra":      {`apt.repositories = [{url = "https://x", extra = 1}]`, `2:49: tool.moult.apt.repositories[0].extra must be a string, not an integer; write extra = "1"`},
	"apt.repositories.url":        {`apt.repositories = [{url = "deb https://x trixie main"}]`, `2:28: "deb https://x trixie main" is a line of a sources.list; write url, suite and components as keys of their own`},
	"apt.repositories.key":        {`apt.repositories = [{url = "https://x", key = "https://x/key.asc"}]`, `2:47: key: a key by its address needs its digest; write key = {url = "https://x/key.asc", sha256 = "..."}`},
	"apt.repositories.suite":      {`apt.repositories = [{url = "https://x", suite = "a b"}]`, `2:49: "a b" is not a suite; write one such as "trixie", or "./" for a repository without suites`},
	"apt.repositories.components": {`apt.repositories = [{url = "https://x", suite = "./", components = ["main"]}]`, `2:69: a suite that ends with / has no components`},

	"apk.build":              {`apk.build = ["a b"]`, `2:14: "a b" is not an Alpine package; write one package for each element, such as "libpq" or "libpq~17.2"`},
	"apk.run":                {`dnf.run = ["a b"]`, `2:12: "a b" is not an RPM package; write one package for each element, such as "libpq" or "libpq-16.4-1.el9"`},
	"apk.env":                {`apk.env."A B" = "x"`, `2:9: "A B" is not the name of an environment variable; use letters, digits and '_', with no digit at the start`},
	"apk.repositories":       {`apk.repositories = [{}]`, `2:21: tool.moult.apk.repositories[0] needs the key "url"`},
	"apk.repositories.when":  {`apk.repositories = [{url = "https://x", when = 1}]`, `2:48: tool.moult.apk.repositories[0].when must be a string, not an integer; write when = "1"`},
	"apk.repositories.arch":  {`apk.repositories = [{url = "https://x", arch = "amd"}]`, `2:48: "amd" is not an architecture; did you mean "amd64"?`},
	"apk.repositories.extra": {`apk.repositories = [{url = "https://x", extra = "x"}]`, `2:49: there is no extra "x"; the project has none`},
	"apk.repositories.url":   {`apk.repositories = [{url = "https://me:pass@example.com"}]`, `2:28: the URL of example.com has credentials in it; take them out; they would be kept in the image's history`},
	"apk.repositories.key":   {`apk.repositories = [{url = "https://x", key = "main.py"}]`, `2:47: key: the key of an Alpine repository is a file that ends with .rsa.pub, not "main.py"`},
	"key.url":                {`dnf.repositories = [{url = "https://x", key = {url = "x", sha256 = ""}}]`, `2:54: "x" is not the address of a file; write one that starts with https://`},
	"key.sha256":             {`dnf.repositories = [{url = "https://x", key = {url = "https://x", sha256 = "ab"}}]`, `2:76: sha256: "ab" is not 64 hexadecimal digits`},

	"build.constraints": {`build.constraints = "nosuch.txt"`, `2:21: there is no file "nosuch.txt" in the build context; check the name, and that .dockerignore does not leave it out`},
	"build.env":         {`build.env = ["A=1"]`, `2:13: tool.moult.build.env must be a table, not an array`},

	"package.NAME.path":            {`package.a.path = "nosuch"`, `2:18: there is no folder or file "nosuch" in the build context; check the name, and that .dockerignore does not leave it out`},
	"package.NAME.index":           {`package.a.index = 1`, `2:19: tool.moult.package.a.index must be a string, not an integer; write index = "1"`},
	"package.NAME.apt":             {`package.a.apt = {build = ["x"]}`, `2:17: tool.moult.package.a.apt must be an array, not a table`},
	"package.NAME.apk":             {`package.a.apk = ["!"]`, `2:18: "!" is not an Alpine package; write one package for each element, such as "libpq" or "libpq~17.2"`},
	"package.NAME.dnf":             {`package.a.dnf = ["!"]`, `2:18: "!" is not an RPM package; write one package for each element, such as "libpq" or "libpq-16.4-1.el9"`},
	"package.NAME.env":             {`package.a.env.X = 1`, `2:19: tool.moult.package.a.env.X must be a string, not an integer; write "1"`},
	"package.NAME.no-binary":       {`package.a.no-binary = "yes"`, `2:23: tool.moult.package.a.no-binary must be a boolean, not a string; write no-binary = true`},
	"package.NAME.build-isolation": {`package.a.build-isolation = 0`, `2:29: tool.moult.package.a.build-isolation must be a boolean, not an integer; write build-isolation = false`},
	"package.NAME.network":         {`package.a.network = "host"`, `2:21: tool.moult.package.a.network must be a boolean, not a string; write network = true`},
	"package.NAME.install":         {`package.a.install = "no"`, `2:21: tool.moult.package.a.install must be a boolean, not a string; write install = false`},
	"package.NAME.version":         {`package.a.version = "x"`, `2:21: "x" is not a valid version; write one such as "1.0.0"`},
	"package.NAME.large":           {`package.a.large = 1`, `2:19: tool.moult.package.a.large must be a boolean, not an integer; write large = true`},
	"package.NAME.build-requires":  {`package.a.build-requires = ["!"]`, `2:29: "!" is not a valid requirement: column 1: …`},
	"package.NAME.config-settings": {`package.a.config-settings = {"a=b" = "c"}`, `2:30: "a=b" is not the name of a config setting`},

	"healthcheck.cmd":            {`healthcheck.cmd = []`, `2:19: healthcheck.cmd is empty; write healthcheck = false to switch the base image's off`},
	"healthcheck.interval":       {`healthcheck = {cmd = ["x"], interval = "1"}`, `2:40: healthcheck.interval: "1" is not a duration; write one such as "30s" or "1m30s"`},
	"healthcheck.timeout":        {`healthcheck = {cmd = ["x"], timeout = "1ns"}`, `2:39: healthcheck.timeout: "1ns" is shorter than a millisecond`},
	"healthcheck.start-period":   {`healthcheck = {cmd = ["x"], start-period = 1}`, `2:44: tool.moult.healthcheck.start-period must be a string, not an integer; write start-period = "1"`},
	"healthcheck.start-interval": {`healthcheck = {cmd = ["x"], start-interval = "x"}`, `2:46: healthcheck.start-interval: "x" is not a duration; write one such as "30s" or "1m30s"`},
	"healthcheck.retries":        {`healthcheck = {cmd = ["x"], retries = 0}`, `2:39: healthcheck.retries must be at least 1`},

	"app.to":         {`app.to = "/"`, `2:10: app.to: the root folder cannot be the application's`},
	"app.include":    {`app.include = []`, `2:15: app.include is empty, so the image would not hold the application; leave the key out to include everything`},
	"app.exclude":    {`app.exclude = ["a["]`, `2:16: "a[" is not a pattern: syntax error in pattern`},
	"app.executable": {`app.executable = ["../x"]`, `2:19: "../x" leaves the build context`},
	"app.read-only":  {`app.read-only = "yes"`, `2:17: tool.moult.app.read-only must be a boolean, not a string; write read-only = true`},

	"files.when":     {`files = [{to = "/x", when = false}]`, `2:29: tool.moult.files[0].when must be a string, not a boolean; write when = "false"`},
	"files.arch":     {`files = [{to = "/x", arch = [1]}]`, `2:30: arch must be a string or an array of strings, not an integer; write one such as "amd64"`},
	"files.extra":    {`files = [{to = "/x", extra = "x"}]`, `2:30: there is no extra "x"; the project has none`},
	"files.image":    {`files = [{to = "/x", image = "X"}]`, `2:30: image: "X" is not an image reference: invalid reference format: repository name (library/X) must be lowercase`},
	"files.context":  {`files = [{to = "/x", context = "../x"}]`, `2:32: context: "../x" is not the name of a build context; write the name that the build gives it: docker buildx build --build-context NAME=...; a folder of the project is written as from`},
	"files.stage":    {`files = [{to = "/x", stage = "web"}]`, `2:30: there is no stage "web"; its steps are written under [tool.moult.stage.web]`},
	"files.url":      {`files = [{to = "/x", image = "a", url = "https://x", sha256 = "` + zeros + `"}]`, `2:35: an entry of files has one source, and this has image and url; write one entry for each`},
	"files.sha256":   {`files = [{to = "/x", url = {amd64 = "https://x", arm64 = "https://y"}, sha256 = {amd64 = "` + zeros + `"}}]`, `2:81: there is no sha256 of the url of arm64`},
	"files.bytecode": {`files = [{to = "/x", in = "builder", bytecode = true}]`, `2:49: bytecode belongs to files of the image; leave it out: the builder's files are not compiled`},
	"files.unpack":   {`files = [{to = "/x", unpack = true}]`, `2:31: unpack belongs to a url`},
	"files.strip":    {`files = [{to = "/x", url = "https://x", sha256 = "` + zeros + `", strip = 1}]`, `2:126: strip needs an archive that is unpacked; write unpack = true`},
	"files.from":     {`files = [{to = "/x", from = "../x"}]`, `2:29: from: "../x" leaves the build context; a build sees only the files of its context: build from a folder that contains both, with -f naming the build file`},
	"files.to":       {`files = [{to = "x"}]`, `2:16: to: "x" must be an absolute path in the image; write "/app/x" for a place beside the application`},
	"files.exclude":  {`files = [{to = "/x", exclude = [""]}]`, `2:33: "" is not a pattern`},
	"files.mode":     {`files = [{to = "/x", mode = "u+x"}]`, `2:29: "u+x" is not a mode; write octal digits such as "0755"`},
	"files.owner":    {`files = [{to = "/x", owner = "www-data"}]`, `2:30: owner: "www-data" is not an owner; write "root", "user" for the image's user, or numbers such as "1000:1000"`},
	"files.in":       {`files = [{to = "/x", in = "venv"}]`, `2:27: in: "venv" is neither "image" nor "builder"; write "image", "builder", or both`},

	"stage.NAME.image":   {`stage.x = {image = "X", steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:20: image: "X" is not an image reference: invalid reference format: repository name (library/X) must be lowercase`},
	"stage.NAME.dir":     {`stage.x = {dir = "../../x", steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:18: dir: "../../x" leaves the build context; a build sees only the files of its context: build from a folder that contains both, with -f naming the build file`},
	"stage.NAME.exclude": {`stage.x = {exclude = ["["], steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:23: "[" is not a pattern: syntax error in pattern`},
	"stage.NAME.workdir": {`stage.x = {workdir = "src", steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:22: workdir: "src" must be an absolute path; write "/src"`},
	"stage.NAME.env":     {`stage.x = {env = {A = 1}, steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:23: tool.moult.stage.x.env.A must be a string, not an integer; write "1"`},
	"stage.NAME.apt":     {`stage.x = {apt = ["a b"], steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:19: "a b" is not a Debian package; write one package for each element, such as "libpq5" or "libpq5=16.4-1"`},
	"stage.NAME.apk":     {`stage.x = {apk = ["a b"], steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:19: "a b" is not an Alpine package; write one package for each element, such as "libpq" or "libpq~17.2"`},
	"stage.NAME.dnf":     {`stage.x = {dnf = ["a b"], steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:19: "a b" is not an RPM package; write one package for each element, such as "libpq" or "libpq-16.4-1.el9"`},
	"stage.NAME.venv":    {`stage.x = {venv = "yes", steps = [{run = ["a"]}], outputs = {a = "/a"}}`, `2:19: tool.moult.stage.x.venv must be a boolean, not a string; write venv = true`},
	"stage.NAME.steps":   {`stage.x = {steps = [], outputs = {a = "/a"}}`, `2:11: the stage "x" has no steps, so it makes no files; to copy files out of an image, write an entry of files: {image = "...", from = "...", to = "..."}`},
	"stage.NAME.outputs": {`stage.x = {steps = [{run = ["a"]}], outputs = {dist = "../x"}}`, `2:55: outputs: "../x" leaves the project's folder; write an absolute path for a place in the image`},

	"steps.when":    {`steps = [{run = ["a"], when = 1}]`, `2:31: tool.moult.steps[0].when must be a string, not an integer; write when = "1"`},
	"steps.arch":    {`steps = [{run = ["a"], arch = {}}]`, `2:31: arch must be a string or an array of strings, not a table; write one such as "amd64"`},
	"steps.extra":   {`steps = [{run = ["a"], extra = "x"}]`, `2:32: there is no extra "x"; the project has none`},
	"steps.name":    {`steps = [{run = ["a"], name = "a\nb"}]`, `2:31: the name of a step must stand on one line`},
	"steps.run":     {`steps = [{run = "make assets"}]`, `2:17: tool.moult.steps[0].run must be a list of arguments, not a string: no shell reads it; write ["make", "assets"]`},
	"steps.env":     {`steps = [{run = ["a"], env = {"1" = ""}}]`, `2:31: "1" is not the name of an environment variable; use letters, digits and '_', with no digit at the start`},
	"steps.secrets": {`steps = [{run = ["a"], secrets = [1]}]`, `2:35: tool.moult.steps[0].secrets[0] must be a table, not an integer`},
	"steps.caches":  {`steps = [{run = ["a"], caches = ["/"]}]`, `2:34: caches: the root folder cannot be a cache`},
	"steps.network": {`steps = [{run = ["a"], network = "host"}]`, `2:34: tool.moult.steps[0].network must be a boolean, not a string; write network = true`},
	"steps.ssh":     {`steps = [{run = ["a"], ssh = "default"}]`, `2:30: tool.moult.steps[0].ssh must be a boolean, not a string; write ssh = true`},
	"steps.inputs":  {`steps = [{run = ["a"], inputs = ["/app/x"]}]`, `2:34: inputs: "/app/x" must be relative to the folder of the files; write "app/x"`},
	"steps.outputs": {`steps = [{run = ["a"], outputs = ["static"]}]`, `2:35: outputs: "static" must be an absolute path; write "/app/static" for a place in the application's folder`},
	"steps.in":      {`steps = [{run = ["a"], in = "builder"}]`, `2:29: a step in the builder needs outputs: the image gets nothing else that the step writes; write outputs = ["/app/..."], or [] for a step that only checks`},

	"steps.secrets.id":       {`steps = [{run = ["a"], secrets = [{file = "/x"}]}]`, `2:35: tool.moult.steps[0].secrets[0] needs the key "id"`},
	"steps.secrets.file":     {`steps = [{run = ["a"], secrets = [{id = "x", file = "x"}]}]`, `2:53: file: "x" must be an absolute path; write "/x"`},
	"steps.secrets.env":      {`steps = [{run = ["a"], secrets = [{id = "x", env = "1"}]}]`, `2:52: "1" is not the name of an environment variable; use letters, digits and '_', with no digit at the start`},
	"steps.secrets.optional": {`steps = [{run = ["a"], secrets = [{id = "x", optional = "1"}]}]`, `2:57: tool.moult.steps[0].secrets[0].optional must be a boolean, not a string; write optional = true`},
	"steps.caches.path":      {`steps = [{run = ["a"], caches = [{path = "x"}]}]`, `2:42: caches: "x" must be an absolute path; write "/app/x" for a place in the application's folder`},
	"steps.caches.id":        {`steps = [{run = ["a"], caches = [{path = "/x", id = 1}]}]`, `2:53: tool.moult.steps[0].caches[0].id must be a string, not an integer; write id = "1"`},
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

// keysOf lists the keys of a table's type, as the decoder sees them.
func keysOf(t reflect.Type) []string {
	var keys []string
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name != "" {
			keys = append(keys, name)
		}
	}
	return keys
}

func TestEveryKeyHasABadInputWithItsLine(t *testing.T) {
	known := map[string]bool{}
	for table, typ := range Tables() {
		for _, key := range keysOf(typ) {
			name := strings.TrimPrefix(table+"."+key, ".")
			known[name] = true
			if _, ok := badKeys[name]; !ok {
				t.Errorf("%s: there is no bad input", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(badKeys)) {
		if !known[name] {
			t.Errorf("%s: there is no such key", name)
		}
		test := badKeys[name]
		t.Run(name, func(t *testing.T) {
			_, err := readTree("[tool.moult]\n" + test.text + "\n-- main.py --\n")
			var got string
			if err != nil {
				got = strings.ReplaceAll(err.Error(), "pyproject.toml:", "")
			}
			want, open := strings.CutSuffix(test.want, "…")
			if got != want && !(open && strings.HasPrefix(got, want)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestAWordOfAnotherToolGetsOurs(t *testing.T) {
	for text, want := range map[string]string{
		`copy = []`:                            `2:1: unknown key "copy" in [tool.moult]; did you mean "files"?`,
		`volume = "/x"`:                        `2:1: unknown key "volume" in [tool.moult]; did you mean "volumes"?`,
		`tini = true`:                          `2:1: unknown key "tini" in [tool.moult]; did you mean "init"?`,
		`packages = ["curl"]`:                  `2:1: unknown key "packages" in [tool.moult]; did you mean "apt.run"?`,
		`build-args = {}`:                      `2:1: unknown key "build-args" in [tool.moult]; did you mean "args"?`,
		`targets = {}`:                         `2:1: unknown key "targets" in [tool.moult]; did you mean "target"?`,
		`stages = {}`:                          `2:1: unknown key "stages" in [tool.moult]; did you mean "stage"?`,
		`variables = {}`:                       `2:1: unknown key "variables" in [tool.moult]; did you mean "env"?`,
		`files = [{src = "a", to = "/a"}]`:     `2:11: unknown key "src" in tool.moult.files[0]; did you mean "from"?`,
		`files = [{to = "/x", mode = "4755"}]`: `2:29: mode "4755" has a bit beyond the permissions, which a copy does not set; write the permissions, and set that bit in a step`,
		`files = [{to = "/a", chmod = "755"}]`: `2:22: unknown key "chmod" in tool.moult.files[0]; did you mean "mode"?`,
		`steps = [{run = ["a"], if = "x"}]`:    `2:24: unknown key "if" in tool.moult.steps[0]; did you mean "when"?`,
		`user = {name = "a", group = "b"}`:     `2:21: unknown key "group" in [tool.moult.user]; did you mean "gid"?`,
	} {
		_, err := readTree("[tool.moult]\n" + text + "\n-- main.py --\n")
		if err == nil || strings.TrimPrefix(err.Error(), "pyproject.toml:") != want {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}
