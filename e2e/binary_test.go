package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "todo-e2e")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "todo")
	build := exec.Command("go", "build", "-o", binary, "../cmd/todo")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// server is a running 'todo serve'.
type server struct {
	t       testing.TB
	URL     string
	dir     string   // data directory
	wrapper []string // a command that runs the one that follows it, as the same process
	cmd     *exec.Cmd
	stderr  *lines
}

// serve starts the binary without any configuration but where to listen and store.
func serve(t testing.TB) *server {
	t.Helper()
	return serveIn(t, t.TempDir())
}

func serveIn(t testing.TB, dir string, wrapper ...string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, wrapper: wrapper}
	s.start("127.0.0.1:0")
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("the server's stderr:\n%s", s.stderr)
		}
	})
	return s
}

var bannerApp = regexp.MustCompile(`(?m)^\s*app\s+(http\S+)$`)

func (s *server) start(addr string) {
	s.t.Helper()
	s.stderr = newLines()
	words := append(slices.Clone(s.wrapper), binary, "serve", "--addr", addr, "--data-dir", s.dir)
	s.cmd = exec.Command(words[0], words[1:]...)
	s.cmd.Env = environment(s.t.TempDir(), "TODO_RATE_LIMIT=off") // one person here does the work of many
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	banner := bufio.NewScanner(out)
	for banner.Scan() {
		if m := bannerApp.FindStringSubmatch(banner.Text()); m != nil {
			s.URL = m[1]
			go io.Copy(io.Discard, out)
			return
		}
	}
	s.t.Fatalf("no banner: %s", s.stderr)
}

// stop ends the server as an operator does and wants exit code 0 within ten seconds.
func (s *server) stop() {
	s.t.Helper()
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		s.t.Errorf("the server's end: %v", err)
	}
}

// wait waits for a server that ends, and makes it end if that takes ten seconds.
func (s *server) wait() error {
	process := s.cmd.Process
	kill := time.AfterFunc(10*time.Second, func() { process.Kill() })
	err := s.cmd.Wait()
	kill.Stop()
	s.cmd = nil
	return err
}

// restart starts a server that has ended where it was before.
func (s *server) restart() {
	s.t.Helper()
	s.start(strings.TrimPrefix(s.URL, "http://"))
}

// kill ends the server as a crash does.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // it was killed
	s.cmd = nil
}

var codeLine = regexp.MustCompile(`(?m)^sign-in code for (\S+): (\d{6})$`)

// code waits for the next sign-in code for the address, after the seen ones.
func (s *server) code(ctx context.Context, email string, seen int) (string, error) {
	for {
		changed := s.stderr.changed()
		var codes []string
		for _, m := range codeLine.FindAllStringSubmatch(s.stderr.String(), -1) {
			if m[1] == email {
				codes = append(codes, m[2])
			}
		}
		if len(codes) > seen {
			return codes[seen], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", fmt.Errorf("no code for %s: %w", email, ctx.Err())
		}
	}
}

func (s *server) codes(email string) int {
	return strings.Count(s.stderr.String(), "sign-in code for "+email+": ")
}

// lines collects output and tells when there is more.
type lines struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{}
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *lines) changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.more
}

// environment is a person's with nothing of ours in it and a home of its own.
func environment(home string, more ...string) []string {
	env := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "XDG_STATE_HOME=" + filepath.Join(home, "state"), "XDG_DATA_HOME=" + filepath.Join(home, "data")}
	for _, name := range []string{"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"} {
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return append(env, more...)
}

// terminal is a person's shell with the binary, signed in to one server.
type terminal struct {
	t   testing.TB
	env []string
}

func (s *server) terminal(more ...string) *terminal {
	return &terminal{t: s.t, env: environment(s.t.TempDir(), append([]string{"TODO_SERVER=" + s.URL}, more...)...)}
}

func (x *terminal) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = x.env
	return cmd
}

// run runs a command that goes well and returns what it prints.
func (x *terminal) run(args ...string) string {
	x.t.Helper()
	cmd := x.command(x.t.Context(), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		x.t.Fatalf("todo %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// fail runs a command that ends with the exit code and returns its stderr.
func (x *terminal) fail(code int, args ...string) string {
	x.t.Helper()
	cmd := x.command(x.t.Context(), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		x.t.Errorf("todo %s: exit %d, want %d\n%s", strings.Join(args, " "), got, code, stderr.String())
	}
	return stderr.String()
}
