package lab

import (
	"fmt"
	"strings"
)

// BuildkitConfig is the text of buildkitd.toml for a daemon that looks for Docker Hub's images in the given registry.
func BuildkitConfig(registry string) string {
	return fmt.Sprintf(`[registry."docker.io"]
  mirrors = [%q]
[registry.%q]
  http = true
  insecure = true
[worker.oci]
  enabled = true
  max-parallelism = 8
[worker.containerd]
  enabled = false
`, registry, registry)
}

// BuildkitCommand is the command line of a buildkitd with its state in the folder root, answering at an address like
// unix:///path. Its containers share the host's network.
func BuildkitCommand(program, config, root, address string) []string {
	return []string{
		program, "--config", config, "--root", root, "--addr", address, "--oci-worker-net", "host",
		"--otel-socket-path", strings.TrimPrefix(address, "unix://") + ".otel",
		"--allow-insecure-entitlement", "network.host",
	}
}
