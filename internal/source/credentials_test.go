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
