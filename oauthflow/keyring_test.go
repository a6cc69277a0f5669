package oauthflow_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"todo.example/oauthflow"
)

// requireKeyring lets a test use the keyring of this machine only where TODO_TEST_KEYRING says so: require, or auto,
// which skips where there is no session bus. It may be the person's own.
func requireKeyring(t *testing.T) {
	t.Helper()
	mode := os.Getenv("TODO_TEST_KEYRING")
	if mode == "" {
		t.Skip("TODO_TEST_KEYRING is not set: the keyring here may be somebody's own")
	}
	_, err := oauthflow.NewKeyring("todo test", time.Second).Get(t.Context(), "probe")
	if mode == "auto" && err != nil && strings.Contains(err.Error(), "no session bus") {
		t.Skipf("no keyring here: %v", err)
	}
}

// TestRealKeyring signs in with the tokens in the operating system's keyring, from several processes' worth of Flows.
func TestRealKeyring(t *testing.T) {
	requireKeyring(t)
	store := oauthflow.NewKeyring("todo test "+rand.Text(), 5*time.Second)
	testStore(t, store)

	h := newHome(t)
	h.store = store
	f := h.signedIn(t)
	first := token(t, f)
	if second := token(t, h.flow(t)); second != first {
		t.Errorf("another process reads %q, want %q", second, first)
	}
	h.pass(2 * time.Hour)
	token(t, h.flow(t))
	token(t, f)
	if c := h.server.Counts(); c.Refreshes != 1 || c.Reuses != 0 {
		t.Errorf("counts = %+v, want one refresh", c)
	}
	if err := f.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := readAll(t, h.dir); strings.Contains(left, "-secret") {
		t.Errorf("on disk: %q", left)
	}
}

// TestKeyringWithoutABus: where there is no session bus, the store says so at once and starts nothing.
func TestKeyringWithoutABus(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only the Secret Service needs a bus")
	}
	if os.Getenv("TODO_TEST_CHILD") == "no-bus" {
		_, err := oauthflow.NewKeyring("todo test", time.Second).Get(t.Context(), "k")
		wantError(t, err, oauthflow.ErrUnavailable)
		if !strings.Contains(err.Error(), "no session bus") {
			t.Errorf("error = %v", err)
		}
		return
	}
	bin := t.TempDir()
	// A dbus-launch that tells on whoever runs it.
	script := "#!/bin/sh\n: > " + bin + "/launched\nexit 1\n"
	if err := os.WriteFile(bin+"/dbus-launch", []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKeyringWithoutABus$")
	cmd.Env = []string{"PATH=" + bin, "HOME=" + bin, "XDG_RUNTIME_DIR=" + bin, "TODO_TEST_CHILD=no-bus"}
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		cmd.Env = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+bin+"/none")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(bin + "/launched"); err == nil {
		t.Error("dbus-launch was run")
	}
}
