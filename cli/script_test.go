package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"todo.example/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"todo":    func() { os.Exit(cli.Main()) },
		"browser": browserMain,
	})
}

// TestScripts runs the program in scripts, each with a server of its own and a
// person who signs in when the browser opens. Commands beyond testscript's:
//
//	server start|stop   the server, on the same port and data
//	later DURATION      puts the server's clock forward
//	signin              sets TODO_TOKEN to an access token
//	exits CODE CMD…     runs a command that ends with that exit code
//	capture NAME REGEXP sets a variable to what its group matches on stdout
//	mode PERM FILE…     wants those permissions
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: setup, Cmds: commands(), RequireExplicitExec: true})
}

// TestKeyringScripts does the same with the tokens in the operating system's
// keyring, where TODO_TEST_KEYRING promises one that is nobody's own.
func TestKeyringScripts(t *testing.T) {
	if os.Getenv("TODO_TEST_KEYRING") != "require" {
		t.Skip("TODO_TEST_KEYRING does not promise a keyring")
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/keyring", Setup: setupKeyring, Cmds: commands(), RequireExplicitExec: true})
}

func setup(env *testscript.Env) error {
	s, err := startSite(env.WorkDir)
	if err != nil {
		return err
	}
	env.Defer(func() {
		if err := s.stop(); err != nil {
			env.T().Log("the server's end:", err)
			env.T().FailNow()
		}
	})
	env.Values["site"] = s
	for name, value := range map[string]string{
		"HOME":                     filepath.Join(env.WorkDir, "home"),
		"XDG_STATE_HOME":           filepath.Join(env.WorkDir, "state"),
		"XDG_DATA_HOME":            filepath.Join(env.WorkDir, "data"),
		"TZ":                       "UTC",
		"GORACE":                   "atexit_sleep_ms=0", // each command would wait a second at its end
		"TODO_SERVER":              s.url,
		"TODO_TOKEN_STORE":         "file",
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + filepath.Join(env.WorkDir, "none"), // never somebody's keyring
		"BROWSER":                  "browser",
		"CODES":                    s.codes,
		"DECISION":                 "allow",
		"VISITED":                  filepath.Join(env.WorkDir, "visited"),
	} {
		env.Setenv(name, value)
	}
	return nil
}

func setupKeyring(env *testscript.Env) error {
	if err := setup(env); err != nil {
		return err
	}
	env.Setenv("TODO_TOKEN_STORE", "keyring")
	env.Setenv("DBUS_SESSION_BUS_ADDRESS", os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
	if runtime.GOOS == "darwin" {
		env.Setenv("HOME", os.Getenv("HOME")) // the keychain is found by it
	}
	return nil
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	cmds := map[string]func(*testscript.TestScript, []string) error{
		"server": controlServer, "later": later, "signin": signIn, "exits": exits, "capture": capture, "mode": mode,
	}
	wrapped := map[string]func(*testscript.TestScript, bool, []string){}
	for name, do := range cmds {
		wrapped[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("%s cannot be negated", name)
			}
			ts.Check(do(ts, args))
		}
	}
	return wrapped
}

func siteOf(ts *testscript.TestScript) *site { return ts.Value("site").(*site) }

func controlServer(ts *testscript.TestScript, args []string) error {
	s := siteOf(ts)
	switch {
	case slices.Equal(args, []string{"stop"}):
		defer func() { s.stop = func() error { return nil } }()
		return s.stop()
	case slices.Equal(args, []string{"start"}):
		return s.start(strings.TrimPrefix(s.url, "http://"))
	}
	return errors.New("usage: server start|stop")
}

func later(ts *testscript.TestScript, args []string) error {
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	siteOf(ts).ahead.Add(int64(d))
	return nil
}

func signIn(ts *testscript.TestScript, _ []string) error {
	token, err := siteOf(ts).token(context.Background(), ts.MkAbs("signin"))
	ts.Setenv("TODO_TOKEN", token)
	return err
}

func exits(ts *testscript.TestScript, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("exit code %d, want %d", got, want)
	}
	return nil
}

func capture(ts *testscript.TestScript, args []string) error {
	pattern, err := regexp.Compile("(?m)" + args[1])
	if err != nil {
		return err
	}
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		return fmt.Errorf("%s is not on stdout", pattern)
	}
	ts.Setenv(args[0], found[1])
	return nil
}

func mode(ts *testscript.TestScript, args []string) error {
	for _, file := range args[1:] {
		info, err := os.Stat(ts.MkAbs(file))
		if err != nil {
			return err
		}
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
			return fmt.Errorf("%s has mode %s, want %s", file, got, args[0])
		}
	}
	return nil
}
