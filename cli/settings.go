package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
)

func newSettings(g *global) *cobra.Command {
	var o output
	var zone, week, theme string
	cmd := &cobra.Command{
		Use:     "settings",
		Aliases: []string{"config"},
		Short:   "Show or change your settings: time zone, start of the week, theme",
		GroupID: groupAccount,
		Long: "Show your settings, or change those that a flag names; an empty value puts the preset back. They\n" +
			"hold everywhere, in the browser and for assistants too. Dates are understood in the time zone; where\n" +
			"none is set, in that of the machine.",
		Example: "  todo settings\n  todo settings --timezone Europe/Berlin --week-start monday",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			patch := api.SettingsPatch{}
			for name, to := range map[string]**string{"timezone": &patch.Timezone, "week-start": &patch.WeekStart, "theme": &patch.Theme} {
				if f := cmd.Flags().Lookup(name); f.Changed {
					value := f.Value.String()
					*to = &value
				}
			}
			var s api.Settings
			if patch == (api.SettingsPatch{}) {
				s, err = c.Settings(cmd.Context())
			} else {
				s, err = c.SetSettings(cmd.Context(), patch)
			}
			if err != nil {
				return err
			}
			return o.print(g.environment, s, func() error {
				return g.printText(fmt.Sprintf("timezone    %s\nweek-start  %s\ntheme       %s\n",
					or(printableLine(s.Timezone), "not set"), printableLine(s.WeekStart), printableLine(s.Theme)))
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&zone, "timezone", "", "`NAME` of the time zone, like Europe/Berlin")
	f.StringVar(&week, "week-start", "", "`monday|sunday|saturday`")
	f.StringVar(&theme, "theme", "", "of the browser app: `system|light|dark`")
	o.flags(cmd)
	complete(cmd, "week-start", "monday", "sunday", "saturday")
	complete(cmd, "theme", "system", "light", "dark")
	return cmd
}
