module github.com/moult-build/moult

go 1.26.8

require (
	github.com/moby/buildkit v0.34.2 // indirect
	github.com/pelletier/go-toml/v2 v2.4.3 // indirect
	golang.org/x/sys v0.48.0 // indirect
)
