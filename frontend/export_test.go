package frontend

// WithWords is withWords for tests of the package's own errors.
var WithWords = withWords
