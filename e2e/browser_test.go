package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a real one, with a person in front of it.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// tab opens another tab of the same browser.
func (b *browser) tab() *browser {
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return &browser{t: b.t, ctx: ctx}
}

type step = chromedp.Action[chromedp.Void]

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := os.Getenv("TODO_TEST_CHROMIUM")
	if path == "" {
		t.Skip("TODO_TEST_CHROMIUM does not name a Chromium binary")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	for _, flag := range []string{"disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	b.do() // starts it; a deadline must not be on this context
	b.ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return b
}

func (b *browser) do(steps ...step) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func field(label string) chromedp.Search {
	return chromedp.Search(`//input[@id=//label[normalize-space()="` + label + `"]/@for]`)
}

func button(name string) chromedp.Search {
	return chromedp.Search(`//button[normalize-space()="` + name + `"]`)
}

// signIn goes through the sign-in pages, beginning at url, wherever they lead.
func (b *browser) signIn(s *server, url, email string) {
	b.t.Helper()
	seen := s.codes(email)
	b.do(chromedp.Navigate(url), chromedp.SendKeys(field("Email"), email), chromedp.Click(button("Continue")))
	code, err := s.code(b.ctx, email, seen)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.WaitVisible(field("Code")), chromedp.SendKeys(field("Code"), code), chromedp.Click(button("Sign in")))
}

// until waits until the JavaScript expression is true, on whatever page there is.
func (b *browser) until(expression string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if ok, err := chromedp.Evaluate[bool]("!!("+expression+")")(ctx, target); err == nil && ok {
				return nil
			}
			select {
			case <-ctx.Done():
				text, _ := chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText")(context.WithoutCancel(ctx), target)
				return fmt.Errorf("never true: %s\non the page:\n%s", expression, text)
			case <-tick.C:
			}
		}
	}))
}

func (b *browser) untilShows(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// add types a todo into the page.
func (b *browser) add(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#new"), text+kb.Enter))
	b.untilShows(text)
}

// opener is a program for $BROWSER, or for the PATH, that notes the address it is
// to open, and the addresses that it noted.
type opener struct {
	dir, file string
}

func newOpener(t *testing.T) *opener {
	t.Helper()
	o := &opener{dir: t.TempDir()}
	o.file = filepath.Join(o.dir, "addresses")
	script := "#!/bin/sh\nprintf '%s\\n' \"$1\" >>'" + o.file + "'\n"
	for _, name := range []string{"open-address", "xdg-open"} {
		if err := os.WriteFile(filepath.Join(o.dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *opener) env() string { return "BROWSER=" + filepath.Join(o.dir, "open-address") }

// address waits for the one address that was to be opened.
func (o *opener) address(ctx context.Context) (string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if b, err := os.ReadFile(o.file); err == nil && strings.HasSuffix(string(b), "\n") {
			return strings.TrimSpace(string(b)), nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", fmt.Errorf("no address was opened: %w", ctx.Err())
		}
	}
}
