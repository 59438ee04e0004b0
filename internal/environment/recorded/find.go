package recorded

import (
	"cmp"
	"maps"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// official matches the reference of an official Python image. Its groups are
// the release, the patch version and the tag's part for the distribution.
var official = regex.New(`^(?:docker\.io/library/)?python:(3\.\d+)(\.\d+)?((?:-[a-z0-9.]+)*)$`)

// Find returns the description of an image for an architecture in OCI's name.
// If the reference is not among Images, Find makes the description from the
// reference: for official Python images from the tag, for others from the
// distribution in the name, with every release of Python.
func Find(ref, arch string) Image {
	ref, _, _ = strings.Cut(ref, "@")
	ref = strings.TrimPrefix(ref, "docker.io/library/")
	img, ok := Images[ref]
	if !ok {
		if m := official.FindStringSubmatch(ref); m != nil {
			img = ofPython(m[1], m[2], m[3])
		} else {
			img = like(ref)
		}
	}
	return img.on(arch)
}

// on returns the image for another architecture than amd64.
func (i Image) on(arch string) Image {
	if arch != "arm64" {
		return i
	}
	files := map[string]string{}
	for name, content := range i.Files {
		name = strings.ReplaceAll(name, "x86_64", "aarch64")
		files[name] = strings.ReplaceAll(content, "A:x86_64", "A:aarch64")
	}
	i.Files = files
	return i
}

// ofPython is an official image: its Python is in /usr/local. A tag without a
// patch version stands for the ninth.
func ofPython(release, patch, tag string) Image {
	img := debian("13", "trixie")
	switch {
	case strings.Contains(tag, "alpine"):
		img = alpine()
	case strings.Contains(tag, "bookworm"):
		img = debian("12", "bookworm")
	case strings.Contains(tag, "bullseye"):
		img = debian("11", "bullseye")
	case strings.Contains(tag, "buster"):
		img = debian("10", "buster")
	}
	img.Env = []string{"PATH=/usr/local/bin:" + usualPath, "LANG=C.UTF-8", "PYTHON_VERSION=" + release + cmp.Or(patch, ".9")}
	for _, name := range []string{"bin/python" + release, "bin/python3", "bin/python", "lib/python" + release + "/os.py"} {
		img.Files["/usr/local/"+name] = ""
	}
	return img
}

// like is an image that is not an official Python image.
func like(ref string) Image {
	var img Image
	switch {
	case strings.Contains(ref, "alpine"):
		img = alpine()
	case strings.Contains(ref, "ubi9"), strings.Contains(ref, "sclorg"):
		img = redHat()
	case strings.Contains(ref, "ubuntu22.04"), strings.Contains(ref, "ubuntu:22.04"):
		img = ubuntu("22.04", "jammy")
	case strings.Contains(ref, "ubuntu"):
		img = ubuntu("24.04", "noble")
	default:
		img = debian("12", "bookworm")
	}
	img.Env = []string{"PATH=" + usualPath}
	if strings.HasPrefix(ref, "ubuntu:") || strings.HasPrefix(ref, "debian:") || strings.Contains(ref, "/cuda:") {
		return img
	}
	for _, release := range []string{"3.10", "3.11", "3.12", "3.13", "3.14"} {
		img.Files["/usr/bin/python"+release] = ""
		img.Files["/usr/lib/python"+release+"/os.py"] = ""
	}
	return img
}

const accounts = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"

// basis has the files that every image has.
func basis(release string, more ...string) Image {
	img := Image{Files: map[string]string{
		"/etc/os-release": release, "/etc/passwd": accounts, "/etc/group": "root:x:0:\nnogroup:x:65534:\n", "/usr/bin/env": "",
	}, Folders: map[string]Folder{"/root": {Mode: 0o700}}}
	for _, name := range more {
		img.Files[name] = ""
	}
	return img
}

func debian(version, name string) Image {
	img := basis("PRETTY_NAME=\"Debian GNU/Linux "+version+" ("+name+")\"\nVERSION_ID=\""+version+"\"\nVERSION_CODENAME="+name+"\nID=debian\n", "/usr/bin/apt-get", "/usr/bin/dash")
	img.Links = maps.Clone(merged)
	return img
}

func ubuntu(version, name string) Image {
	img := basis("NAME=\"Ubuntu\"\nVERSION_ID=\""+version+"\"\nVERSION_CODENAME="+name+"\nID=ubuntu\nID_LIKE=debian\n", "/usr/bin/apt-get", "/usr/bin/dash")
	img.Links = maps.Clone(merged)
	return img
}

func redHat() Image {
	img := basis("NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.6\"\n", "/usr/bin/microdnf", "/usr/bin/bash")
	img.Links = maps.Clone(merged)
	return img
}

func alpine() Image {
	img := basis("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.2\n", "/lib/ld-musl-x86_64.so.1", "/sbin/apk", "/bin/sh")
	img.Files["/lib/apk/db/installed"] = "C:Q1\nP:musl\nV:1.2.5-r10\nA:x86_64\n\n"
	return img
}

// merged are the links of a distribution that has all programs and libraries
// below /usr.
var merged = map[string]string{"/bin": "/usr/bin", "/sbin": "/usr/sbin", "/lib": "/usr/lib", "/lib64": "/usr/lib64"}
