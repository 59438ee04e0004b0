package toml

import "strings"

// Nearest returns the known word that a misspelt word probably means; "" if
// there is none. It is for "did you mean" hints. It ignores case, "-" and "_".
// It also accepts a word that starts or ends with the other.
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

// editDistance returns the number of insertions, deletions, substitutions and
// swaps of neighbours between two words (optimal string alignment).
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
