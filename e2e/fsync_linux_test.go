package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// failSync makes the next fdatasync of a running process fail with EIO. strace
// counts by thread, so on each thread it is the first one from now.
func failSync(t *testing.T, pid int) {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace, which makes system calls fail, is not installed")
	}
	cmd := exec.Command(path, "-f", "-o", os.DevNull, "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=1", "-p", fmt.Sprint(pid))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait()
	})
	out := bufio.NewScanner(stderr)
	for out.Scan() {
		switch line := out.Text(); {
		case strings.Contains(line, "attached"):
			go func() {
				for out.Scan() { // the threads that begin and end
				}
			}()
			return
		case strings.Contains(line, "Operation not permitted"):
			t.Skip("this machine does not let strace attach to a program: " + line)
		}
	}
	t.Fatal("strace did not attach")
}

// TestFailedSync lets the disk fail once under the running server. The kernel
// would take the next fsync, with pages missing; the server must not.
func TestFailedSync(t *testing.T) {
	s := serve(t)
	c := s.person(ada).connect("Writer").caller()
	for n := range 20 {
		if got, err := c.rest("POST", "/api/todos", fmt.Sprintf(`{"todoText":"kept %d"}`, n)); err != nil || got.status != http.StatusCreated {
			t.Fatal(got, err)
		}
	}
	failSync(t, s.cmd.Process.Pid)
	probes := s.probe()
	failing, late := s.holdBody(c.newTodo("failed")), s.holdBody(c.newTodo("late"))

	if got := failing.finish(); got.status != http.StatusServiceUnavailable {
		t.Errorf("the write whose fsync failed: %s", got)
	}
	failed := time.Now()
	if got := late.finish(); got.status != http.StatusServiceUnavailable {
		t.Errorf("a write after it: %s", got)
	}
	err := s.wait()
	var exit *exec.ExitError
	if took := time.Since(failed); !errors.As(err, &exit) || exit.ExitCode() != 1 || took > time.Second {
		t.Errorf("the process ended %v after the failure with %v, want within 1s with exit status 1", took, err)
	}
	probes.check(t)

	s.restart()
	texts := c.mustList(t)
	for id, text := range texts {
		if !strings.HasPrefix(text, "kept ") {
			t.Errorf("after a restart there is %s %q, whose write failed", id, text)
		}
	}
	if len(texts) != 20 {
		t.Errorf("after a restart there are %d of the 20 todos", len(texts))
	}
}
