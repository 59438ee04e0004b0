package check

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/libraries"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/environment/loader"
	"github.com/moult-build/moult/internal/plan"
)

// BringsLibraries reports whether a plan copies files into the image that may
// be shared libraries. Then it is not known before the build which libraries
// are missing.
func BringsLibraries(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Files, func(f plan.Files) bool {
		for _, folder := range []string{"/usr/", "/lib", "/opt/"} {
			if strings.HasPrefix(f.To, folder) {
				return true
			}
		}
		return f.To == "/"
	})
}

// Unmet returns the needed libraries that the dynamic linker does not find in
// an image, which is the base of a plan with its packages. The error is that of
// a file that cannot be read.
func Unmet(ctx context.Context, img environment.Image, p *plan.Plan, needs []libraries.Need) ([]libraries.Need, error) {
	r := environment.NewReader(img)
	have := map[string]bool{}
	look := func(folders []string) (complete bool) {
		for _, folder := range folders {
			// A folder that does not exist has no names.
			names, _ := r.ReadDir(ctx, folder)
			for _, name := range names {
				have[name] = true
			}
			needs = slices.DeleteFunc(needs, func(n libraries.Need) bool { return have[n.Library] })
			if len(needs) == 0 {
				return true
			}
		}
		return false
	}
	_ = look(p.Environment.Platform.LibraryFolders()) || look(configuredFolders(ctx, r, p))
	if r.Err() != nil {
		return nil, fmt.Errorf("looking for shared libraries: %w", r.Err())
	}
	return needs, nil
}

// configuredFolders are the folders that the image's configuration and
// LD_LIBRARY_PATH add to the dynamic linker's own.
func configuredFolders(ctx context.Context, img environment.Image, p *plan.Plan) []string {
	folders := strings.Split(environment.Getenv(p.Config.Env, "LD_LIBRARY_PATH"), ":")
	if musl, ok := loader.Musl(ctx, img); ok {
		folders = append(folders, musl...)
	} else {
		folders = append(folders, loader.Configured(ctx, img)...)
	}
	return slices.DeleteFunc(folders, func(folder string) bool { return !path.IsAbs(folder) })
}
