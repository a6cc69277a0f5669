package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ownDisk is a command that runs another one with a small disk of its own mounted
// on a directory, holding a file that takes up space.
func ownDisk(t *testing.T, dir string) []string {
	t.Helper()
	unshare := []string{"unshare", "--mount"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--map-root-user")
	}
	if out, err := exec.Command(unshare[0], append(unshare[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine lets only root mount a disk: %v %s", err, out)
	}
	return append(unshare, "sh", "-ec", `mount -t tmpfs -o size=6m tmpfs "$0"; head -c 2M /dev/zero >"$0/ballast"; exec "$@"`, dir)
}

// TestFullDisk fills the disk through the API, and makes room again from outside.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := serveIn(t, dir, ownDisk(t, dir)...)
	ballast := filepath.Join("/proc", fmt.Sprint(s.cmd.Process.Pid), "root", dir, "ballast")
	app := s.person(ada).connect("Writer")
	c := app.caller()
	add := func() answer {
		t.Helper()
		got, err := c.rest("POST", "/api/todos", fmt.Sprintf(`{"todoText":"a","notes":%q}`, strings.Repeat("n", 4000)))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	made := 0
	var got answer
	for got = add(); got.status == http.StatusCreated && made < 10_000; got = add() {
		made++
	}
	var problem struct{ Code string }
	if err := json.Unmarshal([]byte(got.body), &problem); err != nil || got.status != http.StatusInsufficientStorage ||
		got.header.Get("Content-Type") != "application/problem+json" || problem.Code != "storage_full" {
		t.Fatalf("after %d todos: %s", made, got)
	}
	for { // what is smaller may still fit
		result, err := c.tool("createTodo", `{"todoText":"a"}`)
		if err != nil || made > 10_000 {
			t.Fatalf("createTodo on a full disk, after %d todos: %v", made, err)
		}
		if result.IsError {
			if result.StructuredContent.Code != "storage_full" {
				t.Errorf("createTodo on a full disk: %+v", result)
			}
			break
		}
		made++
	}
	texts := c.mustList(t)
	if len(texts) != made {
		t.Errorf("there are %d todos and %d were acknowledged", len(texts), made)
	}
	if refused := app.renew(app.refresh); refused == "invalid_grant" {
		t.Errorf("a refresh on a full disk was refused for good")
	}
	deletions := 0
	for id := range texts {
		if got, err := c.rest("DELETE", "/api/todos/"+id, ""); err != nil || got.status != http.StatusOK {
			t.Fatalf("deletion %d on a full disk: %s %v", deletions, got, err)
		}
		if deletions++; deletions == 20 {
			break
		}
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	room := time.Now()
	for got = add(); got.status == http.StatusInsufficientStorage && time.Since(room) < 5*time.Second; got = add() {
	}
	if got.status != http.StatusCreated {
		t.Errorf("%v after there was room again: %s", time.Since(room), got)
	}
	if refused := app.renew(app.refresh); refused != "" {
		t.Errorf("a refresh after there was room again: %s", refused)
	}
	if texts := app.caller().mustList(t); len(texts) != made-deletions+1 {
		t.Errorf("there are %d todos, want %d", len(texts), made-deletions+1)
	}
}
