package toml

import "strings"

// Nearest gives the known word a misspelt one was probably meant to be, or ""
// where none is near: for "did you mean" hints. Case, "-" and "_" do not
// count; a word that starts or ends with the other is near.
func Nearest(word string, known []string) string {
	best, bestDistance := "", 1<<30
	folded := foldWord(word)
	if folded == "" || len(folded) > 64 {
		return ""
	}
	for _, k := range known {
		f := foldWord(k)
		distance := editDistance(folded, f)
		limit := max(1, min(len(folded), len(f))/3)
		if distance > limit {
			if min(len(folded), len(f)) < 3 || !strings.HasPrefix(folded, f) && !strings.HasPrefix(f, folded) {
				continue
			}
			distance = 50 + distance // near, but a slip of the fingers is nearer
		}
		if distance < bestDistance {
			best, bestDistance = k, distance
		}
	}
	return best
}

func foldWord(s string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(s))
}

// editDistance counts insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment).
func editDistance(a, b string) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
