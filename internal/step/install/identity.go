package install

import (
	"fmt"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// Identity is the name and the version that a wheel must have. An empty field
// allows any.
type Identity struct{ Name, Version string }

// checkIdentity checks that a wheel has the wanted name and version, and that
// its file name, its .dist-info directory and its metadata agree. They must
// agree because programs read their version from the metadata, and scanners
// read it from the directory.
func (w *Wheel) checkIdentity(want Identity) error {
	if want.Name != "" && pep503.Normalize(w.Name) != pep503.Normalize(want.Name) {
		return fmt.Errorf("is a wheel of %s and not of %s", w.Name, want.Name)
	}
	if want.Version != "" && !sameVersion(w.Version, want.Version) {
		return fmt.Errorf("is version %s of %s and not %s", w.Version, w.Name, want.Version)
	}
	if _, v, ok := wheel.SplitDistInfo(w.distInfo); !ok || !sameVersion(v, w.Version) {
		return fmt.Errorf("the file name says version %s, the archive holds %s", w.Version, w.distInfo)
	}
	content, err := w.Metadata()
	if err != nil || content == nil {
		return err
	}
	at := w.distInfo + "/METADATA"
	fields := wheel.Fields(content)
	if name, ok := wheel.First(fields, "name"); ok && pep503.Normalize(name) != pep503.Normalize(w.Name) {
		return memberErrorf(at, "says that it is %q", name)
	}
	if version, ok := wheel.First(fields, "version"); ok && !sameVersion(version, w.Version) {
		return memberErrorf(at, "says that it is version %q", version)
	}
	return nil
}

// Metadata returns the wheel's METADATA (core metadata specification), nil if it has none.
func (w *Wheel) Metadata() ([]byte, error) {
	at := w.distInfo + "/METADATA"
	if !w.archive.has(at) {
		return nil, nil
	}
	return w.archive.readSmall(at)
}
