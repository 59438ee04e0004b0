package build

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/step/protocol"
)

// gitEnvironment returns the variables with which git authenticates without
// questions: tokens become an Authorization header for their host, and SSH uses
// the build's agent with a temporary known_hosts file. The configuration is
// passed by environment variables (git-config(1), GIT_CONFIG_COUNT), not by
// files.
func gitEnvironment(secrets, tmp string) ([]string, error) {
	env := []string{"GIT_TERMINAL_PROMPT=0"}
	tokens, err := filepath.Glob(filepath.Join(secrets, protocol.GitTokenSecret+"*"))
	if err != nil {
		return nil, err
	}
	n := 0
	for _, file := range tokens {
		token, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		host := strings.TrimPrefix(filepath.Base(file), protocol.GitTokenSecret)
		basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:" + strings.TrimSpace(string(token))))
		env = append(env,
			fmt.Sprintf("GIT_CONFIG_KEY_%d=http.https://%s/.extraheader", n, host),
			fmt.Sprintf("GIT_CONFIG_VALUE_%d=Authorization: Basic %s", n, basic))
		n++
	}
	if n > 0 {
		env = append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", n))
	}
	if os.Getenv("SSH_AUTH_SOCK") != "" {
		known := filepath.Join(tmp, "known_hosts")
		env = append(env, "GIT_SSH_COMMAND=ssh -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="+known)
	}
	return env, nil
}
