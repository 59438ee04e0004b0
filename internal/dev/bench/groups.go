package bench

import (
	"path"
	"slices"
)

// job is a contestant with an application in a round.
type job struct {
	app        Application
	contestant Contestant
	round      int
	// packages is the number of packages of a generated project; 0 for an application.
	packages int
}

var groups = []group{
	{measures: measuresOfLimit, take: (*runner).limit},
	{measures: measuresOfEmpty, take: (*runner).empty},
	{measures: measuresOfBuilds, take: (*runner).builds},
	{measures: measuresOfAbsence, take: (*runner).absent, seldom: true},
	{measures: measuresOfCache("min"), take: takeCache("min"), seldom: true},
	{measures: measuresOfCache("max"), take: takeCache("max"), seldom: true},
}

// growth is the group of the generated projects.
var growth = group{measures: measuresOfGrowth, take: (*runner).grow}

func measuresOfLimit(_ Application, c Contestant) []string {
	return only(c.Name == limitName, First, PackageLayer)
}

func measuresOfEmpty(_ Application, c Contestant) []string {
	return only(c.Name == emptyName, Nothing)
}

func measuresOfAbsence(_ Application, c Contestant) []string { return only(!c.yardstick(), Absent) }

func measuresOfGrowth(_ Application, c Contestant) []string {
	return only(slices.Contains(growers, c.Name), growing...)
}

func measuresOfBuilds(app Application, c Contestant) []string {
	if c.after != "" {
		return []string{Nothing, string(Code)}
	}
	list := []string{First, Nothing, Size, Start}
	for _, c := range changed {
		if app.has(c) {
			list = append(list, string(c))
		}
	}
	return only(!c.yardstick(), append(list, measuresOfNode(app, c)...)...)
}

func measuresOfNode(app Application, c Contestant) []string {
	var list []string
	for _, change := range rolled {
		if app.has(change) {
			list = append(list, nodeMeasure(change))
		}
	}
	return only(!c.yardstick() && c.after == "", list...)
}

// only returns the measures if taken is true.
func only(taken bool, measures ...string) []string {
	if !taken {
		return nil
	}
	return measures
}

// ofTheTalk are the measures for which the talk has figures, and those that are measured together with them.
var ofTheTalk = []string{First, Nothing, Size, Start, string(Code), string(Upgrade)}

// wanted are the measures of a group that are still to be taken.
func (r *runner) wanted(measures func(Application, Contestant) []string, j job) []string {
	// A copy, because groups may share a list.
	all := slices.Clone(measures(j.app, j.contestant))
	return slices.DeleteFunc(all, func(m string) bool { return !r.wants(j, m) })
}

// wants reports whether a measure is requested and not yet in the results.
func (r *runner) wants(j job, measure string) bool {
	named := func(pattern string) bool { ok, _ := path.Match(pattern, measure); return ok }
	if len(r.options.Measures) > 0 && !slices.ContainsFunc(r.options.Measures, named) {
		return false
	}
	if j.contestant.after != "" && !slices.Contains(measuresOfBuilds(j.app, j.contestant), measure) {
		return false
	}
	if j.contestant.lower() && !r.options.All && !slices.Contains(ofTheTalk, measure) {
		return false
	}
	return !r.results.has(j.app.Name, j.contestant.Name, measure, j.round, j.packages)
}
