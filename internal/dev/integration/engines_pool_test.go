package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// clustered is the name of the engine in a cluster.
const clustered = "kubernetes"

// pooled lets docker buildx make three builders in the cluster. It chooses one by the folder of the context. Each builds
// digits-api, and all of them have one cache in a registry.
func pooled(t *testing.T, e *engine) map[string]string {
	ref := e.Image("engine-pool:" + e.name)
	dir := example(t, "digits-api")
	if e.newest {
		e.build(t, e.syntax(t, dir), "-t", ref, "--push")
		return e.pushed(t, ref, "")
	}
	config := filepath.Join(t.TempDir(), "buildkitd.toml")
	write(t, config, lab.BuildkitConfig(e.Registry))
	inCluster := func(argv ...string) string {
		return e.must(t, "", append([]string{"env", "KUBECONFIG=" + e.Engine.Kubeconfig}, argv...)...)
	}
	inCluster("docker", "buildx", "create", "--name", "pool", "--driver", "kubernetes", "--driver-opt", "namespace=default,replicas=3,image="+e.Engine.Image,
		"--buildkitd-config", config, "--buildkitd-flags", "--oci-worker-net host --allow-insecure-entitlement network.host", "--bootstrap")
	defer inCluster("docker", "buildx", "rm", "--force", "pool")
	kubectl := filepath.Join(filepath.Dir(e.Engine.Kubeconfig), "bin", "kubectl")
	pods := strings.Fields(inCluster(kubectl, "get", "pods", "-l", "app=pool0", "-o", "jsonpath={.items[*].metadata.name}"))
	if len(pods) != 3 {
		t.Fatalf("the pool's pods are %q", pods)
	}
	cache := "type=registry,ref=" + e.Image("engine-pool-cache:"+e.name)
	found, built := map[string]string{}, map[string]bool{}
	for n := 0; len(built) < len(pods); n++ {
		if n == 40 {
			t.Fatalf("only %v have built", built)
		}
		dir := t.TempDir() // its name is what docker buildx chooses by
		if err := os.CopyFS(dir, os.DirFS(example(t, "digits-api"))); err != nil {
			t.Fatal(err)
		}
		_, told, err := e.command(t, e.syntax(t, dir), e.buildArgs("--builder", "pool", "-t", ref, "--push", "--cache-from", cache, "--cache-to", cache+",mode=max")...)
		if err != nil {
			t.Fatalf("%v\n%s", err, told)
		}
		files := e.pushed(t, ref, "")
		if len(found) > 0 {
			sameLines(t, found, files)
		}
		before := len(built)
		for _, pod := range pods {
			if usage := inCluster(kubectl, "exec", pod, "--", "buildctl", "du"); !strings.Contains(usage, "Total:\t\t0B") {
				built[pod] = true
			}
		}
		// One that has built nothing yet takes all from the cache.
		if before > 0 && len(built) > before {
			for _, step := range []string{"install ", "compile ", "build "} {
				if ran := ranAnew(told, step); len(ran) > 0 {
					t.Errorf("in spite of the cache, these ran: %q", ran)
				}
			}
		}
		found = files
	}
	e.answers(t, ref, "/example?digit=3")
	return found
}

// ranAnew are the vertices whose names begin with a word and that are not from the cache, in plain progress.
func ranAnew(progress, word string) (ran []string) {
	names, cached := map[string]string{}, map[string]bool{}
	for line := range strings.Lines(progress) {
		number, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(rest, "CACHED") {
			cached[number] = true
		} else if _, name, ok := strings.Cut(rest, "] "); ok && strings.HasPrefix(rest, "[") && strings.HasPrefix(name, word) {
			names[number] = name
		}
	}
	for number, name := range names {
		if !cached[number] {
			ran = append(ran, name)
		}
	}
	return ran
}
