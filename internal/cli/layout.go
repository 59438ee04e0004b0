package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// layoutDigest returns the digest of a tag in an OCI layout. A layout with one
// image needs no tag.
func layoutDigest(dir, tag string) (string, error) {
	content, err := os.ReadFile(filepath.Join(dir, ocispecs.ImageIndexFile))
	if err != nil {
		return "", err
	}
	var index ocispecs.Index
	if err := json.Unmarshal(content, &index); err != nil {
		return "", fmt.Errorf("%s: %w", ocispecs.ImageIndexFile, err)
	}
	for _, m := range index.Manifests {
		if m.Annotations[ocispecs.AnnotationRefName] == tag {
			return m.Digest.String(), nil
		}
	}
	if len(index.Manifests) == 1 {
		return index.Manifests[0].Digest.String(), nil
	}
	return "", fmt.Errorf("it has no image tagged %s", tag)
}
