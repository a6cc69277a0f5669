//go:build unix

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// screen is a terminal in which the program runs: what it wrote there so far.
type screen struct {
	t        *testing.T
	far, tty *os.File // a person's end, and the program's
	before   *term.State
	cmd      *exec.Cmd
	mu       sync.Mutex
	written  bytes.Buffer
	more     chan struct{}
	width    uint16
	seen     int // how much of what was written was looked at
}

func newScreen(t *testing.T, cmd *exec.Cmd) *screen {
	t.Helper()
	far, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, far: far, tty: tty, cmd: cmd, more: make(chan struct{}, 1), width: 80}
	t.Cleanup(func() { far.Close(); tty.Close() })
	if err := pty.Setsize(far, &pty.Winsize{Rows: 12, Cols: s.width}); err != nil {
		t.Fatal(err)
	}
	if s.before, err = term.GetState(int(tty.Fd())); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	go s.read()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *screen) read() {
	b := make([]byte, 1<<16)
	for {
		n, err := s.far.Read(b)
		s.mu.Lock()
		s.written.Write(b[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.String()
}

// end is the last that the program wrote.
func (s *screen) end() string {
	text := s.text()
	return text[max(0, len(text)-1000):]
}

// shows waits until the program writes a text. It is made to draw all of the screen
// anew, as it writes only what differs.
func (s *screen) shows(text string) {
	s.t.Helper()
	began := s.seen
	defer func() { s.seen = len(s.text()) }()
	deadline := time.After(20 * time.Second)
	redraw := time.NewTicker(200 * time.Millisecond)
	defer redraw.Stop()
	for !strings.Contains(s.text()[began:], text) {
		select {
		case <-s.more:
		case <-redraw.C:
			s.width ^= 1
			if err := pty.Setsize(s.far, &pty.Winsize{Rows: 12, Cols: s.width}); err != nil {
				s.t.Fatal(err)
			}
		case <-deadline:
			s.t.Fatalf("no %q; the end was %q", text, s.end())
		}
	}
}

func (s *screen) types(keys string) {
	s.t.Helper()
	if _, err := s.far.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ends wants the program to end with a code, and the terminal to be as it was before.
func (s *screen) ends(code int) {
	s.t.Helper()
	kill := time.AfterFunc(10*time.Second, func() { s.cmd.Process.Kill() })
	defer kill.Stop()
	if err := s.cmd.Wait(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			s.t.Fatal(err)
		}
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit code %d, want %d; the end was %q", got, code, s.end())
	}
	after, err := term.GetState(int(s.tty.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	if *after != *s.before {
		s.t.Errorf("the terminal's settings are %+v, were %+v", after, s.before)
	}
	if _, err := s.tty.WriteString("that was all"); err != nil {
		s.t.Fatal(err)
	}
	s.shows("that was all")
	s.mode("1049", "alternate screen", 'l')
	s.mode("2004", "bracketed paste", 'l')
	s.mode("25", "cursor", 'h')
}

// mode wants the last word on a mode of the terminal to be the one it begins with.
func (s *screen) mode(number, name string, want byte) {
	s.t.Helper()
	all := regexp.MustCompile(`\x1b\[\?`+number+`([hl])`).FindAllStringSubmatch(s.text(), -1)
	if len(all) == 0 || all[len(all)-1][1][0] != want {
		s.t.Errorf("the %s is not as it was: %q", name, all)
	}
}

// TestScreen works in the list on the whole terminal, while others do, and leaves it in
// each way.
func TestScreen(t *testing.T) {
	s := serve(t)
	p := s.person("ada@example.com")
	shell := s.terminal("TODO_TOKEN="+p.connect("Terminal").access, "TERM=xterm-256color", "NO_COLOR=1")
	shell.run("add", "Buy milk")
	x := newScreen(t, shell.command(t.Context()))
	x.shows("> [ ] Buy milk")
	x.types("aCall Ada +Work")
	x.shows("Add: Call Ada +Work")
	x.shows(`= "Call Ada" (+Work)`)
	x.types("\r")
	x.shows("> [ ] Call Ada")
	if list := shell.run("list"); !strings.Contains(list, "Call Ada") {
		t.Errorf("the list is %q", list)
	}
	s.terminal("TODO_TOKEN="+p.connect("Claude").access).run("done", "Buy milk")
	x.shows(`Claude completed "Buy milk"`)
	x.types("q")
	x.ends(0)

	x = newScreen(t, shell.command(t.Context()))
	x.shows("> [ ] Call Ada")
	if err := x.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	x.ends(1)

	// A terminal that can do nothing, or an answer that is not read by a person, has
	// the help; a list that cannot be read leaves the terminal alone.
	if help := shell.run(); !strings.Contains(help, "Usage:") {
		t.Errorf("without a terminal: %q", help)
	}
	dumb := shell.command(t.Context())
	dumb.Env = append(dumb.Env, "TERM=dumb")
	x = newScreen(t, dumb)
	x.shows("Usage:")
	dumb.Wait()
}
