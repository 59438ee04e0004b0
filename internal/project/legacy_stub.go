package project

import "github.com/moult-build/moult/internal/toml"

func (r *reader) poetry(*toml.Node, string) {}
func (r *reader) pdm(*toml.Node)            {}
func (r *reader) pipfile()                  {}
