package oauthflow

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const recordTo = "OAUTHFLOW_TEST_RECORD"

// TestMain lets the test binary stand in for a browser: it writes down its arguments.
func TestMain(m *testing.M) {
	path := os.Getenv(recordTo)
	if path == "" {
		os.Exit(m.Run())
	}
	raw, err := json.Marshal(os.Args[1:])
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		os.Exit(1)
	}
}

// recorder returns a command that is a browser, and what it was called with.
func recorder(t *testing.T) (command string, arguments func() []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "arguments")
	t.Setenv(recordTo, path)
	return self, func() []string {
		raw, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		var args []string
		if err := json.Unmarshal(raw, &args); err != nil {
			t.Fatal(err)
		}
		return args
	}
}

func TestBrowserCommands(t *testing.T) {
	self, arguments := recorder(t)
	const location = "https://login.example/authorize?a=b&c=%20d"
	sep := string(filepath.ListSeparator)
	tests := []struct {
		name, browser string
		want          []string
	}{
		{"one command", self, []string{location}},
		{"with arguments", self + " --new-window", []string{"--new-window", location}},
		{"with a place for the URL", self + " --app=%s -x", []string{"--app=" + location, "-x"}},
		{"after one that is not there", "no-such-browser" + sep + self, []string{location}},
	}
	for _, test := range tests {
		if err := opener(test.browser)(location); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, arguments()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if err := opener("no-such-browser")(location); err == nil {
		t.Error("no browser at all is no error")
	}
}

// TestPlatformOpener runs what the platform opens addresses with; where that is a program on the PATH, it is ours.
func TestPlatformOpener(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the opener of " + runtime.GOOS + " would open a window")
	}
	self, arguments := recorder(t)
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "xdg-open")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	const location = "https://login.example/authorize?a=b&c=%20d"
	if err := opener("")(location); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{location}, arguments()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzOpener: whatever a server names, the browser's command line has one URL that begins with http, or nothing runs.
func FuzzOpener(f *testing.F) {
	for _, seed := range []string{
		"https://login.example/a?b=c&d=e", "http://127.0.0.1:1/a", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "--version", "-h",
		"https://a.example/$(touch x)", "https://a.example/`id`", "https://a.example/\"&calc&\"", "https://a.example/;id", "https://a.example/|id",
		"https://a.example/ --flag", "https://a.example/\nid", "https://-flag", "https://a@b", "vbscript:x", "ms-settings:", "HTTPS://A.example", "https://a.example/'", "https://a.example/%00", "https:a", "//a.example", "",
		"https://a.example/#%s", "http://$(id).example/", "https://a.example\\@b", "search-ms:query=x", "https://ä.example/ü",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		location, err := browsable(raw)
		if err != nil {
			return
		}
		if !strings.HasPrefix(location, "https://") && !strings.HasPrefix(location, "http://") {
			t.Errorf("%q became %q", raw, location)
		}
		if strings.ContainsAny(location, " \t\r\n\"'`<>\\^|") {
			t.Errorf("%q became %q", raw, location)
		}
		if args := withURL(nil, location); len(args) != 1 {
			t.Errorf("%q became %q", raw, args)
		}
	})
}

func TestHeadless(t *testing.T) {
	for name, want := range map[string]bool{"": true, "DISPLAY": false, "WAYLAND_DISPLAY": false, "BROWSER": false, "OTHER": true} {
		got := Headless(func(asked string) string {
			if asked == name {
				return "set"
			}
			return ""
		})
		if want = want && !slices.Contains([]string{"windows", "darwin"}, runtime.GOOS); got != want {
			t.Errorf("with %q set: %v, want %v", name, got, want)
		}
	}
}
