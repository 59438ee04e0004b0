package project

import "path"

// DefaultAppDir is the application's folder in an image without app.to.
const DefaultAppDir = "/app"

// AppDir is the application's folder in the image.
func (p *Project) AppDir() string {
	if to := p.Settings.App.To.V; to != "" {
		return path.Clean(to)
	}
	return DefaultAppDir
}

// IgnoreInTree are patterns of files that never belong to a source tree, in
// .dockerignore's syntax relative to the project's folder: version control,
// environments and caches. A build backend or a stage gets all other files,
// because a file with any other name may be the data of a package.
func IgnoreInTree() []string {
	return []string{
		"**/.git", "**/.gitmodules", "**/.hg", "**/.svn", "**/.bzr",
		"**/.venv", "venv", "**/.virtualenv", "**/.direnv",
		"**/__pycache__",
		"**/.pytest_cache", "**/.mypy_cache", "**/.ruff_cache", "**/.pytype", "**/.pyre", "**/.hypothesis",
		"**/.tox", "**/.nox", "**/.eggs", "*.egg-info", "src/*.egg-info", "**/.ipynb_checkpoints", "**/.pdm-build",
		"**/.pdm-python", "**/__pypackages__", "**/.uv-cache", "**/.cache",
		"**/.DS_Store", "**/Thumbs.db", "**/*.swp",
		".env", ".env.local", ".pypirc", ".netrc",
	}
}

// IgnoreInApp are patterns of files that are not part of the application: those
// of IgnoreInTree, files with secrets, and, only in the project's folder
// itself, files that describe builds. In folders below it these may be data,
// such as the templates of a generator. The patterns come before app.exclude,
// whose "!pattern" can include a file again.
//
// Folders that may hold an application's own code or data ("build", "dist",
// "node_modules", "env", "docs", "tests") are not in the list.
func IgnoreInApp() []string {
	return append(IgnoreInTree(),
		"**/.gitignore", "**/.gitattributes", "**/.envrc", "**/*.egg-info",
		"**/.coverage", "**/.coverage.*", "**/htmlcov",
		"**/.env", "**/.env.*", "!**/.env.example", "**/.pypirc", "**/.netrc",
		"**/.idea", "**/.vscode",
		"Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile", ".dockerignore", "*.dockerignore",
		"docker-compose.yml", "docker-compose.yaml", "docker-compose.*.yml", "docker-compose.*.yaml", "compose.yml", "compose.yaml", "docker-bake.hcl",
		".github", ".gitlab-ci.yml", ".circleci", ".travis.yml", ".pre-commit-config.yaml",
	)
}
