package bench

import (
	"path/filepath"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestAFigureIsTheMedianOfTheRoundsThatWentWell(t *testing.T) {
	r := &Results{}
	for n, s := range []float64{3, 1, 2} {
		r.put(Sample{App: "a", Contestant: "c", Measure: First, Round: n + 1, Seconds: s})
	}
	r.put(Sample{App: "a", Contestant: "c", Measure: First, Round: 4, Error: "failed"})
	r.put(Sample{App: "a", Contestant: "c", Measure: First, Round: 1, Packages: 10, Seconds: 99})
	f, ok := r.of("a", "c", First, 0, seconds)
	if want := (figure{Median: 2, Low: 1, High: 3, N: 3}); !ok || f != want {
		t.Errorf("got %+v, want %+v", f, want)
	}
	if r.has("a", "c", First, 4, 0) {
		t.Error("a measurement that failed counts as taken")
	}
}

func TestASampleTakesThePlaceOfItsForerunner(t *testing.T) {
	r := &Results{}
	r.put(Sample{App: "a", Contestant: "c", Measure: First, Round: 1, Error: "failed"})
	r.put(Sample{App: "a", Contestant: "c", Measure: First, Round: 1, Seconds: 5})
	if len(r.Samples) != 1 || r.Samples[0].Seconds != 5 {
		t.Errorf("got %+v", r.Samples)
	}
}

func TestResultsSurviveTheirFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.json")
	r := &Results{Machine: Machine{Cores: 2}, Samples: []Sample{{App: "a", Seconds: 1.5, LLB: 7}}}
	if err := r.Write(name); err != nil {
		t.Fatal(err)
	}
	read, err := ReadResults(name)
	if err != nil {
		t.Fatal(err)
	}
	if read.Machine != r.Machine || read.Samples[0] != r.Samples[0] {
		t.Errorf("got %+v", read)
	}
}

func TestOnlyLayersThatWereNotThereAreCountedAsPushed(t *testing.T) {
	layer := func(d string, size int64) lab.Layer { return lab.Layer{Digest: d, Size: size} }
	before := image{layers: []lab.Layer{layer("base", 100), layer("venv", 50)}}
	after := image{layers: []lab.Layer{layer("base", 100), layer("venv2", 60), layer("app", 1)}}
	if pushed, fresh, reused := after.since(before); pushed != 61 || fresh != 2 || reused != 1 {
		t.Errorf("got %d bytes, %d new, %d reused", pushed, fresh, reused)
	}
}

func TestRowsWhereAnotherIsAheadAreFound(t *testing.T) {
	r := &Results{}
	put := func(contestant, measure string, s float64) {
		r.put(Sample{App: "app", Contestant: contestant, Measure: measure, Round: 1, Seconds: s})
	}
	put("step6", First, 30)
	put("uv", First, 9)
	put("moult", First, 10)
	put("step6", Nothing, 1)
	put("moult", Nothing, 1.01)
	list := r.behind("app")
	if len(list) != 1 || list[0].ahead.Name != "uv" || list[0].row.key != "first" {
		t.Errorf("got %+v", list)
	}
}

func TestAnUpgradeThatIsNotNoticedHasNoFigure(t *testing.T) {
	r := &Results{}
	r.put(Sample{App: "a", Contestant: "noticed", Measure: string(Upgrade), Round: 1, Seconds: 9, Downloaded: 5})
	r.put(Sample{App: "a", Contestant: "not", Measure: string(Upgrade), Round: 1, Seconds: 1})
	r.put(Sample{App: "a", Contestant: "not", Measure: string(Code), Round: 1, Seconds: 1})
	for _, c := range []struct {
		contestant, measure string
		want                bool
	}{{"noticed", string(Upgrade), true}, {"not", string(Upgrade), false}, {"not", string(Code), true}} {
		if _, ok := r.of("a", c.contestant, c.measure, 0, seconds); ok != c.want {
			t.Errorf("%s, %s: a figure: %v, want %v", c.contestant, c.measure, ok, c.want)
		}
	}
}
