package index

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// find returns the first fault for one of the targets: the file's name, its project's, or "*" for everything. It counts
// the fault's times only if count is true.
func (sc *scope) find(count bool, targets ...string) *Fault {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, target := range append(targets, "*") {
		f := sc.faults[target]
		if f == nil {
			continue
		}
		found := *f
		if count && f.Times > 0 {
			if f.Times--; f.Times == 0 {
				delete(sc.faults, target)
			}
		}
		return &found
	}
	return nil
}

// corrupt reports whether a file's bytes have to be changed.
func (sc *scope) corrupt(targets ...string) bool {
	f := sc.find(false, targets...)
	return f != nil && f.Corrupt
}

// fail applies the fault for the first of the targets that has one. It returns the writer for the rest of the answer;
// nil if the request was answered. A fault of a file's bytes does not change a page.
func (sc *scope) fail(w http.ResponseWriter, r *http.Request, file bool, targets ...string) http.ResponseWriter {
	known := sc.find(false, targets...)
	aboutBytes := known != nil && (known.Corrupt || known.CutAfter > 0) && known.Status == 0
	if known == nil || aboutBytes && !file && known.Password == "" && known.Delay == 0 {
		return w
	}
	f := sc.find(true, targets...)
	if f == nil {
		return w
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return nil
		}
	}
	if f.Password != "" || f.User != "" {
		user, password, ok := r.BasicAuth()
		if !ok || user != f.User || password != f.Password {
			w.Header().Set("WWW-Authenticate", `Basic realm="lab index"`)
			http.Error(w, "a password is needed", http.StatusUnauthorized)
			return nil
		}
	}
	if f.Status != 0 {
		http.Error(w, http.StatusText(f.Status), f.Status)
		return nil
	}
	if f.CutAfter > 0 && file {
		return &cutter{ResponseWriter: w, remaining: f.CutAfter}
	}
	return w
}

// cutter drops the connection after some bytes of the body, though the header promised more.
type cutter struct {
	http.ResponseWriter
	remaining int64
}

func (c *cutter) Write(p []byte) (int, error) {
	if int64(len(p)) < c.remaining {
		c.remaining -= int64(len(p))
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.remaining])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	// With this value net/http ends a connection without a message in the log.
	panic(http.ErrAbortHandler)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *cutter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// control answers the requests that control a scope.
func (sc *scope) control(w http.ResponseWriter, r *http.Request, what string) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	switch {
	case what == "faults" && r.Method == http.MethodPut:
		var faults map[string]*Fault
		if err := json.NewDecoder(r.Body).Decode(&faults); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for target, f := range faults {
			sc.faults[target] = f
		}
	case what == "faults" && r.Method == http.MethodDelete:
		sc.faults = map[string]*Fault{}
	case what == "requests" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(sc.requests)
	case what == "requests" && r.Method == http.MethodDelete:
		sc.requests = nil
	case strings.HasPrefix(what, "files/") && r.Method == http.MethodPut:
		content, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		d, err := describe(strings.TrimPrefix(what, "files/"), content)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		d.data, d.modified = content, time.Unix(0, 0)
		sc.extra[d.name] = d
	default:
		http.Error(w, "no such control", http.StatusNotFound)
	}
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
