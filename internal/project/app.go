package project

// IgnoreAlways is what is never part of the application, in .dockerignore's
// syntax relative to the project's folder: version control, environments,
// caches, and files that keep secrets or describe the build. It stands in front
// of app.exclude, whose "!pattern" brings back what is needed all the same.
//
// Folders that may hold an application's own code or data by these names
// ("build", "dist", "node_modules", "env", "docs", "tests") are not in it.
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
// are no part of the application either, so that a new lock changes no layer of
// it. pyproject.toml is not among them: programs read it while they run.
func BuildOnly() []string {
	return []string{
		"moult.toml", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.*.toml", "Pipfile.lock", ".python-version",
	}
}
