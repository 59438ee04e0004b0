package todockerfile

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// stages writes the stages of the build file.
func (w *writer) stages() {
	for _, s := range w.plan.Stages {
		image := s.Image
		if image == "" {
			image = "builder"
			w.lose("the stage %s stands on the builder: move it below that", s.Name)
		}
		w.line("FROM %s AS %s", image, stageName(s.Name))
		w.system(s.System)
		w.line("WORKDIR %s", dockerQuote(s.Workdir))
		w.env(s.Env)
		if s.Venv {
			w.line("COPY --from=builder %s %s", protocol.Venv, protocol.Venv)
		}
		w.line("COPY %s", paths(s.Dir, "./"))
		for _, step := range s.Steps {
			w.step(step)
		}
		w.line("")
	}
}

// stageName returns a name for a stage of the build file that differs from
// those of the builder and the image.
func stageName(name string) string { return "stage-" + strings.ToLower(name) }

func (w *writer) added(all []plan.Added, dir string) {
	for _, a := range all {
		w.line("COPY --from=%s %s", stageName(a.Stage), paths(a.From, path.Join(dir, a.To)))
	}
}

// image writes the last stage.
func (w *writer) image() {
	p := w.plan
	w.line("# The image.")
	w.line("FROM %s", w.base)
	if f := p.PythonFrom; f != nil {
		w.lose("Python from %s: copy its folders, and the libraries they need", f.Image)
	}
	if p.Init != nil {
		w.lose("the init program: install tini and put it in front of the command")
	}
	w.system(p.System)
	python := p.Environment.Python
	if b := p.LibraryBytecode; b != nil {
		w.run(nil, fmt.Sprintf("%s -m compileall -q --invalidation-mode unchecked-hash -x '/(%s)/' %s || true",
			python.Interpreter, strings.Join(b.Exclude, "|"), python.Library))
	}
	w.user()
	w.line("COPY --from=builder %s %s", protocol.Venv, protocol.Venv)
	w.line("ENV PATH=%s/bin:$PATH", protocol.Venv)
	w.env(p.Image.Env)
	w.files(p.Files)
	if a := p.App; a != nil {
		if len(a.Include) > 0 {
			from := ""
			if a.From != "." {
				from = a.From + "/./"
			}
			w.line("COPY --chmod=%s --parents %s", plan.AsTheyAre, paths(append(joined(from, a.Include), a.Dir+"/")...))
		} else {
			w.line("COPY --chmod=%s %s", plan.AsTheyAre, paths(a.From, a.Dir+"/"))
		}
		for _, pattern := range a.Executable {
			if strings.ContainsAny(pattern, "*?[") {
				w.lose("the pattern of executables %s: make them executable in the repository", pattern)
				continue
			}
			w.line("COPY --chmod=755 %s", paths(path.Join(a.From, pattern), path.Join(a.Dir, pattern)))
		}
		w.added(a.Added, a.Dir)
	}
	w.open()
	w.folders()
	w.line("WORKDIR %s", dockerQuote(p.Image.WorkingDir))
	if p.App != nil && p.Bytecode {
		w.run(nil, fmt.Sprintf("python -m compileall -q --invalidation-mode checked-hash %s || true", quote(p.App.Dir)))
	}
	for _, s := range p.Steps {
		w.step(s)
	}
	w.config()
}

func joined(prefix string, all []string) []string {
	out := make([]string, len(all))
	for n, s := range all {
		out[n] = prefix + s
	}
	return out
}

// user adds the image's account.
func (w *writer) user() {
	u := w.plan.User
	if u == nil {
		return
	}
	// Lines are appended to the files, because not every image has useradd.
	commands := []string{
		fmt.Sprintf(`{ grep -q '^[^:]*:[^:]*:%d:' /etc/group || echo '%s:x:%d:' >> /etc/group; }`, u.GID, u.Name, u.GID),
		fmt.Sprintf(`{ grep -q '^%s:' /etc/passwd || echo %s >> /etc/passwd; }`, u.Name, quote(fmt.Sprintf("%s:x:%d:%d::%s:/sbin/nologin", u.Name, u.UID, u.GID, u.Home))),
	}
	commands = append(commands, fmt.Sprintf(`{ [ ! -e /etc/shadow ] || grep -q '^%s:' /etc/shadow || echo '%s:!::0:99999:7:::' >> /etc/shadow; }`, u.Name, u.Name))
	if u.Home != "" && u.Home != "/nonexistent" && u.Home != "/" {
		// As in Moult, any user of group 0 may write the folder.
		commands = append(commands, fmt.Sprintf("{ [ -d %[1]s ] || { mkdir -p %[1]s && chown %[2]d:0 %[1]s && chmod 0775 %[1]s; }; }", quote(u.Home), u.UID))
	}
	w.run(nil, commands...)
}

// open lets everybody create files in the application's folder and in its
// folders without modules.
func (w *writer) open() {
	a := w.plan.App
	if a == nil || !a.Open {
		return
	}
	modules := `-name "*.py" -o -name "*.pyc" -o -name "*.so" -o -name "*.pyd"`
	commands := []string{
		"chmod 1777 " + quote(a.Dir),
		fmt.Sprintf(`find %s -mindepth 1 -type d -exec sh -c '[ -n "$(find "$1" -type f \( %s \) | head -n 1)" ] || chmod 1777 "$1"' sh {} \;`,
			quote(a.Dir), modules),
	}
	if !w.plan.Bytecode {
		// Nothing else makes this folder, and whoever can make it can put bytecode into
		// it that Python takes for that of the modules.
		commands = append(commands, "mkdir -p "+quote(path.Join(a.Dir, "__pycache__")))
	}
	w.run(nil, commands...)
}

// folders writes the commands that create the folders of the image.
func (w *writer) folders() {
	for _, f := range w.plan.Folders {
		switch {
		case f.Open:
			w.run(nil, fmt.Sprintf("{ [ -d %[1]s ] || { mkdir -p %[1]s && chmod 1777 %[1]s; }; }", quote(f.Path)))
			continue
		case f.Path == w.plan.Image.WorkingDir && !f.Owned && f.Mode == 0:
			continue // WORKDIR makes it
		case w.plan.App != nil && w.plan.App.Open && f.Path == w.plan.App.Dir && !f.Owned:
			continue // open has done it
		}
		commands := []string{"mkdir -p " + quote(f.Path)}
		if f.Mode != 0 {
			commands = append(commands, fmt.Sprintf("chmod %04o %s", f.Mode, quote(f.Path)))
		} else if f.Owned {
			commands = append(commands, "chmod g+rwx "+quote(f.Path))
		}
		if f.Owned {
			commands = append(commands, fmt.Sprintf("chown %s:0 %s", quote(w.owner()), quote(f.Path)))
		}
		w.run(nil, commands...)
	}
}

// owner returns the image's user in the form of chown, without its group.
func (w *writer) owner() string {
	if u := w.plan.User; u != nil && strings.HasPrefix(w.plan.Image.User, strconv.Itoa(u.UID)) {
		return strconv.Itoa(u.UID)
	}
	user, _, _ := strings.Cut(w.plan.Image.User, ":")
	return user
}

// files writes the copies of the files that are not the application.
func (w *writer) files(all []plan.Files) {
	for _, f := range all {
		flags := ""
		if f.UID != 0 || f.GID != 0 {
			flags += fmt.Sprintf(" --chown=%d:%d", f.UID, f.GID)
		}
		if f.Mode != 0 && !plan.LacksSearch(f.Mode) {
			flags += fmt.Sprintf(" --chmod=%04o", f.Mode)
		} else {
			flags += " --chmod=" + plan.CopyMode(f.Mode) // an octal mode would close folders
		}
		for _, e := range f.Exclude {
			flags += " --exclude=" + e
		}
		from := f.From
		switch {
		case f.Image != "":
			flags = " --from=" + f.Image + flags
		case f.Stage != "":
			flags = " --from=" + stageName(f.Stage) + flags
		case f.Context != "":
			flags = " --from=" + f.Context + flags
		}
		if f.Download != nil {
			if f.Unpack && (f.Strip > 0 || !strings.Contains(f.Download.Filename, ".tar")) {
				w.lose("unpacking %s", f.Download.URL)
			}
			unpack := ""
			if f.Unpack {
				unpack = " --unpack=true"
			}
			w.line("ADD --checksum=sha256:%s%s%s %s", f.Download.SHA256, unpack, flags, paths(f.Download.URL, f.To))
			continue
		}
		if len(f.Include) > 0 {
			for _, pattern := range f.Include {
				w.line("COPY%s %s", flags, paths(path.Join(from, pattern), strings.TrimSuffix(f.To, "/")+"/"))
			}
			continue
		}
		w.line("COPY%s %s", flags, paths(from, f.To))
	}
}

// step writes a step of the build file.
func (w *writer) step(s plan.Step) {
	var flags []string
	if !s.Network {
		flags = append(flags, "--network=none")
	}
	for _, secret := range s.Secrets {
		f := "--mount=type=secret,id=" + secret.ID
		if secret.Env != "" {
			f += ",env=" + secret.Env
		} else {
			f += ",target=" + secret.Target
		}
		if !secret.Optional {
			f += ",required=true"
		}
		flags = append(flags, f)
	}
	for _, c := range s.Caches {
		flags = append(flags, "--mount=type=cache,id="+c.ID+",target="+c.Path)
	}
	if s.SSH {
		flags = append(flags, "--mount=type=ssh")
	}
	if s.Root == plan.RootBuilder {
		w.lose("the step %s ran in the builder", strings.Join(s.Run, " "))
	}
	args := s.Run
	if len(s.Env) > 0 {
		env := []string{"env"}
		for _, v := range s.Env {
			env = append(env, v.Name+"="+v.Value)
		}
		args = append(env, args...)
	}
	w.run(flags, exec(args))
}

func (w *writer) env(all []plan.Variable) {
	for _, v := range all {
		if v.Name == "PATH" {
			w.line("ENV PATH=%s", dockerQuote(v.Value))
			continue
		}
		w.line("ENV %s=%s", v.Name, dockerQuote(v.Value))
	}
}

// dockerQuote returns a value for ENV or LABEL in which nothing is expanded.
func dockerQuote(s string) string {
	if quote(s) == s {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}

// config writes the image's configuration.
func (w *writer) config() {
	i := w.plan.Image
	for _, l := range i.Labels {
		w.line("LABEL %s=%s", dockerQuote(l.Name), dockerQuote(l.Value))
	}
	for _, p := range i.Expose {
		w.line("EXPOSE %s", p)
	}
	if len(i.Volumes) > 0 {
		w.line("VOLUME %s", exec(i.Volumes))
	}
	if i.StopSignal != "" {
		w.line("STOPSIGNAL %s", i.StopSignal)
	}
	if h := i.Healthcheck; h != nil {
		if len(h.Test) > 0 && h.Test[0] == "NONE" {
			w.line("HEALTHCHECK NONE")
		} else {
			flags := ""
			for _, f := range []struct {
				name  string
				value time.Duration
			}{{"interval", h.Interval}, {"timeout", h.Timeout}, {"start-period", h.StartPeriod}, {"start-interval", h.StartInterval}} {
				if f.value > 0 {
					flags += " --" + f.name + "=" + f.value.String()
				}
			}
			if h.Retries > 0 {
				flags += " --retries=" + strconv.Itoa(h.Retries)
			}
			w.line("HEALTHCHECK%s CMD %s", flags, exec(h.Test[1:]))
		}
	}
	w.line("USER %s", i.User)
	w.command()
}

// command writes ENTRYPOINT and CMD. A Dockerfile without them keeps the base's
// entrypoint and command; Moult does not, so they are reset. An ENTRYPOINT also
// resets the base's command.
func (w *writer) command() {
	base, i := w.plan.BaseConfig, w.plan.Config
	said := len(i.Entrypoint) > 0 || len(base.Entrypoint) > 0
	if said {
		w.line("ENTRYPOINT %s", exec(i.Entrypoint))
	}
	if i.Cmd != nil || !said && len(base.Cmd) > 0 {
		w.line("CMD %s", exec(i.Cmd))
	}
}
