package environment

import (
	"slices"

	"github.com/moult-build/moult/internal/environment/loader"
)

// LibraryFolders returns the default folders of shared libraries.
func (p Platform) LibraryFolders() []string {
	m := loader.ForArch(p.Arch)
	folders := slices.Concat(m.Folders(), []string{"/usr/local/lib"})
	if m.Multiarch != "" {
		folders = append(folders, "/usr/local/lib/"+m.Multiarch)
	}
	return folders
}
