package engines_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/engines"
)

// A page that names another version than the code asks for misleads its reader.
func TestTheDocumentationNamesTheOldestDaemons(t *testing.T) {
	docker := fmt.Sprintf("Docker Engine %d or later", engines.OldestDocker)
	buildkit := fmt.Sprintf("BuildKit %s or later", engines.OldestBuildKit)
	for page, names := range map[string][]string{
		"README.md":               {docker, buildkit},
		"docs/cli.md":             {docker},
		"docs/frontend-image.md":  {docker, buildkit},
		"docs/troubleshooting.md": {docker, buildkit},
	} {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.Contains(string(text), name) {
				t.Errorf("%s does not say %q", page, name)
			}
		}
	}
}
