package pipeline

import (
	"context"
	"io/fs"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// World answers the questions about one platform that a project's files do not
// answer. Its methods may be called concurrently.
type World interface {
	// Platform is that of the image.
	Platform() environment.Platform
	// Image finds an image. An error points at the question's line.
	Image(ctx context.Context, q Question) (Image, error)
	// Context checks that a named context of the build exists. An error points
	// at the line.
	Context(ctx context.Context, name string, pos source.Pos) error
	// HasModules reports whether files of the build context or of a named context
	// have Python modules.
	HasModules(ctx context.Context, f plan.Files) (bool, error)
	// Installed returns the base from Image with a distribution's packages added
	// to it.
	Installed(ctx context.Context, base Image, packages *plan.SystemPackages) (Image, error)
	// Resolve runs pip's resolver for an unlocked project and returns its
	// wheels.
	Resolve(ctx context.Context, r ResolveRequest) ([]plan.Wheel, error)
	// Locate asks package indexes for the addresses of files. It fails with
	// indexfiles.Failure if an index does not answer.
	Locate(ctx context.Context, r indexfiles.Request) (indexfiles.Answer, error)
}

// Role is the purpose of an image.
type Role string

// The roles.
const (
	// Base is the image that the result is built on.
	Base Role = "runtime"
	// Python is the image whose Python is added to the base.
	Python Role = "python"
	// Builder is the image with a compiler.
	Builder Role = "builder"
	// Init is the image whose init process is added to the base.
	Init Role = "init"
	// Stage is an image that a stage runs in or files come from.
	Stage Role = "stage"
)

// Question asks for an image.
type Question struct {
	Role Role
	// Ref is its reference, from the build file or a default.
	Ref string
	// Pos is the line that names it; it may be invalid.
	Pos source.Pos
}

// Image is an image whose files can be read.
type Image interface {
	environment.Image
	// Config is how it is configured.
	Config() plan.Config
	// Lstat describes a file and does not follow links; the error is
	// fs.ErrNotExist if there is no file.
	Lstat(ctx context.Context, name string) (File, error)
}

// File describes a file of an image.
type File struct {
	Mode     fs.FileMode
	UID, GID int
	// Link is the target of a symbolic link.
	Link string
}

// ResolveRequest is the input of a run of pip's resolver.
type ResolveRequest struct {
	Environment environment.Environment
	Requested   *project.Requested
	Building    *plan.Building
	// Stages are the stages whose outputs the builder needs.
	Stages []plan.Stage
}
