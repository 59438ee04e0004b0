package bench

import (
	"slices"
	"testing"
)

func TestAContinuedRunTakesWhatOneProjectLacksAndAllOfTheNext(t *testing.T) {
	r := &runner{results: &Results{}}
	j := job{app: Application{Name: growthApp}, contestant: Contestant{Name: growers[0]}, round: 1, packages: 10}
	r.results.put(Sample{App: growthApp, Contestant: growers[0], Measure: GrowFirst, Round: 1, Packages: 10})
	if got, want := r.wanted(measuresOfGrowth, j), []string{GrowNothing, GrowUpgrade}; !slices.Equal(got, want) {
		t.Errorf("the project with a result has %q to take, want %q", got, want)
	}
	j.packages = 50
	if got, want := r.wanted(measuresOfGrowth, j), []string{GrowFirst, GrowNothing, GrowUpgrade}; !slices.Equal(got, want) {
		t.Errorf("the next project has %q to take, want %q", got, want)
	}
}

func TestAContestantThatSharesAWorldIsMeasuredInSmallBuildsAlone(t *testing.T) {
	r := &runner{results: &Results{}}
	shares, err := Find([]string{syntaxName})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, g := range groups {
		all = append(all, r.wanted(g.measures, job{app: Application{Name: "app"}, contestant: shares[0], round: 1})...)
	}
	if want := []string{Nothing, string(Code)}; !slices.Equal(all, want) {
		t.Errorf("it is measured in %q, want %q", all, want)
	}
}
