package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"
)

// checkTemplate has a template that cannot be read fail before anything is done.
func checkTemplate(cmd *cobra.Command) error {
	text, err := cmd.Flags().GetString("template")
	if err != nil || text == "" {
		return nil //nolint:nilerr // the command has no such flag
	}
	if _, err := parseTemplate(text); err != nil {
		return usagef("--template: %w", err)
	}
	return nil
}

func parseTemplate(text string) (*template.Template, error) {
	return template.New("template").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			raw, err := json.Marshal(v)
			return escapeControls(string(raw)), err
		},
		"join": joinValues,
		"line": func(v any) string { return printableLine(fmt.Sprint(v)) },
		"date": formatDate,
	}).Parse(text)
}

// joinValues joins what is in a list; what is absent has nothing.
func joinValues(separator string, list any) (string, error) {
	items, ok := list.([]any)
	if !ok && list != nil && list != "" {
		return "", fmt.Errorf("join wants a list, not %v", list)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	return strings.Join(texts, separator), nil
}

// formatDate shows a date or a time of the JSON in one of Go's layouts.
func formatDate(layout string, value any) (string, error) {
	text := fmt.Sprint(value)
	if value == nil || text == "" {
		return "", nil
	}
	for _, have := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(have, text); err == nil {
			return t.Format(layout), nil
		}
	}
	return "", fmt.Errorf("%q is no date", text)
}

// printTemplate fills in a template with the JSON form of v.
func (e *environment) printTemplate(text string, v any) error {
	t, err := parseTemplate(text)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var data any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&data); err != nil {
		return err
	}
	var out strings.Builder
	if err := t.Execute(&out, e.filledIn(data)); err != nil {
		return usagef("--template: %w", err)
	}
	written := out.String()
	if written != "" && !strings.HasSuffix(written, "\n") {
		written += "\n"
	}
	_, err = fmt.Fprint(e.out, written)
	return err
}

// optional are the members that the JSON of a todo leaves out where they are empty. A
// template would say "<no value>" in their place.
var optional = []string{"notes", "due", "timezone", "repeat", "priority", "list", "tags", "parentID", "uid", "completedAt", "deletedAt"}

// filledIn returns a value whose todos have all their members and, in a terminal, whose
// texts do not steer it.
func (e *environment) filledIn(value any) any {
	switch value := value.(type) {
	case string:
		if e.terminal {
			return harmless(value)
		}
	case []any:
		for i := range value {
			value[i] = e.filledIn(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = e.filledIn(value[name])
		}
		if value["position"] != nil {
			for _, name := range optional {
				if value[name] == nil {
					value[name] = ""
				}
			}
		}
	}
	return value
}
