package embedded

import "fmt"

// Exit is the error with the exit code of the program that has run again as
// root of a user namespace.
type Exit struct{ Code int }

func (e *Exit) Error() string { return fmt.Sprintf("exit code %d", e.Code) }
