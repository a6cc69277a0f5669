package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// unattendedTries is how often an editor is opened where nobody sits before it: a
// program may be wrong each time in a new way.
const unattendedTries = 10

// editing is one todo in an editor.
type editing struct {
	*editOptions
	c    *client.Client
	was  todo.Todo
	form form
	path string
}

// inEditor opens the todo in the person's editor and makes the change that they leave.
func (o *editOptions) inEditor(cmd *cobra.Command, ref string) error {
	editor, err := o.editor(cmd)
	if err != nil {
		return err
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	t, err := finder{c, among}.find(ctx, ref)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "todo-"+t.ID+"-*.md")
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	e := &editing{editOptions: o, c: c, was: t, form: newForm(t, o.calendar(ctx, c)), path: f.Name()}
	return e.run(ctx, editor)
}

// run lets the person type until it can be read, they give up, or it cannot be sent.
func (e *editing) run(ctx context.Context, editor string) error {
	text, reason := e.form.String(), error(nil)
	for tries := 1; ; tries++ {
		typed, err := e.open(ctx, editor, text, reason)
		if err != nil {
			return e.keep(err)
		}
		if strings.TrimSpace(typed) == "" || typed == text {
			if reason != nil { // they leave it at that
				return e.keep(reason)
			}
			return e.unchanged()
		}
		patch, err := e.form.patch(typed)
		if err == nil && patch.Empty() {
			return e.unchanged()
		}
		if err == nil {
			err = e.send(ctx, patch)
		}
		if err == nil {
			return os.Remove(e.path)
		}
		if !e.asks && tries == unattendedTries || !e.mended(ctx, err) {
			return e.keep(err)
		}
		text, reason = typed, err
	}
}

// open has the person edit the text, below the reason why it could not be taken, and
// returns it without that.
func (e *editing) open(ctx context.Context, editor, text string, reason error) (string, error) {
	if err := os.WriteFile(e.path, []byte(withReason(text, e.explained(reason))), 0o600); err != nil {
		return "", err
	}
	cmd := editorCommand(ctx, editor, e.path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.out, e.err
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("the editor %s: %w", editor, err)
	}
	typed, err := os.ReadFile(e.path)
	return withoutReason(string(typed)), err
}

func (e *editing) explained(reason error) *todo.Error {
	if reason == nil {
		return nil
	}
	return e.explain(reason)
}

func (e *editing) send(ctx context.Context, patch todo.Patch) error {
	if err := resolveParent(ctx, e.c, patch.ParentID); err != nil {
		return err
	}
	patch.ID, patch.IfRev = e.was.ID, e.was.Rev
	r, err := e.c.Patch(ctx, patch)
	if err != nil {
		return err
	}
	return e.printPatched(ctx, e.c, r, "changed", e.output)
}

// mended reports whether another try can help. Where somebody else changed the todo,
// the next one is made to what it is now.
func (e *editing) mended(ctx context.Context, err error) bool {
	if _, ok := errors.AsType[usageError](err); ok {
		return true
	}
	switch todo.AsError(err).Code {
	case todo.CodePrecondition:
		now, err := e.c.Get(ctx, e.was.ID)
		if err == nil {
			e.was = now
		}
		return err == nil
	case todo.CodeInvalid, todo.CodeInvalidDate, todo.CodeNotFound, todo.CodeAmbiguous, todo.CodeConflict, todo.CodeQuota:
		return true
	}
	return false
}

// keep fails, and says where what was typed is, if anything was.
func (e *editing) keep(err error) error {
	typed, readErr := os.ReadFile(e.path)
	if readErr == nil && withoutReason(string(typed)) == e.form.String() {
		return errors.Join(err, os.Remove(e.path))
	}
	public := *e.explain(err)
	public.Cause = nil // it would be explained anew, without where the file is
	public.Hint = strings.TrimPrefix(public.Hint+"; what you typed is kept in "+e.path, "; ")
	return &public
}

func (e *editing) unchanged() error {
	if err := os.Remove(e.path); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.err, "Nothing was changed.")
	return err
}

// editor returns the command of the person's editor.
func (o *editOptions) editor(cmd *cobra.Command) (string, error) {
	if editor := or(o.getenv("VISUAL"), o.getenv("EDITOR")); editor != "" {
		return editor, nil
	}
	if !o.asks || !o.terminal {
		return "", misused(cmd, errors.New("nothing to change: give flags such as --text, or set EDITOR"))
	}
	if runtime.GOOS == "windows" {
		return "notepad", nil
	}
	return "vi", nil
}

// editorCommand runs the editor as other programs do: its value may have arguments.
func editorCommand(ctx context.Context, editor, path string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(editor), path)
		return exec.CommandContext(ctx, words[0], words[1:]...)
	}
	return exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", path)
}
