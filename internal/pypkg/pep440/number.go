package pep440

import (
	"math"
	"strconv"
	"strings"
)

// number is a non-negative integer of any size: decimal digits without
// leading zeros, "" for zero. PEP 440 sets no bound on the numbers in a
// version, so a fixed-size integer would give wrong answers for calendar
// versions with a time in them, and worse for hostile ones.
type number string

// parseNumber takes a run of ASCII digits.
func parseNumber(digits string) number {
	return number(strings.TrimLeft(digits, "0"))
}

func (n number) String() string {
	if n == "" {
		return "0"
	}
	return string(n)
}

func (n number) compare(o number) int {
	if len(n) != len(o) {
		if len(n) < len(o) {
			return -1
		}
		return 1
	}
	return strings.Compare(string(n), string(o))
}

func (n number) next() number {
	b := []byte(n)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < '9' {
			b[i]++
			return number(b)
		}
		b[i] = '0'
	}
	return number("1" + string(b))
}

// int gives the number as an int, or math.MaxInt where it does not fit.
func (n number) int() int {
	if n == "" {
		return 0
	}
	i, err := strconv.Atoi(string(n))
	if err != nil {
		return math.MaxInt
	}
	return i
}
