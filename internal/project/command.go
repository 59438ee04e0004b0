package project

import "errors"

// Command is what the image runs.
type Command struct {
	Entrypoint, Cmd []string
	// Why says where it comes from: "entrypoint and cmd", "[project.scripts]", "main.py".
	Why string
}

// ImageCommand gives the command: the keys entrypoint and cmd, else the single
// script of [project.scripts], else main.py or app.py in the project's folder.
func ImageCommand(p *Project) (Command, error) {
	return Command{}, errors.New("not yet")
}
