package check

import (
	"errors"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Errors splits the errors of a failed reading: found are those that a rule
// covers, rest are the others.
func Errors(err error) (found []Finding, rest []error) {
	if err == nil {
		return nil, nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			f, r := Errors(e)
			found, rest = append(found, f...), append(rest, r...)
		}
		return found, rest
	}
	var placed *source.Error
	rule := ruleOf(err)
	if rule == nil || !errors.As(err, &placed) {
		return nil, []error{err}
	}
	return []Finding{{Rule: rule, Pos: placed.Pos, Msg: placed.Msg, Hint: placed.Hint}}, nil
}

// ruleOf returns the rule that covers an error; nil if there is none.
func ruleOf(err error) *Rule {
	var none *environment.NoPythonError
	switch {
	case errors.Is(err, toml.ErrUnknownKey):
		return UnknownKey
	case errors.Is(err, project.ErrCredentials):
		return CredentialsInURL
	case errors.Is(err, project.ErrShellForm):
		return ShellForm
	case errors.Is(err, project.ErrPythonMismatch), errors.As(err, &none):
		return PythonMismatch
	case errors.Is(err, lock.ErrNotLocked):
		return UnpinnedLock
	case errors.Is(err, lock.ErrStale):
		return StaleLock
	}
	return nil
}
