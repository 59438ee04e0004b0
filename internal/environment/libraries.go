package environment

// LibraryFolders are the folders in which the dynamic linker of an image looks
// for shared libraries without being told, those that hold most of them first.
func (p Platform) LibraryFolders() []string {
	var folders []string
	if m := machine[p.Arch].multiarch; m != "" {
		folders = []string{"/usr/lib/" + m, "/lib/" + m, "/usr/local/lib/" + m}
	}
	return append(folders, "/usr/local/lib", "/lib64", "/usr/lib64", "/lib", "/usr/lib")
}
