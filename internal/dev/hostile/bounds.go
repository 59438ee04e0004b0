package hostile

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/racing"
)

// Limits for each input.
const (
	maxTime   = 2 * time.Second
	maxMemory = 200 << 20
)

// Bounded runs a function that reads an input, and fails the test if it needs
// more time or memory than the limits. A processor that other programs share is
// slower, so an input that took too long is read again, up to three times.
func Bounded(t *testing.T, read func()) {
	t.Helper()
	var took time.Duration
	var limit time.Duration
	for range 3 {
		limit = time.Duration(float64(maxTime) * max(1, slowness()))
		if took = measured(t, read, limit); took <= limit {
			return
		}
	}
	t.Errorf("it took %s, more than %s", took, limit)
}

// usual is the time that an idle machine with two cores takes for the work of slowness.
const usual = 100 * time.Millisecond

// slowness compares the machine, as busy as it is, with an idle one: by work as
// readers do it, with many small allocations, and collected as often as in
// measured.
func slowness() float64 {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	elapsed := racing.Begin()
	names := map[string][]byte{}
	for n := range 200_000 {
		name := strconv.Itoa(n)
		names[name] = []byte(name)
	}
	runtime.KeepAlive(names)
	return float64(elapsed()) / float64(usual)
}

// measured is the time that a function takes, the processor's or the clock's. One
// that takes twenty times the limit by the clock is not waited for.
func measured(t *testing.T, read func(), limit time.Duration) time.Duration {
	t.Helper()
	// The limit is for what is in use. With Go's default up to half of the heap
	// may be garbage, and on a busy machine more: the peak then says how busy the
	// machine was.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	start, elapsed := time.Now(), racing.Begin()
	go func() {
		defer close(done)
		read()
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	peak := uint64(0)
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-tick.C:
		}
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc)
		if time.Since(start) > 20*limit || peak > 10*maxMemory {
			t.Fatalf("it is not done after %s, with %d MB", time.Since(start), peak>>20)
		}
	}
	took, used := elapsed(), int64(peak)-int64(before.HeapAlloc)
	t.Logf("%s, %d MB", took.Round(time.Millisecond), used>>20)
	if used > maxMemory {
		t.Errorf("it took %d MB, more than %d", used>>20, maxMemory>>20)
	}
	return took
}
