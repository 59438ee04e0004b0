package report

// SystemPackage is a package of the distribution.
type SystemPackage struct {
	Name    string
	Version string
	Arch    string
	// Source is the name of the source package, Size what it takes installed,
	// in bytes, as its own manager says.
	Source string
	Size   int64
}
