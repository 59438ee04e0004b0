package cli

import (
	"os"

	"github.com/spf13/cobra"
)

func lockCommand() *cobra.Command {
	var q question
	var output string
	c := &cobra.Command{
		Use:   "lock [CONTEXT]",
		Short: "Write what pip resolves as pylock.toml",
		Long: `Write what a project without a lock resolves to as pylock.toml (PEP 751), to be
committed: from then on builds take exactly these files, and no resolver runs.
pip resolves in a container, so this needs a BuildKit.`,
		Example: "  moult lock -o pylock.toml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := q.ask(c, args, "lock")
			if err != nil {
				return err
			}
			if output == "" || q.json {
				return q.print(c, a)
			}
			return os.WriteFile(output, a["result.txt"], 0o644)
		},
	}
	q.askFlags(c)
	q.jsonFlag(c)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write instead of the standard output")
	return c
}
