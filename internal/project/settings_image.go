package project

import (
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

func (r *reader) image(v *source.At[string], key string) *source.At[string] {
	if v == nil {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(v.V); err != nil {
		if source.HasCredentials(v.V) {
			r.fail(withCredentials(source.Errorf(v.Pos, "%s: %q is not an image reference, and has credentials in it", key, source.HideCredentials(v.V)).
				WithHint("take them out and log in to the registry: docker login")))
			return nil
		}
		r.fail(source.Errorf(v.Pos, "%s: %q is not an image reference: %w", key, v.V, err))
		return nil
	}
	return v
}

var portForm = regex.New(`^(\d{1,5})(?:-(\d{1,5}))?(?:/([A-Za-z]+))?$`)

func parsePort(n *toml.Node) (Port, error) {
	var text string
	switch n.Kind {
	case toml.Int:
		text = strconv.FormatInt(n.Int, 10)
	case toml.String:
		text = n.Str
	default:
		return Port{}, source.Errorf(n.Pos(), "%s must be a port, not %s", n.Path(), n.Kind).WithHint(`write 8000 or "8000/udp"`)
	}
	bad := func() (Port, error) {
		err := source.Errorf(n.Pos(), "expose: %q is not a port", text)
		if strings.Contains(text, ":") {
			return Port{}, err.WithHint("write the container's port alone; docker run -p maps it")
		}
		return Port{}, err.WithHint(`write a number from 1 to 65535, or "8000/udp", or "8000-8010"`)
	}
	m := portForm.FindStringSubmatch(text)
	if m == nil {
		return bad()
	}
	from, _ := strconv.Atoi(m[1])
	to := from
	if m[2] != "" {
		to, _ = strconv.Atoi(m[2])
	}
	protocol := strings.ToLower(m[3])
	if protocol == "" {
		protocol = "tcp"
	}
	if from < 1 || to > 65535 || to < from || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return bad()
	}
	p := Port{Pos: n.Pos(), Port: strconv.Itoa(from), Protocol: protocol}
	if to > from {
		p.Port += "-" + strconv.Itoa(to)
	}
	return p, nil
}

var signalName = regex.New(`^SIG(?:[A-Z]+[A-Z0-9]*|RTMIN\+[0-9]+|RTMAX-[0-9]+)$`)

var signals = []string{
	"SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
	"SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
	"SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS", "SIGRTMIN", "SIGRTMAX",
}

func (r *reader) stopsignal(n *toml.Node) {
	if n == nil {
		return
	}
	var text string
	switch n.Kind {
	case toml.Int:
		text = strconv.FormatInt(n.Int, 10)
	case toml.String:
		text = n.Str
	default:
		r.fail(n.Expect(toml.String))
		return
	}
	if number.MatchString(text) {
		if i, err := strconv.Atoi(text); err == nil && i >= 1 && i <= 64 {
			r.p.Settings.Stopsignal = &source.At[string]{V: text, Pos: n.Pos()}
			return
		}
	}
	known := slices.Contains(signals, text) || signalName.MatchString(text) && strings.HasPrefix(text, "SIGRTM") && strings.ContainsAny(text, "+-")
	if !known {
		err := source.Errorf(n.Pos(), "stopsignal: %q is not a signal", text)
		if near := toml.Nearest(text, signals); near != "" {
			err = err.WithHint("did you mean %q?", near)
		} else if slices.Contains(signals, "SIG"+strings.ToUpper(text)) {
			err = err.WithHint("did you mean %q?", "SIG"+strings.ToUpper(text))
		}
		r.fail(err)
		return
	}
	r.p.Settings.Stopsignal = &source.At[string]{V: text, Pos: n.Pos()}
}

func (r *reader) healthcheck(n *toml.Node) {
	if n == nil {
		return
	}
	if n.Kind == toml.Bool && !n.Bool {
		r.p.Settings.Healthcheck = &Healthcheck{Pos: n.Pos(), Off: true}
		return
	}
	var t healthcheckTable
	if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
		r.fail(err)
		return
	}
	h := &Healthcheck{Pos: n.Pos()}
	if cmd := r.argv(t.Cmd); cmd != nil {
		h.Cmd = *cmd
		if len(t.Cmd.Items) == 0 {
			r.fail(source.Errorf(t.Cmd.Pos(), "healthcheck.cmd is empty").WithHint("write healthcheck = false to switch the base image's off"))
		}
		if args := cmd.Strings(); len(args) > 0 && (args[0] == "CMD" || args[0] == "CMD-SHELL" || args[0] == "NONE") {
			r.fail(source.Errorf(cmd.Args[0].Pos, "healthcheck.cmd is the command itself, without %q", args[0]))
		}
	}
	h.Interval = r.duration(t.Interval, "healthcheck.interval")
	h.Timeout = r.duration(t.Timeout, "healthcheck.timeout")
	h.StartPeriod = r.duration(t.StartPeriod, "healthcheck.start-period")
	h.StartInterval = r.duration(t.StartInterval, "healthcheck.start-interval")
	if t.Retries != nil {
		if t.Retries.V < 1 {
			r.fail(source.Errorf(t.Retries.Pos, "healthcheck.retries must be at least 1"))
		} else {
			h.Retries = t.Retries.V
		}
	}
	r.p.Settings.Healthcheck = h
}
