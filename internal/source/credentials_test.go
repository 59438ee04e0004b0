package source

import "testing"

func TestMessagesHideCredentials(t *testing.T) {
	for text, want := range map[string]string{
		"https://me:pw@example.com/simple":          "https://example.com/simple",
		"https://token@example.com/simple":          "https://example.com/simple",
		"https://me:p/w@example.com/simple":         "https://example.com/simple",
		"https://me:/pw@example.com/simple":         "https://example.com/simple",
		"https://me:123/w@example.com/simple":       "https://example.com/simple",
		"https://me:p@w@example.com/simple":         "https://example.com/simple",
		"https://me:p@x/y@example.com/simple":       "https://example.com/simple",
		"https://me:p w@example.com/simple":         "https://example.com/simple",
		"https://me:p//w@example.com/simple":        "https://example.com/simple",
		"git+https://me:p/w@example.com/a.git":      "git+https://example.com/a.git",
		"a @ https://me:pw@example.com/a.whl":       "a @ https://example.com/a.whl",
		"https://example.com/simple":                "https://example.com/simple",
		"https://example.com:8443/simple":           "https://example.com:8443/simple",
		"a @ git+https://example.com/a.git@v1":      "a @ git+https://example.com/a.git@v1",
		"name == 1 # not a URL, write to a@b.c: no": "name == 1 # not a URL, write to a@b.c: no",
	} {
		if got := HideCredentials(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestCredentialsInURLs(t *testing.T) {
	for address, want := range map[string]bool{
		"https://me:pw@example.com/simple":          true,
		"https://example.com/a.whl?x=1&token=pw":    true,
		"https://example.com/a.whl?token=${TOKEN}":  false,
		"https://token@example.com/simple":          true,
		"https://token:@example.com/simple":         true,
		"git+https://me:pw@example.com/a.git":       true,
		"ssh://git:pw@example.com/a.git":            true,
		"postgres://me:pw@db/shop":                  true,
		"redis://:pw@cache":                         true,
		"https://me:pw@example.com/${X}":            true,
		"https://${USER}:pw@example.com/simple":     true,
		"https://me:pw${X}@example.com/simple":      true,
		"https://me:${X}pw${Y}@example.com/simple":  true,
		"https://me:p^w{}@example.com/simple":       true,
		"https://me:p/w@example.com/simple":         true,
		"https://me:p w@example.com/simple":         true,
		"HTTPS://token@example.com/simple":          true,
		"https://${TOKEN}@example.com/simple":       false,
		"https://${USER}:${PASSWORD}@example.com":   false,
		"https://me:${PASSWORD}@example.com/simple": false,
		"https://example.com/simple":                false,
		"https://example.com/a@b":                   false,
		"https://example.com:8443/a@b":              false,
		"https://example.com?mail=a:b@c":            false,
		"https://[::1]:8443/a@b":                    false,
		"https://[::1]/a@b":                         false,
		"git+https://git@example.com/a.git@v1":      false,
		"ssh://git@example.com/a.git":               false,
		"git@example.com:a/b.git":                   false,
		"write to me:you@example.com://":            false,
		"postgres://me@db/shop":                     false,
		"":                                          false,
	} {
		if got := HasCredentials(address); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
}
