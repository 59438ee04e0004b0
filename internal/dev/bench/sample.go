package bench

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/moult-build/moult/internal/dev/bench/stores"
)

// Sample is one measurement: one measure of one contestant in one round.
type Sample struct {
	App        string `json:"app"`
	Contestant string `json:"contestant"`
	Measure    string `json:"measure"`
	// Round counts from 1.
	Round int `json:"round"`
	// Packages is the number of packages in measures of growth, 0 in others.
	Packages int `json:"packages,omitempty"`

	// Seconds from the request to the end of the push; the median where a measure is repeated within a round.
	Seconds float64 `json:"seconds,omitempty"`
	// CPU is the processor time in seconds of the daemon and all its steps, and Memory the peak of their memory in bytes.
	CPU    float64 `json:"cpu,omitempty"`
	Memory int64   `json:"memory,omitempty"`
	// Pushed is the size in bytes of the layers that the first build's image does not have, Fresh their number. Reused is
	// the number of layers that both have.
	Pushed int64 `json:"pushed,omitempty"`
	Fresh  int   `json:"fresh,omitempty"`
	Reused int   `json:"reused,omitempty"`
	// Size and Compressed are the image's, in bytes.
	Size       int64 `json:"size,omitempty"`
	Compressed int64 `json:"compressed,omitempty"`
	// Downloaded is the number of bytes from package indexes and archives, Requests the number of requests to them.
	Downloaded int64 `json:"downloaded,omitempty"`
	Requests   int64 `json:"requests,omitempty"`
	// Store is what the store of a cache was asked for.
	Store stores.Count `json:"store,omitzero"`
	// LLB is the size of the graph in bytes.
	LLB int64 `json:"llb,omitempty"`
	// Load is the machine's load average of the last minute, before the measurement.
	Load float64 `json:"load,omitempty"`
	// Error says why there is no measurement.
	Error string `json:"error,omitempty"`
}

// Results are all samples with the description of the machine.
type Results struct {
	Machine Machine   `json:"machine"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	Samples []Sample  `json:"samples"`
}

// ReadResults reads a file of results. If the file does not exist, the results are empty.
func ReadResults(name string) (*Results, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &Results{}, nil
	}
	if err != nil {
		return nil, err
	}
	r := &Results{}
	return r, json.Unmarshal(data, r)
}

// Write stores the results. A reader sees a complete file at any time.
func (r *Results) Write(name string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", append(data, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// has reports whether a measurement was taken.
func (r *Results) has(app, contestant, measure string, round, packages int) bool {
	return slices.ContainsFunc(r.Samples, func(s Sample) bool {
		return s.App == app && s.Contestant == contestant && s.Measure == measure && s.Round == round && s.Packages == packages && s.Error == ""
	})
}

// put adds a sample, and replaces an earlier one of the same measurement.
func (r *Results) put(s Sample) {
	r.Samples = slices.DeleteFunc(r.Samples, func(o Sample) bool {
		return s.App == o.App && s.Contestant == o.Contestant && s.Measure == o.Measure && s.Round == o.Round && s.Packages == o.Packages
	})
	r.Samples = append(r.Samples, s)
}

// forget removes the samples of contestants.
func (r *Results) forget(names []string) {
	r.Samples = slices.DeleteFunc(r.Samples, func(s Sample) bool { return slices.Contains(names, s.Contestant) })
}

// any reports whether there are samples of a contestant for which kind is true.
func (r *Results) any(kind func(Contestant) bool) bool {
	return slices.ContainsFunc(contestants, func(c Contestant) bool {
		return kind(c) && slices.ContainsFunc(r.Samples, func(s Sample) bool { return s.Contestant == c.Name })
	})
}

// figure is the median of a value over the rounds, and its spread.
type figure struct {
	Median, Low, High float64
	N                 int
}

// of returns the median of a value over the rounds, with its spread. It ignores failed samples and unreached ones. ok is
// false if no sample remains.
func (r *Results) of(app, contestant, measure string, packages int, value func(Sample) float64) (figure, bool) {
	var all []float64
	for _, s := range r.Samples {
		if s.App == app && s.Contestant == contestant && s.Measure == measure && s.Packages == packages && s.Error == "" && !s.unreached() {
			all = append(all, value(s))
		}
	}
	if len(all) == 0 {
		return figure{}, false
	}
	return figure{Median: median(all), Low: slices.Min(all), High: slices.Max(all), N: len(all)}, true
}

// unreached reports whether a new dependency or version was not fetched, so that the time has no meaning: a contestant
// that pins only direct dependencies ignores the upgrade of an indirect one.
func (s Sample) unreached() bool {
	return (s.Measure == string(Upgrade) || s.Measure == string(Add)) && s.Downloaded == 0
}

// median of a list that is not empty.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

func seconds(s Sample) float64 { return s.Seconds }
