package source

import "regexp"

// credentials is what may be user and password in a URL. Where a colon follows
// the first name, it goes up to the last "@", because people forget to write
// "/", "@" and spaces of a password as "%2F", "%40" and "%20".
var credentials = regexp.MustCompile(`(?s)//(?:[^/:]*:.*|[^/]*)@`)

// HideCredentials takes user and password out of a text that may be a URL or
// hold one, for messages. In doubt it takes more.
func HideCredentials(text string) string { return credentials.ReplaceAllString(text, "//") }
