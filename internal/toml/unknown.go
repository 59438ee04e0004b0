package toml

import "errors"

// ErrUnknownKey is the cause of the error for a key that Decode, or UnknownKey,
// does not know.
var ErrUnknownKey = errors.New("unknown key")
