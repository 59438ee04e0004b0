// Package browser tests the page of `moult size --html` in a real browser. It is a module of its own, so that the
// library that controls the browser is no dependency of Moult. `make test-browser` installs Chromium.
package browser
