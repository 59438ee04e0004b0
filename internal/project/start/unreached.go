package start

import (
	"slices"
	"strings"
)

// listeners are calls of libraries that listen at the address that they get, by their
// last names: of aiohttp, websockets, http.server, wsgiref, gRPC, gevent and asyncio.
var listeners = []string{"run_app", "serve", "HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "make_server", "add_insecure_port", "WSGIServer", "create_server", "start_server", "run_simple"}

// listensAtOwn reports whether a file gives such a call the container's own address, and
// nothing that could be another one.
func listensAtOwn(all []statement) (own bool) {
	for _, s := range all {
		t := s.tokens
		if t[0].is("def") || t[0].is("class") || t[0].is("async") && len(t) > 1 && t[1].is("def") {
			continue
		}
		for n := 0; n+1 < len(t); n++ {
			if t[n].kind != name || !t[n+1].is("(") || !slices.Contains(listeners, t[n].value) {
				continue
			}
			is := slices.ContainsFunc(t[n+1:], func(t token) bool {
				host, _, _ := strings.Cut(t.value, ":")
				return isOwn(t) || t.kind == text && (host == "localhost" || host == "127.0.0.1")
			})
			if !is {
				return false // one that may be reached
			}
			own = true
		}
	}
	return own
}
