// Package engines says which daemons Moult builds with. The numbers are those
// that the documentation names, and the lab's tests run on the oldest ones that
// can be had.
package engines

const (
	// OldestBuildKit is the first BuildKit whose images are the same as those of
	// the newest. An older one leaves the folders of a step's mounts in the image.
	OldestBuildKit = "v0.11"
	// OldestDocker is the first major version of Docker Engine with such a
	// BuildKit in it.
	OldestDocker = 24
)
