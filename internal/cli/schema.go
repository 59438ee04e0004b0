package cli

import (
	"github.com/spf13/cobra"

	"github.com/moult-build/moult/internal/cli/schema"
)

func schemaCommand() *cobra.Command {
	var pyproject bool
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of the build file",
		Long: `Print the JSON schema of a moult.toml, which is that of [tool.moult], for editors
that complete and check TOML. --pyproject prints one for a pyproject.toml.`,
		Example: "  moult schema --pyproject > moult.schema.json\n  # and in the file, below the syntax line:\n  #:schema ./moult.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print := schema.Schema
			if pyproject {
				print = schema.PyprojectSchema
			}
			dt, err := print()
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(dt)
			return err
		},
	}
	c.Flags().BoolVar(&pyproject, "pyproject", false, "the schema of a pyproject.toml, of which only [tool.moult] is checked")
	return c
}
