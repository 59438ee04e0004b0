package protocol

// ExitTemporary is the exit code of a step of moult-build that failed and may
// succeed later: sysexits.h's EX_TEMPFAIL.
const ExitTemporary = 75
