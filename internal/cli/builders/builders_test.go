package builders

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// buildctl reaches a BuildKit on another machine or in a container by a program, and so does moult.
func TestAnAddressIsReachedByItsProgram(t *testing.T) {
	for address, want := range map[string]string{
		"ssh://builder@build.example.com:2222": "ssh -l builder -p 2222 -- build.example.com buildctl dial-stdio",
		"docker-container://buildkitd":         "docker exec -i buildkitd buildctl dial-stdio",
		"podman-container://buildkitd":         "podman exec -i buildkitd buildctl dial-stdio",
		"nerdctl-container://buildkitd":        "nerdctl exec -i buildkitd buildctl dial-stdio",
		"kube-pod://buildkitd?namespace=ci":    "kubectl --context= --namespace=ci exec --container= -i buildkitd -- buildctl dial-stdio",
	} {
		t.Run(address, func(t *testing.T) {
			dir := t.TempDir()
			program, _, _ := strings.Cut(want, " ")
			text := "#!/bin/sh\necho \"${0##*/} $*\" >" + dir + "/ran\nexit 1\n"
			if err := os.WriteFile(filepath.Join(dir, program), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
			if b, err := Find(t.Context(), Options{Builder: address}); err == nil {
				b.Close()
				t.Error("it answers")
			} else if !strings.Contains(err.Error(), address) {
				t.Errorf("the error is %v", err)
			}
			ran, err := os.ReadFile(filepath.Join(dir, "ran"))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(strings.Fields(string(ran)), " "); got != want {
				t.Errorf("it ran %q", got)
			}
		})
	}
}
