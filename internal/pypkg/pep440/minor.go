package pep440

import "strconv"

// AllowsMinor reports whether some final release major.minor.N fits the set;
// it answers which Python releases a requires-python leaves to choose from.
// ">=3.11.4" allows 3.11, "<3.13" does not allow 3.13, "<3.12.5" allows 3.12.
func AllowsMinor(set SpecifierSet, major, minor int) bool {
	_, ok := FirstPatch(set, major, minor)
	return ok
}

// AllowsWholeMinor reports whether every final release major.minor.N fits
// the set, so that nothing needs to be known of N.
func AllowsWholeMinor(set SpecifierSet, major, minor int) bool {
	for _, patch := range patches(set, major, minor) {
		if !set.ContainsString(patchVersion(major, minor, patch), PrereleasesDenied) {
			return false
		}
	}
	return true
}

// OnlyPatch gives the patch version of a release where the set allows a single
// one, as "==3.12.4" does.
func OnlyPatch(set SpecifierSet, major, minor int) (patch int, only bool) {
	for _, candidate := range patches(set, major, minor) {
		if !set.ContainsString(patchVersion(major, minor, candidate), PrereleasesDenied) {
			continue
		}
		if only && candidate != patch {
			return 0, false
		}
		patch, only = candidate, true
	}
	return patch, only
}

// FirstPatch gives the first patch version of a release that the set allows, of
// those that its clauses tell apart.
func FirstPatch(set SpecifierSet, major, minor int) (int, bool) {
	for _, patch := range patches(set, major, minor) {
		if set.ContainsString(patchVersion(major, minor, patch), PrereleasesDenied) {
			return patch, true
		}
	}
	return 0, false
}

// patches gives patch numbers among which one fits if any at all does: the
// answer of a clause changes only at the numbers it names, so those and their
// neighbours stand for all.
func patches(set SpecifierSet, major, minor int) []int {
	candidates := []int{0, 1}
	for _, spec := range set.specs {
		v := spec.Version
		if spec.Op == ArbitraryEq {
			v, _ = Parse(spec.Text)
		}
		if v.Release(0) != major || v.Release(1) != minor {
			continue
		}
		const most = 1 << 30 // beyond any release, and safe to add to
		if p := v.Release(2); p < most {
			if p > 0 {
				candidates = append(candidates, p-1)
			}
			candidates = append(candidates, p, p+1)
		}
	}
	return candidates
}

func patchVersion(major, minor, patch int) string {
	return strconv.Itoa(major) + "." + strconv.Itoa(minor) + "." + strconv.Itoa(patch)
}
