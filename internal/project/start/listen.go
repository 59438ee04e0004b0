package start

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
)

// listener is how a program is told to listen on every address, if it listens on the
// container's own alone where nobody tells it: by an option or by a variable. The zero
// value is that nothing tells it.
type listener struct {
	option, variable string
	// from is the imported name that has the address, such as "shop.config.HOST".
	from string
}

// own are the names of the container's own address, which nobody outside of it reaches.
var own = []string{"127.0.0.1", "localhost", "::1"}

func isOwn(t token) bool { return t.kind == text && slices.Contains(own, t.value) }

// addressOptions are options of programs for the address on which they listen.
var addressOptions = []string{"--host", "--bind", "--address", "--ip", "--listen", "--bind-address", "--listen-address", "--hostname"}

// addresses are the names of a source whose value is the container's own address
// where nobody says another one, and the attributes of its options.
type addresses struct {
	names   map[string]listener
	options map[string]listener
}

// addressesOf reads them: HOST = "127.0.0.1", HOST = os.getenv("HOST", "localhost"),
// and the options of a program without subcommands.
func addressesOf(all []statement, imported map[string]string) addresses {
	a := addresses{map[string]listener{}, map[string]listener{}}
	others := map[string]bool{}
	for _, s := range all {
		t := s.tokens
		if len(t) < 3 || t[0].kind != name || !t[1].is("=") && !t[1].is(":") {
			continue
		}
		equals := slices.IndexFunc(t, func(t token) bool { return t.is("=") })
		if equals < 0 {
			continue
		}
		l, is := a.value(t[equals+1:])
		if others[t[0].value] = others[t[0].value] || !is; others[t[0].value] {
			delete(a.names, t[0].value) // it is not always this address
		} else {
			a.names[t[0].value] = l
		}
	}
	parsers := map[string]bool{}
	for n, s := range all {
		t := s.tokens
		if len(t) > 3 && t[0].kind == name && t[1].is("=") && strings.HasSuffix(callee(t[2:], imported), "ArgumentParser") {
			parsers[t[0].value] = true
		}
		switch {
		case len(t) > 5 && parsers[t[0].value] && t[1].is(".") && t[2].is("add_argument") && t[3].is("("):
			a.option(t[4:], imported)
		case t[0].is("@") && strings.HasSuffix(callee(t[1:], imported), "click.option") && isMainCommand(all, n, imported):
			at := slices.IndexFunc(t, func(t token) bool { return t.is("(") })
			a.option(t[at+1:], imported)
		}
	}
	return a
}

// isMainCommand reports whether the decorators around a statement make the only
// command of a program: "@click.command()", and not "@cli.command()".
func isMainCommand(all []statement, n int, imported map[string]string) bool {
	for n > 0 && all[n-1].tokens[0].is("@") {
		n--
	}
	for ; n < len(all) && all[n].tokens[0].is("@"); n++ {
		if callee(all[n].tokens[1:], imported) == "click.command" {
			return true
		}
	}
	return false
}

// option records an option whose default is the container's own address, from the
// arguments of its call on.
func (a addresses) option(t []token, imported map[string]string) {
	if n := slices.IndexFunc(t, func(t token) bool { return t.kind == text && slices.Contains(addressOptions, t.value) }); n >= 0 {
		attribute := strings.ReplaceAll(strings.TrimLeft(t[n].value, "-"), "-", "_")
		for at := n + 1; at+2 < len(t); at++ {
			if !t[at].is("default") || !t[at+1].is("=") {
				continue
			}
			l, is := a.value(argument(t[at+2:]))
			if from := imported[t[at+2].value]; !is && t[at+2].kind == name && strings.Contains(from, ".") && len(argument(t[at+2:])) == 1 {
				l, is = listener{from: from}, true
			}
			if is {
				a.options[attribute] = listener{option: t[n].value, from: l.from}
			}
		}
	}
}

// argument are the tokens of a call's first argument, which end at a comma or at the
// bracket of the call.
func argument(t []token) []token {
	depth := 0
	for n, one := range t {
		switch {
		case one.is("(") || one.is("[") || one.is("{"):
			depth++
		case depth == 0 && (one.is(",") || one.is(")")):
			return t[:n]
		case one.is(")") || one.is("]") || one.is("}"):
			depth--
		}
	}
	return t
}

// value reports whether an expression is the container's own address, or one that a
// variable of the environment or an option replaces.
func (a addresses) value(t []token) (l listener, is bool) {
	switch {
	case len(t) == 1 && isOwn(t[0]):
		return listener{}, true
	case len(t) == 1 && t[0].kind == name:
		if l, is = a.names[t[0].value]; !is {
			l, is = a.options[t[0].value] // the function's parameter has the option's name
		}
		return l, is
	case len(t) >= 3 && t[0].kind == name && t[len(t)-2].is("."): // args.host, parse_args().host
		l, is = a.options[t[len(t)-1].value]
		return l, is
	}
	full, rest := dotted(t)
	last := full[strings.LastIndex(full, ".")+1:]
	if (last != "getenv" && !strings.HasSuffix(full, "environ.get")) || len(rest) < 4 || !rest[0].is("(") || rest[1].kind != text {
		return listener{}, false
	}
	l = listener{variable: rest[1].value}
	switch {
	case len(rest) == 5 && rest[2].is(",") && isOwn(rest[3]) && rest[4].is(")"):
		return l, true
	case len(rest) == 5 && rest[2].is(")") && rest[3].is("or") && isOwn(rest[4]):
		return l, true
	}
	return listener{}, false
}

// of is the container's own address among the arguments of a call of a server, from
// its opening bracket on.
func (a addresses) of(t []token) (l listener, is bool) {
	for n := 0; n+1 < len(t) && (n == 0 || !t[n].is(")")); n++ {
		value := argument(t[n+1:])
		n += len(value)
		named := len(value) > 2 && value[1].is("=")
		if named && !slices.ContainsFunc([]string{"host", "server_name", "ip", "address"}, value[0].is) {
			continue
		}
		if named {
			value = value[2:]
		}
		if l, is = a.value(value); is && (named || l != (listener{})) {
			return l, true
		}
	}
	return listener{}, false
}

// listeningOn lets a program listen on every address whose own default is the
// container's, if an option or a variable tells it.
func listeningOn(in Input, c project.Command) (project.Command, error) {
	if len(c.Cmd) == 0 || c.Why == project.CommandByKey {
		return c, nil
	}
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	words := divided(c.Cmd).words
	program := path.Base(words[0])
	if program != "python" && !slices.ContainsFunc(f.p.Scripts, func(s project.Script) bool { return s.Name.V == program }) {
		return c, nil // a server gets its address in the command
	}
	name, _, err := f.startedBy(project.Command{Cmd: words})
	if err != nil || name == "" {
		return c, err
	}
	m, err := f.look(name)
	if err == nil && m != nil && m.unreached && !m.open && m.listens == (listener{}) {
		c.Reason += "; it listens at the container's own address, which nobody outside reaches: write 0.0.0.0 in " + Within(f.dir, name)
	}
	if err != nil || m == nil || m.listens == (listener{}) {
		return c, err
	}
	l := m.listens
	if is, err := f.isAddress(name, l.from); err != nil || !is {
		return c, err
	}
	set := divided(c.Cmd)
	switch {
	case l.option != "":
		if slices.ContainsFunc(words, func(word string) bool { return isOption(word, []string{l.option}) }) {
			return c, nil
		}
		set.words = slices.Insert(slices.Clone(words), programEnd(words), l.option, "0.0.0.0")
		c.Cmd = set.joined()
	case slices.ContainsFunc(f.p.Settings.Env, func(v project.Variable) bool { return v.Name == l.variable }):
		return c, nil
	default:
		set.variables = append(set.variables, l.variable+"=0.0.0.0")
		c.Cmd = set.joined()
	}
	c.Reason += fmt.Sprintf("; %s makes it listen where it can be reached", cmp.Or(l.option, l.variable))
	return c, nil
}

// programEnd is the number of words of a command before those for its program: Python
// with its options and the program, or a script.
func programEnd(words []string) int {
	if started, ok := argv.PythonOf(words); ok {
		return len(words) - len(started.Rest)
	}
	return 1
}

// isAddress reports whether an imported name is the container's own address in the
// source that defines it; true for "".
func (f *finder) isAddress(file, from string) (bool, error) {
	if from == "" {
		return true, nil
	}
	n := strings.LastIndex(from, ".")
	for _, at := range reached(Within(f.dir, file), from[:n]) {
		for _, name := range moduleFiles(path.Join(f.dir, at)) {
			m, err := f.look(name)
			if err != nil {
				return false, err
			}
			if m == nil {
				continue
			}
			if l, is := m.addresses.names[from[n+1:]]; is && l == (listener{}) {
				return true, nil
			}
		}
	}
	return false, nil
}
