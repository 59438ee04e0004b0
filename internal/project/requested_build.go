package project

import "errors"

// Requirements gives what pip is asked for on the unlocked road.
func Requirements(p *Project, sel Selection) (*Requested, error) {
	return nil, errors.New("not yet")
}
