// Package browser tests in a real browser what Moult writes for one: the page of `moult size --html`. It is a module
// of its own, so that what drives the browser is no dependency of Moult. `make test-browser` brings Chromium.
package browser
