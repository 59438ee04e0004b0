package environment

import (
	"path"
	"strings"
)

// Official is an official image of Python: where its Python is, and what Detect reads of it.
type Official struct {
	Interpreter, Library string
	Files, Folders       []string
}

// Usual returns what is known of an image by its environment variables, so that a caller can ask for all of it at the
// same time; ok is false for images that are not official ones. The image itself may still be another.
func Usual(env []string) (o Official, ok bool) {
	full, _ := LookupEnv(env, "PYTHON_VERSION")
	parts := strings.Split(full, ".")
	if len(parts) < 3 || !strings.HasPrefix(Getenv(env, "PATH"), prefix+"/bin:") {
		return Official{}, false
	}
	name := "python" + parts[0] + "." + parts[1]
	o.Interpreter, o.Library = path.Join(prefix, "bin", name), path.Join(prefix, "lib", name)
	o.Files = []string{"/etc/os-release", path.Join(prefix, "pyvenv.cfg")}
	o.Folders = []string{path.Join(prefix, "bin"), o.Library, path.Join(o.Library, "__pycache__")}
	return o, true
}
