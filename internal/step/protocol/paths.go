package protocol

import "path"

const (
	// Root contains everything that Moult mounts into a step.
	Root = "/moult"
	// Tools is the folder with moult-install and moult-build.
	Tools = Root + "/bin"
	// Output is the mount that holds a step's result.
	Output = Root + "/output"
	// Report is the mount for what a step says about its result.
	Report = Root + "/report"
	// Tmp is a tmpfs, which is deleted after the step.
	Tmp = Root + "/tmp"
	// Source is the source tree a wheel is built from.
	Source = Root + "/src"
	// Pyproject is the pyproject.toml that its backend reads.
	Pyproject = Root + "/pyproject.toml"
	// Archive is the folder of the archive it is unpacked from.
	Archive = Root + "/archive"
	// Layers contains the layers of the virtual environment for Inspect, each in
	// a folder that is named after its first package.
	Layers = Root + "/layers"
	// Environment is the virtual environment with a package's build
	// requirements.
	Environment = Root + "/env"
	// Python is the interpreter that compiles bytecode, if it was taken out of its image.
	Python = Root + "/python"
	// Requirements is the requirement list the resolver reads.
	Requirements = Root + "/requirements.txt"
	// Constraints is the resolver's list of constraints.
	Constraints = Root + "/constraints.txt"
	// BuildConstraints is the list that limits build requirements.
	BuildConstraints = Root + "/build-constraints.txt"
	// Asked is the list of requirements from a build backend.
	Asked = Root + "/asked.txt"
	// Base is the image for which a layer is made, Origin the image from which
	// it is made.
	Base   = Root + "/base"
	Origin = Root + "/origin"
	// Keys are the public keys of package repositories, PackageFiles the
	// packages of a distribution that come as files.
	Keys         = Root + "/keys"
	PackageFiles = Root + "/packages"
	// IndexRequest is the request to package indexes (package indexfiles).
	IndexRequest = Root + "/index-request.json"
	// IndexCache is the folder with their earlier answers.
	IndexCache = Root + "/cache/index"
	// Secrets holds one file for each secret of the step.
	Secrets = Root + "/secrets"

	// Venv is the virtual environment in the image. It is outside of the
	// application's folder so that a bind mount over the application does not
	// hide it.
	Venv = "/opt/venv"
)

// Failure is the file to which a failed step writes the end of its output,
// in the folder of its result (Command.Result).
const Failure = ".moult-failure"

// InstallTool and BuildTool are the programs of the folder Tools.
const (
	InstallTool = Tools + "/moult-install"
	BuildTool   = Tools + "/moult-build"
)

// GitTokenSecret is the prefix of the ids of secrets with a token for git over
// HTTPS: "GIT_AUTH_TOKEN.example.com" for one host, as in BuildKit's own git
// source.
const GitTokenSecret = "GIT_AUTH_TOKEN."

// CertificateSecret is the id of the build secret that holds the PEM bundle
// of certificate authorities which networked steps trust, and where such a
// step finds it.
const (
	CertificateSecret = "ca-certificates"
	Certificates      = Secrets + "/ca-certificates"
)

// Wheel is the folder a package's wheel is mounted in.
func Wheel(name string) string { return path.Join(Root, "wheels", name) }

// IndexSecret is the file with the credentials of a package index, by the id
// of their secret.
func IndexSecret(id string) string { return Secret("index/" + id) }

// Secret is the file a secret of the given id is mounted as.
func Secret(id string) string { return path.Join(Secrets, id) }
