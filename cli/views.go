package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

// savedViews is the file that views are kept in, on this machine.
type savedViews struct {
	Views map[string]filter `json:"views"`
}

func newViews(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "views",
		Short:   "List the views that 'todo list --save' kept",
		GroupID: groupList,
		Long: "List the views that 'todo list --save NAME' kept; 'todo list @NAME' shows one. They are kept on\n" +
			"this machine, in views.json in the user's configuration directory.",
		Example: "  todo views\n  todo views rm urgent",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			saved, err := g.savedViews()
			if err != nil {
				return err
			}
			return o.print(g.environment, saved, func() error { return g.printRows(viewRows(saved)) })
		},
	}
	o.flags(cmd)
	cmd.AddCommand(newViewsRm(g))
	return cmd
}

func newViewsRm(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "rm NAME",
		Short:   "Forget a view",
		Example: "  todo views rm urgent",
		Args:    args(cobra.ExactArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return g.viewNames(""), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, a []string) error {
			name := strings.TrimPrefix(a[0], "@")
			saved, err := g.savedViews()
			if err != nil {
				return err
			}
			if _, ok := saved.Views[name]; !ok {
				return &todo.Error{Code: todo.CodeNotFound, Field: "name", Message: fmt.Sprintf("no view has the name %q", name), Hint: "'todo views' lists them"}
			}
			delete(saved.Views, name)
			return g.writeViews(saved)
		},
	}
}

func viewRows(saved savedViews) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(saved.Views)) {
		rows = append(rows, []string{"@" + printableLine(name), printableLine(saved.Views[name].said())})
	}
	return rows
}

// said returns the filter as it is typed.
func (f filter) said() string {
	var words []string
	flag := func(name, value string) {
		if value != "" {
			if strings.ContainsAny(value, " '\"") {
				value = fmt.Sprintf("%q", value)
			}
			words = append(words, "--"+name, value)
		}
	}
	flag("status", f.Status)
	flag("due", f.Due)
	flag("list", f.List)
	for _, tag := range f.Tags {
		flag("tag", tag)
	}
	flag("priority", f.Priority)
	flag("parent", f.Parent)
	flag("sort", f.Sort)
	if f.Limit > 0 {
		flag("limit", fmt.Sprint(f.Limit))
	}
	if f.Query != "" {
		words = append(words, f.Query)
	}
	return strings.Join(words, " ")
}

// view returns a saved view by its name.
func (g *global) view(name string) (filter, bool, error) {
	saved, err := g.savedViews()
	if err != nil {
		return filter{}, false, err
	}
	f, ok := saved.Views[name]
	return f, ok, nil
}

// checkName fails for what no view can be called.
func (o *listOptions) checkName() error {
	if strings.ContainsAny(strings.TrimPrefix(o.save, "@"), " \t\n@:") {
		return usagef("--save %q: use a name without blanks, colons and @", o.save)
	}
	return nil
}

func (g *global) saveView(name string, f filter) error {
	name = strings.TrimPrefix(name, "@")
	saved, err := g.savedViews()
	if err != nil {
		return err
	}
	saved.Views[name] = f
	return g.writeViews(saved)
}

func (g *global) viewsFile() (string, error) {
	dir := g.configDir()
	if dir == "" {
		return "", usagef("there is no home directory to keep views in: set HOME")
	}
	return filepath.Join(dir, "views.json"), nil
}

func (g *global) savedViews() (savedViews, error) {
	saved := savedViews{Views: map[string]filter{}}
	path, err := g.viewsFile()
	if err != nil {
		return saved, err
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return saved, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &saved)
	}
	if err != nil {
		return saved, fmt.Errorf("the views cannot be read from %s: %w", path, err)
	}
	if saved.Views == nil {
		saved.Views = map[string]filter{}
	}
	return saved, nil
}

func (g *global) writeViews(saved savedViews) error {
	path, err := g.viewsFile()
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeFile(path, append(content, '\n'))
}

// configDir is where what the person chose is kept, beside nothing secret.
func (g *global) configDir() string {
	switch runtime.GOOS {
	case "windows":
		return below(g.getenv("APPDATA"), "todo")
	case "darwin":
		return below(g.getenv("HOME"), "Library", "Application Support", "todo")
	}
	if dir := g.getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "todo")
	}
	return below(g.getenv("HOME"), ".config", "todo")
}
