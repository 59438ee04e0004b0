package check

import (
	"fmt"
	"slices"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Programs is the input of the rule MissingProgram: the programs that an image
// starts and that neither its packages nor its base have.
type Programs struct {
	*project.Project
	Absent []plan.AbsentProgram
	// OtherEnvironments are paths in the scripts that the image starts.
	OtherEnvironments []plan.OtherEnvironment
	// Base is the base's name.
	Base string
}

// programPackages are packages with a program of another name.
var programPackages = map[string]string{"django-admin": "django", "waitress-serve": "waitress"}

// ownPackage are programs that only the package of their name has.
var ownPackage = []string{
	"alembic", "celery", "chainlit", "daphne", "flask", "granian", "gunicorn", "hypercorn", "pipenv", "poetry", "pdm", "streamlit", "uv", "uvicorn",
}

// PackageOf is the package that has a program; "" if it is not known. Such a
// program is missing where the package is.
func PackageOf(program string) string {
	if slices.Contains(ownPackage, program) {
		return program
	}
	return programPackages[program]
}

// managers are programs that run others in an environment which they make. The
// image has an environment already.
var managers = map[string]bool{"uv": true, "poetry": true, "pipenv": true, "pdm": true}

// Check reports the programs.
func (in Programs) Check() []Finding {
	var found []Finding
	for _, a := range in.Absent {
		found = append(found, Finding{
			Rule: MissingProgram, Pos: a.Pos, Hint: in.add(a.Name),
			Msg: fmt.Sprintf("%s starts %s, which neither the packages nor the image %s have, so that the image does not start", a.Key, a.Name, in.Base),
		})
	}
	for _, o := range in.OtherEnvironments {
		found = append(found, Finding{
			Rule: MissingProgram, Pos: o.Pos, Msg: fmt.Sprintf("the script of %s names %s, and nothing puts a file there", o.Key, o.Path),
			Hint: o.Hint(),
		})
	}
	return found
}

// add says what to write for a missing program.
func (in Programs) add(program string) string {
	if managers[program] {
		return "leave it and its options out: the packages of the project are in the search path"
	}
	name := PackageOf(program)
	if name == "" {
		return "add the package that has it to the requirements, or that of the distribution to apt.run"
	}
	if where := (Imports{Project: in.Project}).named([]string{pep503.Normalize(name)}); where != "" {
		return where
	}
	return fmt.Sprintf("add %s to the requirements", name)
}
