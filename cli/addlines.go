package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

const longestLine = 1 << 20 // bytes of a line of the input

// inputLine is a line of the input that is to be a todo.
type inputLine struct {
	number int
	item   todo.New
}

// addLines adds a todo for each line of the input, by one change for each batch.
func (o *addOptions) addLines(ctx context.Context, c *client.Client) error {
	lines, err := o.readLines(o.quickCalendar(ctx, c))
	if err != nil {
		return err
	}
	if o.dryRun {
		return o.tryLines(lines)
	}
	var failed itemErrors
	results := []api.Changed{}
	for len(lines) > 0 {
		n := min(len(lines), todo.MaxBatch)
		ops := make([]todo.Op, n)
		for i, l := range lines[:n] {
			ops[i] = todo.Op{Op: todo.OpCreate, New: l.item}
		}
		answer, err := c.Batch(ctx, ops, false)
		if err != nil {
			return append(failed, err)
		}
		for _, r := range answer.Results {
			if r.Error != nil {
				failed = append(failed, atLine(lines[r.Index].number, r.Error.Err()))
				continue
			}
			results = append(results, api.Changed{Todo: r.Todo, ChangeID: answer.ChangeID, Changed: r.Changed})
		}
		lines = lines[n:]
	}
	err = o.print(o.environment, results, func() error { return o.printAll(results) })
	if err == nil && len(failed) > 0 {
		return failed
	}
	return err
}

func (o *addOptions) readLines(cal calendar) (lines []inputLine, err error) {
	in := bufio.NewScanner(o.in)
	in.Buffer(nil, longestLine)
	for n := 1; in.Scan(); n++ {
		if !utf8.Valid(in.Bytes()) {
			return nil, atLine(n, &todo.Error{Code: todo.CodeInvalid, Field: "text", Message: "the text is not UTF-8", Hint: "write it in UTF-8; nothing was added"})
		}
		if text := strings.TrimSpace(in.Text()); text != "" {
			lines = append(lines, inputLine{n, o.understood(text, cal)})
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read the input: %w", err)
	}
	return lines, nil
}

func (o *addOptions) tryLines(lines []inputLine) error {
	items := make([]todo.New, len(lines))
	for i, l := range lines {
		items[i] = l.item
	}
	return o.print(o.environment, items, func() error {
		if o.quiet {
			return nil // nothing has an id
		}
		for _, i := range items {
			said := strings.TrimRight(" "+strings.TrimSpace(i.Due+" "+i.Repeat), " ")
			if _, err := fmt.Fprintf(o.out, "would add \"%s\"%s\n", printableLine(i.Text), printableLine(said)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *addOptions) printAll(results []api.Changed) error {
	for _, r := range results {
		if err := o.printChanged(r, "added", o.quiet, o.localCalendar()); err != nil {
			return err
		}
	}
	return nil
}

// atLine says which line of the input failed.
func atLine(number int, err error) error {
	e := *todo.AsError(err)
	e.Message = fmt.Sprintf("line %d: %s", number, e.Message)
	return &e
}
