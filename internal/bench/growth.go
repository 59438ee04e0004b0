package bench

import "net/http"

// hosts are the made-up hosts that the proxy serves.
func hosts(Options) map[string]http.Handler { return nil }
