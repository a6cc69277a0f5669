package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

var resident = regexp.MustCompile(`(?m)^VmRSS:\s*(\d+) kB$`)

// memory returns the resident memory of a process in KiB.
func memory(t testing.TB, pid int) int {
	t.Helper()
	if runtime.GOOS == "linux" { // where ps may not be installed
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		m := resident.FindSubmatch(status)
		if err != nil || m == nil {
			t.Fatalf("no memory in the status of process %d: %v", pid, err)
		}
		return number(t, string(m[1]))
	}
	out, err := exec.Command("ps", "-o", "rss=", "-p", fmt.Sprint(pid)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	return number(t, strings.TrimSpace(string(out)))
}

func number(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
