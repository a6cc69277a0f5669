package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/pkg/browser"
)

// Headless reports whether a browser that this program opens could not be seen: a Unix system other than macOS,
// without a display and without a $BROWSER. getenv is os.Getenv or the caller's stand-in.
func Headless(getenv func(string) string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return false
	}
	return getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" && getenv("BROWSER") == ""
}

// Open opens an http or https address with the commands in the value of $BROWSER, or else with the platform's own
// means.
func Open(commandLine, address string) error { return opener(commandLine)(address) }

// opener returns a function that opens a URL with the commands in the value of $BROWSER, or else with the platform's
// own means. Neither names a shell: cmd's start and PowerShell read a URL as more than one word.
func opener(commandLine string) func(string) error {
	open := platformOpen
	if commands := browserCommands(commandLine); len(commands) > 0 {
		open = func(location string) error { return runFirst(commands, location) }
	}
	return func(raw string) error {
		location, err := browsable(raw)
		if err != nil {
			return err
		}
		return open(location)
	}
}

// hushed keeps pkg/browser, which lets the opener's output through, from standard output: that may belong to a
// protocol.
var hushed = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = io.Discard, io.Discard })

func platformOpen(location string) error {
	hushed()
	if err := browser.OpenURL(location); err != nil {
		return fmt.Errorf("open a browser: %w", err)
	}
	return nil
}

// browsable returns the URL as it may stand on a command line: http or https, parsed and written anew, so that it
// begins with its scheme and holds neither blank nor quote.
func browsable(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return "", fmt.Errorf("%w: not an address for a browser", ErrUntrusted)
	}
	location := u.String()
	if strings.ContainsFunc(location, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'`<>\\^|", r) }) {
		return "", fmt.Errorf("%w: the address has characters that no URL has", ErrUntrusted)
	}
	return location, nil
}

// browserCommands splits a value of $BROWSER: commands separated like PATH, each with its arguments.
func browserCommands(value string) [][]string {
	var commands [][]string
	for _, command := range filepath.SplitList(value) {
		if words := strings.Fields(command); len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// runFirst runs the commands with the URL until one succeeds. They get no terminal: standard output may belong to a
// protocol.
func runFirst(commands [][]string, location string) error {
	var failures []error
	for _, command := range commands {
		// No context: the browser may outlive what asked for it.
		if err := exec.CommandContext(context.Background(), command[0], withURL(command[1:], location)...).Run(); err != nil {
			failures = append(failures, err)
			continue
		}
		return nil
	}
	return fmt.Errorf("open a browser: %w", errors.Join(failures...))
}

// withURL puts the URL in the place of %s, or after the other arguments.
func withURL(args []string, location string) []string {
	var filled []string
	placed := false
	for _, arg := range args {
		placed = placed || strings.Contains(arg, "%s")
		filled = append(filled, strings.ReplaceAll(arg, "%s", location))
	}
	if !placed {
		filled = append(filled, location)
	}
	return filled
}
