package source

import (
	"strings"
	"testing"
)

func TestWhatIsShownOfAFileHasNoPasswords(t *testing.T) {
	for line, want := range map[string]string{
		`url = "https://me:pw@example.com/simple"  # mail a@b.c`:      `url = "https://****@example.com/simple"  # mail a@b.c`,
		`url = 'https://token@example.com/simple'`:                    `url = 'https://****@example.com/simple'`,
		`url = "https://me:p/w@example.com/simple"`:                   `url = "https://****@example.com/simple"`,
		`url = "https://me:p w@example.com/simple"`:                   `url = "https://****@example.com/simple"`,
		`url = "https://me:p@w@example.com/simple"`:                   `url = "https://****@example.com/simple"`,
		`dependencies = ["a @ https://me:pw@x/a.whl", "b==1"]`:        `dependencies = ["a @ https://****@x/a.whl", "b==1"]`,
		`a @ git+https://me:pw@example.com/a.git@v1`:                  `a @ git+https://****@example.com/a.git@v1`,
		`--index-url https://me:p w@example.com/simple`:               `--index-url https://****@example.com/simple`,
		`base = "https://me:pw@registry.example.com/python:3.13"`:     `base = "https://****@registry.example.com/python:3.13"`,
		`DATABASE_URL = "postgres://me:pw@db/shop"`:                   `DATABASE_URL = "postgres://****@db/shop"`,
		`x = ["https://a:pw1@x/", "https://b:pw2@y/"]`:                `x = ["https://****@x/", "https://****@y/"]`,
		`--index-url https://a:pw1@x/ --extra-index-url https://y/`:   `--index-url https://****@x/ --extra-index-url https://y/`,
		`url = "https://example.com/a.whl?token=pw&x=1#sha256=abc"`:   `url = "https://example.com/a.whl?token=****&x=1#sha256=abc"`,
		`url = "https://example.com/a.whl?x=1&X-Amz-Signature=pw"`:    `url = "https://example.com/a.whl?x=1&X-Amz-Signature=****"`,
		`url = "https://example.com/a.whl?private_token=pw"`:          `url = "https://example.com/a.whl?private_token=****"`,
		`url = "https://${TOKEN}@example.com/simple?token=${TOKEN}"`:  `url = "https://${TOKEN}@example.com/simple?token=${TOKEN}"`,
		`url = "https://example.com:8443/simple" # write to a:b@c.de`: `url = "https://example.com:8443/simple" # write to a:b@c.de`,
		`a @ git+ssh://git@example.com/a.git@v1`:                      `a @ git+ssh://git@example.com/a.git@v1`,
		`url = "https://example.com/a.whl?version=1"`:                 `url = "https://example.com/a.whl?version=1"`,
		`name = "x"`: `name = "x"`,
	} {
		got := string(Mask([]byte("first\n" + line + "\nlast\n")))
		if got != "first\n"+want+"\nlast\n" {
			t.Errorf("%s\n%s", line, got)
		}
		if strings.Contains(want, "****") && !strings.Contains(line, "pw1") {
			if strings.Contains(got, "pw") || strings.Contains(got, "p/w") || strings.Contains(got, "p w") {
				t.Errorf("%q has the password", got)
			}
		}
	}
}
