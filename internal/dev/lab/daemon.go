package lab

import (
	"fmt"
	"strings"
)

// BuildkitConfig returns a buildkitd.toml with which a daemon fetches Docker Hub's images from the given registry.
func BuildkitConfig(registry string) string {
	return fmt.Sprintf(`[registry."docker.io"]
  mirrors = [%q]
[registry.%q]
  http = true
  insecure = true
[worker.oci]
  enabled = true
[worker.containerd]
  enabled = false
`, registry, registry)
}

// BuildkitCommand returns the command line of a buildkitd with its state in the folder root. address is like
// unix:///path. Its containers share the host's network.
func BuildkitCommand(program, config, root, address string) []string {
	return []string{
		program, "--config", config, "--root", root, "--addr", address, "--oci-worker-net", "host",
		"--otel-socket-path", strings.TrimPrefix(address, "unix://") + ".otel",
		"--allow-insecure-entitlement", "network.host",
	}
}
