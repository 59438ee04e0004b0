package environment

import (
	"path"
	"strings"
)

// Usual returns the files and folders that Detect reads of an official image of
// Python, by the image's environment, so that a caller whose image keeps answers
// can ask for them at the same time; none for other images.
func Usual(env []string) (files, folders []string) {
	full, _ := LookupEnv(env, "PYTHON_VERSION")
	parts := strings.Split(full, ".")
	if len(parts) < 3 || !strings.HasPrefix(Getenv(env, "PATH"), prefix+"/bin:") {
		return nil, nil
	}
	library := path.Join(prefix, "lib", "python"+parts[0]+"."+parts[1])
	return []string{"/etc/os-release", path.Join(prefix, "pyvenv.cfg")},
		[]string{path.Join(prefix, "bin"), library, path.Join(library, "__pycache__")}
}
