// Package recorded describes images that tests cannot pull: the facts that
// Detect reads, taken from the images' own Dockerfiles and from public
// documentation. It replaces BuildKit's gateway, which reads real images.
//
// An entry holds only what matters to Python: the configured environment,
// os-release, the places of interpreter, library, C library and package
// manager.
package recorded

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Image is one description.
type Image struct {
	// Env is the configured environment.
	Env []string
	// Files are the image's files, by absolute path.
	Files map[string]string
	// Links are its symbolic links to folders.
	Links map[string]string
	// Folders are the folders with another owner than root or another mode than
	// 0755.
	Folders map[string]Folder
}

// Folder is the owner and the mode of a folder.
type Folder struct {
	Mode     fs.FileMode
	UID, GID int
}

// With returns the image with the files of another one, which replace its own.
func (i Image) With(other Image) Image {
	i.Files, i.Links, i.Folders = over(i.Files, other.Files), over(i.Links, other.Links), over(i.Folders, other.Folders)
	return i
}

func over[V any](below, above map[string]V) map[string]V {
	all := map[string]V{}
	maps.Copy(all, below)
	maps.Copy(all, above)
	return all
}

// ReadFile implements environment.Image.
func (i Image) ReadFile(_ context.Context, name string) ([]byte, error) {
	content, ok := i.Files[i.follow(name)]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(content), nil
}

// ReadDir implements environment.Image.
func (i Image) ReadDir(_ context.Context, name string) ([]string, error) {
	prefix := strings.TrimSuffix(i.follow(name), "/") + "/"
	var names []string
	for file := range i.Files {
		if rest, ok := strings.CutPrefix(file, prefix); ok {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	if names == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (i Image) follow(name string) string {
	name = path.Clean(name)
	for link, target := range i.Links {
		if rest, ok := strings.CutPrefix(name, link); ok && (rest == "" || rest[0] == '/') {
			return target + rest
		}
	}
	return name
}

const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Images are the descriptions by reference.
var Images = map[string]Image{
	// docker-library/python, 3.13/alpine3.22.
	"python:3.13-alpine": {
		Env: []string{"PATH=/usr/local/bin:" + usualPath, "PYTHON_VERSION=3.13.9"},
		Files: map[string]string{
			"/etc/os-release":           "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME=\"Alpine Linux v3.22\"\n",
			"/usr/local/bin/python3.13": "", "/usr/local/bin/python3": "", "/usr/local/bin/python": "",
			"/usr/local/lib/python3.13/os.py": "",
			"/lib/ld-musl-x86_64.so.1":        "",
			"/lib/apk/db/installed":           "C:Q1\nP:musl\nV:1.2.5-r10\nA:x86_64\n\nC:Q1\nP:busybox\nV:1.37.0-r19\n",
			"/sbin/apk":                       "", "/bin/sh": "", "/usr/bin/env": "",
			"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "/etc/group": "root:x:0:root\n",
		},
	},
	// Alpine with its own Python: apk add python3.
	"alpine-python": {
		Env: []string{"PATH=" + usualPath},
		Files: map[string]string{
			"/etc/os-release":     "ID=alpine\nVERSION_ID=3.22.2\n",
			"/usr/bin/python3.12": "", "/usr/bin/python3": "",
			"/usr/lib/python3.12/os.py": "", "/usr/lib/python3.12/__pycache__/os.cpython-312.pyc": "",
			"/lib/ld-musl-x86_64.so.1": "", "/lib/apk/db/installed": "P:musl\nV:1.2.5-r10\n", "/sbin/apk": "",
		},
	},
	// ubi9/ubi-minimal with microdnf install python3.12. The library is in
	// lib64, and only site-packages in lib.
	"registry.access.redhat.com/ubi9/ubi-minimal": {
		Env: []string{"PATH=" + usualPath, "container=oci"},
		Files: map[string]string{
			"/etc/os-release":     "NAME=\"Red Hat Enterprise Linux\"\nVERSION=\"9.6 (Plow)\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.6\"\nPLATFORM_ID=\"platform:el9\"\n",
			"/usr/bin/python3.12": "", "/usr/bin/microdnf": "", "/usr/bin/bash": "",
			"/usr/lib64/python3.12/os.py": "", "/usr/lib64/python3.12/__pycache__/os.cpython-312.pyc": "",
			"/usr/lib/python3.12/site-packages/README.txt": "", "/usr/lib64/libc.so.6": "",
		},
		Links: map[string]string{"/bin": "/usr/bin", "/lib64": "/usr/lib64", "/lib": "/usr/lib", "/sbin": "/usr/sbin"},
	},
	// ubi9/python-312: an environment in /opt/app-root is first in PATH.
	"registry.access.redhat.com/ubi9/python-312": {
		Env: []string{"PATH=/opt/app-root/bin:/opt/app-root/src/.local/bin:/opt/app-root/src/bin:" + usualPath, "PYTHON_VERSION=3.12"},
		Files: map[string]string{
			"/etc/os-release":              "ID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.6\"\n",
			"/opt/app-root/pyvenv.cfg":     "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.9\n",
			"/opt/app-root/bin/python3.12": "", "/opt/app-root/bin/python3": "",
			"/usr/bin/python3.12": "", "/usr/bin/python3.9": "", "/usr/bin/dnf": "",
			"/usr/lib64/python3.12/os.py": "", "/usr/lib64/python3.9/os.py": "",
		},
		Links: map[string]string{"/bin": "/usr/bin", "/lib64": "/usr/lib64"},
	},
	// nvidia/cuda on Ubuntu 24.04, which has no Python.
	"nvidia/cuda:12.6.3-base-ubuntu24.04": {
		Env: []string{
			"PATH=/usr/local/nvidia/bin:/usr/local/cuda/bin:" + usualPath, "NVARCH=x86_64", "CUDA_VERSION=12.6.3",
			"LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64", "NVIDIA_VISIBLE_DEVICES=all",
			"NVIDIA_DRIVER_CAPABILITIES=compute,utility",
		},
		Files: map[string]string{
			"/etc/os-release":  "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n",
			"/usr/bin/apt-get": "", "/usr/bin/bash": "", "/usr/local/cuda/version.json": "{}",
			"/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash\n",
			"/etc/group":  "root:x:0:\nubuntu:x:1000:\n",
		},
		Links: map[string]string{"/bin": "/usr/bin", "/lib": "/usr/lib"},
	},
	// The official image on Debian 12.
	"python:3.13-slim-bookworm": {
		Env: []string{"PATH=/usr/local/bin:" + usualPath, "PYTHON_VERSION=3.13.9", "LANG=C.UTF-8"},
		Files: map[string]string{
			"/etc/os-release":           "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n",
			"/usr/local/bin/python3.13": "", "/usr/local/bin/python3": "", "/usr/local/lib/python3.13/os.py": "",
			"/usr/bin/apt-get": "",
		},
	},
	// Google's: Debian's Python without a shell.
	"gcr.io/distroless/python3-debian13": {
		Env: []string{"PATH=" + usualPath, "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "LANG=C.UTF-8"},
		Files: map[string]string{
			"/etc/os-release":     "PRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\nID=\"debian\"\nVERSION_ID=\"13\"\n",
			"/usr/bin/python3.13": "", "/usr/bin/python3": "", "/usr/bin/python": "",
			"/usr/lib/python3.13/os.py": "", "/etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
		},
	},
	// A hardened image with its Python in /opt.
	"dhi.io/python:3.13": {
		Env: []string{"PATH=/opt/python/bin:" + usualPath, "LD_LIBRARY_PATH=/opt/python/lib"},
		Files: map[string]string{
			"/etc/os-release":            "ID=debian\nVERSION_ID=13\n",
			"/opt/python/bin/python3.13": "", "/opt/python/bin/python3": "", "/opt/python/lib/python3.13/os.py": "",
		},
	},
	// Chainguard's, which is rolling and based on glibc; its apk is not in
	// the image without a shell.
	"cgr.dev/chainguard/python:latest": {
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
		Files: map[string]string{
			"/etc/os-release":     "ID=chainguard\nNAME=\"Chainguard\"\nVERSION_ID=\"20230214\"\n",
			"/usr/bin/python3.13": "", "/usr/bin/python3": "", "/usr/lib/python3.13/os.py": "", "/usr/lib/libc.so.6": "",
		},
		Links: map[string]string{"/lib": "/usr/lib", "/bin": "/usr/bin"},
	},
}
