package build

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/step/protocol"
)

func TestARepositoryIsWrittenInAptsForm(t *testing.T) {
	for name, test := range map[string]struct {
		repository protocol.Repository
		key        string
		want       string
	}{
		"by its URL alone": {
			protocol.Repository{URL: "https://a.example.com/debian"}, "",
			"Types: deb\nURIs: https://a.example.com/debian\nSuites: trixie\nComponents: main\n",
		},
		"with all": {
			protocol.Repository{URL: "https://a.example.com/debian", Suite: "stable", Components: []string{"main", "extra"}}, "/k.asc",
			"Types: deb\nURIs: https://a.example.com/debian\nSuites: stable\nComponents: main extra\nSigned-By: /k.asc\n",
		},
		"a flat one": {
			protocol.Repository{URL: "https://a.example.com/debian", Suite: "./"}, "/k.asc",
			"Types: deb\nURIs: https://a.example.com/debian\nSuites: ./\nSigned-By: /k.asc\n",
		},
	} {
		got, err := aptSource(test.repository, test.key, "trixie")
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := aptSource(protocol.Repository{URL: "https://a.example.com"}, "", ""); err == nil || !strings.Contains(err.Error(), "needs a suite") {
		t.Errorf("without a code name: %v", err)
	}
	if _, err := aptSource(protocol.Repository{URL: "https://a.example.com\nTrusted: yes"}, "", "x"); err == nil {
		t.Error("a value may add a line")
	}
}

func TestARepositoryIsWrittenInDnfsForm(t *testing.T) {
	got, err := dnfRepository("moult-0", protocol.Repository{URL: "https://a.example.com/el9", Key: "/moult/keys/a.asc"})
	want := "[moult-0]\nname=moult-0\nbaseurl=https://a.example.com/el9\nenabled=1\ngpgcheck=1\ngpgkey=file:///moult/keys/a.asc\n"
	if err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := dnfRepository("moult-0", protocol.Repository{URL: "https://a.example.com/el9"}); err != nil || !strings.Contains(got, "gpgcheck=1\n") {
		t.Errorf("without a key: %q, %v", got, err)
	}
	if _, err := dnfRepository("moult-0", protocol.Repository{URL: "https://a.example.com\ngpgcheck=0"}); err == nil {
		t.Error("a value may add a line")
	}
}

func TestTheTextFormOfAKeyIsKnown(t *testing.T) {
	if !armored([]byte("\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n")) || armored([]byte{0x99, 1}) {
		t.Error("the forms of a key are mixed up")
	}
}
