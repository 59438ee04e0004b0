package cli

import "github.com/spf13/cobra"

// noDaemon is what the help of the commands that look says about BuildKit.
const noDaemon = `It looks into the project and, through the registry, into the base image. A
BuildKit is used only where that does not suffice: where there is no lock and pip
has to resolve, or where a lock holds no addresses.`

// simple returns a command that prints an answer of the frontend.
func simple(use, question_, short, long, example string) *cobra.Command {
	var q question
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := q.ask(c, args, question_)
			if err != nil {
				return err
			}
			return q.print(c, a)
		},
	}
	q.askFlags(c)
	q.jsonFlag(c)
	return c
}

func planCommand() *cobra.Command {
	return simple("plan [CONTEXT]", "plan", "Show what a build will do, and why",
		`Show what a build will do and why: the environment that was found in the base
image, each package with the file that was chosen for it and the reason, what is
compiled, the layers, and the image's configuration. Nothing is built.

`+noDaemon,
		`  moult plan
  moult plan --platform linux/arm64 services/api
  moult plan --json | jq '.platforms[0].plan.packages[].name'`)
}

func outlineCommand() *cobra.Command {
	return simple("outline [CONTEXT]", "outline", "Show the arguments and secrets a build takes",
		"Show the build arguments, secrets and SSH agents that a build of the target takes.", "  moult outline --target dev")
}

func targetsCommand() *cobra.Command {
	return simple("targets [CONTEXT]", "targets", "Show what --target may name",
		"Show the targets of the build file and those that every project has.", "  moult targets")
}
