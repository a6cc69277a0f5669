//go:build unix

package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"todo.example/internal/todo"
)

const enterScreen = "\x1b[?1049h"

// TestPanic: a fault of ours, wherever it is, costs nobody their terminal.
func TestPanic(t *testing.T) {
	for _, where := range []string{"drawing", "asking"} {
		t.Run(where, func(t *testing.T) {
			s := newSite(t)
			abc(s)
			far, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer far.Close()
			defer tty.Close()
			before, err := term.GetState(int(tty.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			var written strings.Builder
			entered, read := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(read)
				for b := make([]byte, 1<<16); ; {
					n, err := far.Read(b)
					had := strings.Contains(written.String(), enterScreen)
					written.Write(b[:n])
					if !had && strings.Contains(written.String(), enterScreen) {
						close(entered)
						far.WriteString("j") // has it draw
					}
					if err != nil {
						return
					}
				}
			}()
			words := plainWords()
			words.Signs = func(todo.Todo) string {
				select {
				case <-entered:
					if where == "drawing" {
						panic(where)
					}
				default:
				}
				return ""
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err = Run(ctx, Options{
				Client: s.client(), In: tty, Out: tty, Environ: []string{"TERM=xterm"}, Words: words, Explain: todo.AsError,
				Person: func(context.Context) Words {
					if <-entered; where == "asking" {
						panic(where)
					}
					return words
				},
			})
			if e := todo.AsError(err); err == nil || e.Code != todo.CodeInternal || !strings.HasPrefix(e.Message, "the view failed: "+where) {
				t.Errorf("it ended with %v", err)
			}
			after, err := term.GetState(int(tty.Fd()))
			if err != nil || *after != *before {
				t.Errorf("the terminal's settings are %+v, were %+v: %v", after, before, err)
			}
			tty.Close()
			<-read
			if enter, leave := strings.LastIndex(written.String(), enterScreen), strings.LastIndex(written.String(), "\x1b[?1049l"); enter < 0 || leave < enter {
				t.Errorf("the screen is still the program's: %q", written.String())
			}
		})
	}
}
