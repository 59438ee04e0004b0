package environment

// LibraryFolders are the folders in which the dynamic linker of an image looks
// for shared libraries without being told, in its order.
func (p Platform) LibraryFolders() []string {
	folders := []string{"/usr/local/lib"}
	if m := machine[p.Arch].multiarch; m != "" {
		folders = append(folders, "/usr/local/lib/"+m, "/lib/"+m, "/usr/lib/"+m)
	}
	return append(folders, "/lib64", "/usr/lib64", "/lib", "/usr/lib")
}
