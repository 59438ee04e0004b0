package start

import "slices"

// choose returns the application of a module that a server has to run.
func (f *finder) choose(m *module) (application, bool) {
	var best *application
	for n := range m.applications {
		a := &m.applications[n]
		if best == nil || applicationRank(*a) < applicationRank(*best) {
			best = a
		}
	}
	if best == nil {
		return application{}, false
	}
	a := *best
	if a.protocol == "" {
		switch {
		case f.in.Has("fastapi") || f.in.Has("starlette") || f.in.Has("litestar") || f.in.Has("quart"):
			a.protocol = asgi
		case f.in.Has("flask"):
			a.protocol, a.framework = wsgi, "Flask"
		default:
			return application{}, false
		}
	}
	return a, true
}

// applicationNames are usual names of applications, the likeliest first.
var applicationNames = []string{"app", "application", "api", "server", "asgi_app", "wsgi_app"}

func applicationRank(a application) int {
	n := slices.Index(applicationNames, a.name)
	switch {
	case a.factory:
		return 20
	case n < 0:
		return 10
	}
	return n
}
