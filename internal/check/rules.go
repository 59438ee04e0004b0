package check

import "slices"

// The rules. Each has a page in docs/rules that explains it.
var (
	NoLock = &Rule{Name: "NoLock",
		Description: "Without a lock file every build may install other versions."}
	UnpinnedLock = &Rule{Name: "UnpinnedLock",
		Description: "A requirement file is a lock only if every line of it is pinned and hashed."}
	StaleLock = &Rule{Name: "StaleLock", Level: Error,
		Description: "The lock file does not match what the project asks for."}
	SeveralLocks = &Rule{Name: "SeveralLocks",
		Description: "Of several lock files in one folder Moult uses one, and the others become out of date."}

	UnusedRequirements = &Rule{Name: "UnusedRequirements",
		Description: "The versions in a requirements.txt that Moult does not read have no effect."}

	CredentialsInURL = &Rule{Name: "CredentialsInURL", Level: Error, Fixed: true,
		Description: "A password in a URL ends up in the image's history and provenance."}
	SecretInArgument = &Rule{Name: "SecretInArgument",
		Description: "Build arguments are stored in the image's history and provenance."}
	SecretInEnv = &Rule{Name: "SecretInEnv",
		Description: "Everybody who can pull the image can read its environment variables."}
	SecretFile = &Rule{Name: "SecretFile",
		Description: "Everybody who can pull the image can read every file in it."}
	UnusedArgument = &Rule{Name: "UnusedArgument",
		Description: "A build argument that the build file does not declare has no effect."}
	DependencyConfusion = &Rule{Name: "DependencyConfusion",
		Description: "pip asks all indexes and takes the highest version, whoever published it."}

	PythonEndOfLife = &Rule{Name: "PythonEndOfLife",
		Description: "This release of Python no longer gets security fixes."}
	PythonMismatch = &Rule{Name: "PythonMismatch", Level: Error, Fixed: true,
		Description: "The project does not allow the Python that it is built for."}
	BaseEndOfLife = &Rule{Name: "BaseEndOfLife",
		Description: "The base image's distribution no longer gets security fixes."}
	BasePatchVersion = &Rule{Name: "BasePatchVersion",
		Description: "A base image that is named by its patch version gets no fixes of Python."}

	DevGroup = &Rule{Name: "DevGroup",
		Description: "Packages for development make an image larger and easier to attack."}
	DefaultGroup = &Rule{Name: "DefaultGroup",
		Description: "A group that the project's own tool installs unasked is in the image only if the build file names it."}
	DevTool = &Rule{Name: "DevTool",
		Description: "Tools for tests and development belong in a dependency group, not in the main dependencies."}
	CudaTorch = &Rule{Name: "CudaTorch",
		Description: "PyTorch's builds for CUDA add gigabytes that only a GPU can use."}
	CompiledPackage = &Rule{Name: "CompiledPackage",
		Description: "A package without a wheel is compiled in the build, which is slow and needs compilers and headers."}
	MissingLibrary = &Rule{Name: "MissingLibrary",
		Description: "A package cannot be imported without the shared libraries that it was linked against."}
	MissingModule = &Rule{Name: "MissingModule",
		Description: "A program that imports a module which the image does not have ends at its start."}
	MissingProgram = &Rule{Name: "MissingProgram",
		Description: "An image whose command is not in it does not start."}
	MissingBrowser = &Rule{Name: "MissingBrowser",
		Description: "A package that drives a browser downloads the browser apart from its package."}
	MissingDisplay = &Rule{Name: "MissingDisplay",
		Description: "A program that opens windows ends at its start, because a container has no display."}
	MissingLocale = &Rule{Name: "MissingLocale",
		Description: "A program that sets a locale which the image does not have ends with an error."}
	MissingEventLoop = &Rule{Name: "MissingEventLoop",
		Description: "A program that asks for an event loop which nobody has made ends with an error since Python 3.14."}
	InvalidSyntax = &Rule{Name: "InvalidSyntax",
		Description: "What imports a file that the image's Python cannot compile ends with an error."}
	FileConflict = &Rule{Name: "FileConflict",
		Description: "If two packages have the same file, one overwrites the other's."}
	ModuleConflict = &Rule{Name: "ModuleConflict",
		Description: "If two packages have the same module, one of them may not work."}

	RunsAsRoot = &Rule{Name: "RunsAsRoot",
		Description: "A vulnerability is worse in a program that runs as root."}
	GuessedCommand = &Rule{Name: "GuessedCommand",
		Description: "A command that Moult guesses from the code can change when the code changes."}
	ShellCommand = &Rule{Name: "ShellCommand",
		Description: "A shell that starts a program does not pass signals on to it."}
	ShellForm = &Rule{Name: "ShellForm", Level: Error, Fixed: true,
		Description: "Commands are lists of arguments, because no shell reads them."}

	NothingToPackage = &Rule{Name: "NothingToPackage",
		Description: "A project that has a [build-system] and no module of its name is copied, not built."}
	GuessedVersion = &Rule{Name: "GuessedVersion",
		Description: "The version of a package that comes from git is a guess if the commit has no tag."}

	EmptyPattern = &Rule{Name: "EmptyPattern",
		Description: "A pattern that matches no file copies nothing, often because of a typing error."}

	ReadOnlyDatabase = &Rule{Name: "ReadOnlyDatabase",
		Description: "The image's user cannot write into a database that the build has copied."}
	UnreachableFile = &Rule{Name: "UnreachableFile",
		Description: "The image's user cannot read a file below a folder that only root may enter."}

	DeletingName = &Rule{Name: "DeletingName",
		Description: "A file whose name begins with .wh. is missing in the image that is pulled, and deletes another file."}

	UnknownKey = &Rule{Name: "UnknownKey", Level: Error, Fixed: true,
		Description: "A key that Moult does not know has no effect."}
	UnknownRule = &Rule{Name: "UnknownRule",
		Description: "The comment skips a rule that does not exist or that cannot be skipped."}
)

// Rules returns all rules, sorted by name.
func Rules() []*Rule {
	all := []*Rule{
		NoLock, UnpinnedLock, StaleLock, SeveralLocks, UnusedRequirements,
		CredentialsInURL, SecretInArgument, SecretInEnv, SecretFile, UnusedArgument, DependencyConfusion,
		PythonEndOfLife, PythonMismatch, BaseEndOfLife, BasePatchVersion,
		DevGroup, DefaultGroup, DevTool, CudaTorch, CompiledPackage, MissingLibrary, MissingModule, MissingProgram, MissingBrowser, MissingDisplay, MissingLocale, MissingEventLoop, InvalidSyntax, FileConflict, ModuleConflict,
		RunsAsRoot, GuessedCommand, ShellCommand, ShellForm, NothingToPackage, GuessedVersion, EmptyPattern, DeletingName, ReadOnlyDatabase, UnreachableFile, UnknownKey, UnknownRule,
	}
	slices.SortFunc(all, func(a, b *Rule) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// find returns the rule of a name; nil if there is none.
func find(name string) *Rule {
	for _, r := range Rules() {
		if r.Name == name {
			return r
		}
	}
	return nil
}
