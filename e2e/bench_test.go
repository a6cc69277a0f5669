package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The benchmarks are of whole processes. A machine's figures are worth nothing
// alone, so in turn with each runs an empty cobra command, from start to exit, and
// the ratio of the medians is reported.

// BenchmarkEmpty runs a Go program that does nothing.
func BenchmarkEmpty(b *testing.B) {
	program := filepath.Join(b.TempDir(), "empty")
	build(b, program, "./testdata/empty")
	compare(b, func() { mustRun(b, exec.Command(program)) })
}

// BenchmarkVersion is the binary as it is released, when it has nothing to do: what
// it links and initialises, and its size.
func BenchmarkVersion(b *testing.B) {
	program := filepath.Join(b.TempDir(), "todo")
	build(b, program, "../cmd/todo", "-trimpath", "-ldflags=-s -w")
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	compare(b, func() { mustRun(b, exec.Command(program, "version")) })
	b.ReportMetric(float64(info.Size())/(1<<20), "MB-size")
}

// BenchmarkList lists 100 todos, from the start of the process to its exit.
func BenchmarkList(b *testing.B) {
	s, p := listOf100(b)
	run := func(b *testing.B, shell *terminal) {
		compare(b, func() { mustRun(b, shell.command(b.Context(), "list")) })
	}
	token, file := s.terminal("TODO_TOKEN="+p.connect("Terminal").access), fileShell(p)
	b.Run("token", func(b *testing.B) { run(b, token) })
	b.Run("file", func(b *testing.B) { run(b, file) })
}

// BenchmarkBridge starts the stdio bridge and waits for its answer to initialize.
func BenchmarkBridge(b *testing.B) {
	s, p := listOf100(b)
	run := func(b *testing.B, shell *terminal) {
		rss := 0
		compare(b, func() { rss = initialize(b, shell) })
		b.ReportMetric(float64(rss)/1024, "MB-rss")
	}
	token, file := s.terminal("TODO_TOKEN="+p.connect("Host").access), s.terminal("TODO_TOKEN_STORE=file")
	signInBridge(b, p, file)
	b.Run("token", func(b *testing.B) { run(b, token) })
	b.Run("file", func(b *testing.B) { run(b, file) })
}

// BenchmarkServe starts the server and waits until it is healthy.
func BenchmarkServe(b *testing.B) {
	b.Run("fresh", func(b *testing.B) {
		compare(b, func() {
			b.StopTimer()
			dir := b.TempDir()
			b.StartTimer()
			startAndStop(b, &server{t: b, dir: dir})
		})
	})
	s, _ := listOf100(b)
	s.stop()
	b.Run("existing", func(b *testing.B) {
		rss := 0
		compare(b, func() { rss = startAndStop(b, &server{t: b, dir: s.dir}) })
		b.ReportMetric(float64(rss)/1024, "MB-rss")
	})
}

// compare runs f in turn with the empty cobra command.
func compare(b *testing.B, f func()) {
	b.Helper()
	empty := filepath.Join(b.TempDir(), "emptycobra")
	build(b, empty, "./testdata/emptycobra")
	var yardstick, took []time.Duration
	for b.Loop() {
		b.StopTimer()
		began := time.Now()
		mustRun(b, exec.Command(empty))
		yardstick = append(yardstick, time.Since(began))
		b.StartTimer()
		before := b.Elapsed()
		f()
		took = append(took, b.Elapsed()-before) // f may stop the clock
	}
	b.ReportMetric(float64(median(took).Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(median(took))/float64(median(yardstick)), "x-emptycobra")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func build(b *testing.B, program, source string, flags ...string) {
	b.Helper()
	cmd := exec.Command("go", append(append([]string{"build", "-o", program}, flags...), source)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	mustRun(b, cmd)
}

func mustRun(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// listOf100 is a server and somebody whose list has 100 todos.
func listOf100(b *testing.B) (*server, *person) {
	b.Helper()
	s := serve(b)
	p := s.person(ada)
	c := p.connect("Writer").caller()
	for n := range 100 {
		if got, err := c.send(c.newTodo(fmt.Sprint("todo ", n))); err != nil || got.status != http.StatusCreated {
			b.Fatal(got, err)
		}
	}
	return s, p
}

// startAndStop returns the memory of the server when it is healthy. The clock does
// not run while it stops.
func startAndStop(b *testing.B, s *server) (rss int) {
	b.Helper()
	s.start("127.0.0.1:0")
	resp, err := http.Get(s.URL + "/healthz")
	if err != nil {
		b.Fatal(err)
	}
	resp.Body.Close()
	b.StopTimer()
	defer b.StartTimer()
	rss = memory(b, s.cmd.Process.Pid)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s.stop()
	return rss
}

// initialize starts the bridge, returns its memory when it has answered, and ends
// it with the clock not running.
func initialize(b *testing.B, shell *terminal) (rss int) {
	b.Helper()
	cmd := shell.command(b.Context(), "mcp")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := io.WriteString(in, hello+"\n"); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, `"result"`) {
		b.Fatalf("initialize: %q %v", line, err)
	}
	b.StopTimer()
	defer b.StartTimer()
	rss = memory(b, cmd.Process.Pid)
	if err := in.Close(); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatalf("the bridge's end: %v", err)
	}
	return rss
}

// fileShell is a terminal that is signed in with its tokens in a file.
func fileShell(p *person) *terminal {
	p.t.Helper()
	shell := p.s.terminal("TODO_TOKEN_STORE=file")
	cmd := shell.command(p.t.Context(), "login", "--no-browser")
	stderr := newLines()
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.signInNative(printedAddress(p, stderr))
	if err := cmd.Wait(); err != nil {
		p.t.Fatalf("todo login: %v\n%s", err, stderr)
	}
	return shell
}

var addressLine = regexp.MustCompile(`(?m)^\s*(http\S+/oauth/authorize\S+)\n`)

// printedAddress waits for the address that a program prints for the person.
func printedAddress(p *person, out *lines) string {
	p.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		changed := out.changed()
		if m := addressLine.FindStringSubmatch(out.String()); m != nil {
			return m[1]
		}
		select {
		case <-changed:
		case <-timeout:
			p.t.Fatalf("no address to sign in at:\n%s", out)
		}
	}
}

// signInNative allows a program what it asks for, and takes the browser back to it.
func (p *person) signInNative(address string) {
	p.t.Helper()
	to := p.allow(strings.TrimPrefix(address, p.s.URL))
	resp, err := http.Get(to.String())
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
}

// signInBridge has the bridge sign in, as it does when a host first calls a tool.
func signInBridge(b *testing.B, p *person, shell *terminal) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	cmd := shell.command(ctx, "mcp")
	stderr := newLines()
	cmd.Stderr = stderr
	client := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		b.Fatalf("%v\n%s", err, stderr)
	}
	defer session.Close()
	called := make(chan error, 1)
	go func() {
		_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "listTodos", Arguments: map[string]any{}})
		called <- err
	}()
	p.signInNative(printedAddress(p, stderr))
	if err := <-called; err != nil {
		b.Fatal(err)
	}
}
