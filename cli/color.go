package cli

import "runtime"

// sgr is how a terminal is asked to show text: the numbers of ECMA-48's SGR. What a
// colour says, the words beside it say too.
type sgr string

const (
	plain  sgr = ""
	strong sgr = "1"
	faint  sgr = "2"
	red    sgr = "31"
	yellow sgr = "33"
	blue   sgr = "34"
)

// colours decides whether output is coloured: by the flag, else by the variables that
// programs agree on (NO_COLOR, CLICOLOR_FORCE, CLICOLOR), else by the terminal.
func (g *global) colours() (bool, error) {
	switch g.color {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
	default:
		return false, usagef("--color %q: use auto, always or never", g.color)
	}
	if g.getenv("NO_COLOR") != "" {
		return false, nil
	}
	if force := g.getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true, nil
	}
	if runtime.GOOS == "windows" && g.getenv("WT_SESSION") == "" && g.getenv("TERM") == "" {
		return false, nil // an old console shows the codes themselves
	}
	return g.terminal && g.getenv("TERM") != "dumb" && g.getenv("CLICOLOR") != "0", nil
}

// paint returns text as the terminal shall show it.
func (e *environment) paint(s sgr, text string) string {
	if !e.color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}
