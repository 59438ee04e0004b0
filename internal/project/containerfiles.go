package project

import (
	"slices"
	"strings"
)

// ContainerFiles are the usual names of the file that says how a project runs in a
// container, the likeliest first.
var ContainerFiles = []string{
	"Dockerfile", "dockerfile", "Containerfile", "docker/Dockerfile", ".docker/Dockerfile", "deploy/Dockerfile", "Dockerfile.prod", "Dockerfile.production", "docker/prod/Dockerfile",
	"docker/production/Dockerfile", "Dockerfile.uv",
}

// ServiceContainerFiles are usual names of those of a project's services, the likeliest
// to be its program first.
var ServiceContainerFiles = containerFilesOf("backend", "api", "server", "app", "web", "bot")

func containerFilesOf(services ...string) (names []string) {
	for _, s := range services {
		names = append(names, "Dockerfile."+s, s+".Dockerfile", "docker/"+s+"/Dockerfile", "docker/Dockerfile."+s, "docker/"+s+".Dockerfile")
	}
	return names
}

// near are those of some such files that are in the project's own folder, which a client
// sends together, and the one in "docker".
func near(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.Contains(name, "/") && name != "docker/Dockerfile" })
}
