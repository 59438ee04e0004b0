package embedded

import "fmt"

// Exit says that the program has run as root of a user namespace, and how it
// ended.
type Exit struct{ Code int }

func (e *Exit) Error() string { return fmt.Sprintf("exit code %d", e.Code) }
