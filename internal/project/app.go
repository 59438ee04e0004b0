package project

// IgnoreAlways are patterns of files that are not part of the application, in
// .dockerignore's syntax relative to the project's folder: version control,
// environments, caches, and files that hold secrets or describe the build. They
// come before app.exclude, whose "!pattern" can include a file again.
//
// Folders that may hold an application's own code or data ("build", "dist",
// "node_modules", "env", "docs", "tests") are not in the list.
func IgnoreAlways() []string {
	return []string{
		"**/.git", "**/.gitignore", "**/.gitattributes", "**/.gitmodules", "**/.hg", "**/.svn", "**/.bzr",
		"**/.venv", "venv", "**/.virtualenv", "**/.direnv", "**/.envrc",
		"**/__pycache__", "**/*.pyc", "**/*.pyo",
		"**/.pytest_cache", "**/.mypy_cache", "**/.ruff_cache", "**/.pytype", "**/.pyre", "**/.hypothesis",
		"**/.tox", "**/.nox", "**/.eggs", "**/*.egg-info", "**/.ipynb_checkpoints", "**/.pdm-build",
		"**/.pdm-python", "**/__pypackages__", "**/.uv-cache", "**/.cache",
		"**/.coverage", "**/.coverage.*", "**/htmlcov",
		"**/.env", "**/.env.*", "!**/.env.example", "**/.pypirc", "**/.netrc",
		"**/.DS_Store", "**/Thumbs.db", "**/*.swp", "**/.idea", "**/.vscode",
		"**/Dockerfile", "**/Dockerfile.*", "**/*.Dockerfile", "**/Containerfile", "**/.dockerignore", "**/*.dockerignore",
		"**/docker-compose.yml", "**/docker-compose.yaml", "**/docker-compose.*.yml", "**/docker-compose.*.yaml", "**/compose.yml", "**/compose.yaml", "docker-bake.hcl",
		"**/.github", "**/.gitlab-ci.yml", "**/.circleci", "**/.travis.yml", "**/.pre-commit-config.yaml",
	}
}

// BuildOnly are files in the project's folder that only the build reads. They
// are not part of the application either, so that a new lock does not change
// its layer. pyproject.toml is not in the list, because programs read it while
// they run.
func BuildOnly() []string {
	return []string{
		"moult.toml", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.*.toml", "Pipfile.lock", ".python-version",
	}
}
