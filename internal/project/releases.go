package project

// Release is one minor release of CPython.
type Release struct {
	// Minor is "3.13".
	Minor string
	X, Y  int
	// Released is the day of X.Y.0, EndOfLife the last day or the first day of
	// the last month with security fixes, both as "2024-10-07".
	Released, EndOfLife string
}

// Releases are the stable releases that Moult builds for, oldest first, with
// the dates of their release schedules (PEP 537, 569, 596, 619, 664, 693, 719, 745,
// 790).
var Releases = []Release{
	{"3.7", 3, 7, "2018-06-27", "2023-06-27"},
	{"3.8", 3, 8, "2019-10-14", "2024-10-07"},
	{"3.9", 3, 9, "2020-10-05", "2025-10-31"},
	{"3.10", 3, 10, "2021-10-04", "2026-10-31"},
	{"3.11", 3, 11, "2022-10-24", "2027-10-31"},
	{"3.12", 3, 12, "2023-10-02", "2028-10-31"},
	{"3.13", 3, 13, "2024-10-07", "2029-10-31"},
	{"3.14", 3, 14, "2025-10-07", "2030-10-31"},
	{"3.15", 3, 15, "2026-10-01", "2031-10-31"},
}

// yearBefore is a year before the day of the table. A release may be the
// default a year after it came out. The table decides, not a clock, so that the
// same Moult builds the same image.
const yearBefore = "2025-11-23"

// aged reports whether the release was a year old on the day of the table.
func (r Release) aged() bool { return r.Released <= yearBefore }

// ReleasedBy reports whether a release was out on a day given as "2025-11-23".
func (p Python) ReleasedBy(day string) bool {
	for _, r := range Releases {
		if r.Minor == p.Minor {
			return r.Released <= day
		}
	}
	return false
}

func oldestMinor() string { return Releases[0].Minor }

func newestMinor() string { return Releases[len(Releases)-1].Minor }

func knownMinor(minor string) bool {
	for _, release := range Releases {
		if release.Minor == minor {
			return true
		}
	}
	return false
}
