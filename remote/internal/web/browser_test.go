package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"todo.example/internal/todo"
)

// chromium starts a browser, or skips the test where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	binary := os.Getenv("TODO_TEST_CHROMIUM")
	if binary == "" {
		t.Skip("TODO_TEST_CHROMIUM does not name a Chromium binary")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU)
	for _, flag := range []string{"disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	run(browser, t) // starts it; a deadline must not be on this context
	ctx, cancel := context.WithTimeout(browser, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

type action = chromedp.Action[chromedp.Void]

func run(ctx context.Context, t *testing.T, steps ...action) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func click(selector string) action { return chromedp.Click(chromedp.CSS(selector)) }

func visible(selector string) action {
	return until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q)?.checkVisibility()`, selector))
}

// press sends a key in one event, so that a page which takes it for a shortcut keeps
// it from also being typed.
func press(key string) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key})
		return err
	})
}

func script(expression string) action { return chromedp.Evaluate[chromedp.Void](expression) }

// until waits until the JavaScript expression is true, also on a page that is only
// on its way.
func until(expression string) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if ok, err := chromedp.Evaluate[bool]("!!("+expression+")")(ctx, target); err == nil && ok {
				return nil
			}
			select {
			case <-ctx.Done():
				text, _ := chromedp.Evaluate[string]("document.body.innerText")(context.WithoutCancel(ctx), target)
				return fmt.Errorf("never true: %s\non the page:\n%s", expression, text)
			case <-tick.C:
			}
		}
	})
}

// signIn goes through the sign-in pages as a person does.
func (s *site) signIn(email, path string) action {
	return chromedp.Steps(
		chromedp.Navigate(s.URL+path),
		chromedp.SendKeys(chromedp.Search(`//input[@id=//label[normalize-space()="Email"]/@for]`), email+kb.Enter),
		visible("#code"),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			field := chromedp.Search(`//input[@id=//label[normalize-space()="Code"]/@for]`)
			_, err := chromedp.SendKeys(field, s.identity.mailed(email))(ctx, target)
			return err
		}),
		chromedp.Click(chromedp.Search(`//button[normalize-space()="Sign in"]`)),
	)
}

func rowShows(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".rows li")].some((li) => li.innerText.includes(%q))`, text)
}

// TestLivingWithTheList uses the list in a browser while an assistant does too,
// and never loads the page again.
func TestLivingWithTheList(t *testing.T) {
	ctx := chromium(t)
	s := newSite(t)
	run(ctx, t,
		s.signIn(ada, "/todoapp"),
		until(`document.getElementById("state")?.textContent === "Live"`),
		script(`window.sameDocument = true; document.activeElement.blur()`),
		press("n"),
		until(`document.activeElement.id === "new"`),
		chromedp.KeyEvent("Buy milk\r"),
		until(rowShows("Buy milk")),
		until(`document.getElementById("new").value === "" && document.getElementById("flash").innerText.includes("Added “Buy milk”")`),
		chromedp.KeyEvent("half a thought"),
	)

	asked := time.Now()
	made := s.create(t, "Claude", todo.New{Text: "Water the plants"})[0]
	run(ctx, t,
		until(rowShows("Water the plants")),
		until(rowShows("added by Claude")),
		until(`document.getElementById("flash").innerText.includes("Added by Claude: “Water the plants”")`),
		until(`document.activeElement.id === "new" && document.activeElement.value === "half a thought"`),
	)
	if took := time.Since(asked); took > time.Second {
		t.Errorf("a change made elsewhere showed after %v, want at most a second", took)
	} else {
		t.Logf("a change made elsewhere showed after %v", took)
	}

	// An editor that is open stays open, with what was typed.
	run(ctx, t,
		click("#x-"+made.ID), visible("#editor textarea"),
		chromedp.SendKeys(chromedp.CSS("#editor textarea"), "twice a week"),
	)
	s.create(t, "cli", todo.New{Text: "Call the plumber"})
	run(ctx, t,
		until(rowShows("added in the terminal")),
		until(`document.activeElement.value === "twice a week" && document.getElementById("editor").open`),
		click("#editor .primary"),
		until(`!document.getElementById("editor").open`),
		until(rowShows("twice a week")),
	)

	// Complete with the keyboard, undo with the keyboard.
	run(ctx, t,
		script(`document.activeElement.blur()`),
		press("j"), press("x"),
		until(`document.getElementById("flash").innerText.includes("Completed “Buy milk”") && document.querySelectorAll("#completed li.done").length === 1`),
		until(`document.activeElement.textContent === "Water the plants"`), // the row that moved up
		press("u"),
		until(`document.getElementById("flash").innerText.includes("Undone: completed “Buy milk”") && !document.getElementById("completed")`),
		click("#t-"+made.ID+" .icon"),
		until(`document.getElementById("flash").innerText.includes("Deleted “Water the plants”")`),
		until("!"+rowShows("Water the plants")),
		click("#flash button"),
		until(rowShows("Water the plants")),
		script(`document.activeElement.blur()`),
		press("?"), visible("#help"),
		until(`window.sameDocument === true`),
	)
}

// TestAFailedAdditionIsNotLost holds that text the server refuses, or never gets,
// is still in the field.
func TestAFailedAdditionIsNotLost(t *testing.T) {
	ctx := chromium(t)
	s := newSite(t)
	run(ctx, t,
		s.signIn(ada, "/todoapp"),
		visible("#new"),
		chromedp.SetValue(chromedp.CSS("#new"), strings.Repeat("x", 501)), click("#add button"),
		until(`document.getElementById("add-problem").textContent.includes("501 characters") && document.getElementById("new").value.length === 501`),
		chromedp.SetValue(chromedp.CSS("#new"), "Buy milk"),
	)
	s.CloseClientConnections()
	s.Close()
	run(ctx, t,
		click("#add button"),
		until(`document.getElementById("flash").innerText.includes("out of reach") && document.getElementById("new").value === "Buy milk"`),
		until(`document.getElementById("state").textContent === "Reconnecting…"`),
	)
}

// TestConsentInABrowser presses both buttons: the policy of the page must let the
// browser follow the redirect that comes after the form.
func TestConsentInABrowser(t *testing.T) {
	ctx := chromium(t)
	s := newSite(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "back at the app")
	}))
	t.Cleanup(app.Close)
	s.identity.clients["cli"] = client{"todo CLI", app.URL + "/callback"}
	path := authorizePath(query("client_id", "cli", "redirect_uri", app.URL+"/callback"))
	run(ctx, t, s.signIn(ada, path), visible(`[value="allow"]`))
	for button, want := range map[string]string{"Allow": "code=", "Deny": "error=access_denied"} {
		run(ctx, t,
			chromedp.Navigate(s.URL+path),
			chromedp.Click(chromedp.Search(fmt.Sprintf(`//button[normalize-space()=%q]`, button))),
			until(`document.body.innerText.includes("back at the app")`),
		)
		location, err := chromedp.Run(ctx, chromedp.Location())
		if err != nil || !strings.HasPrefix(location, app.URL+"/callback?") || !strings.Contains(location, want) {
			t.Errorf("%s led to %s, %v", button, location, err)
		}
	}
}

// TestFraming holds that another site cannot put the consent page into a frame.
func TestFraming(t *testing.T) {
	ctx := chromium(t)
	s := newSite(t)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><iframe src="%s%s"></iframe>`, s.URL, strings.ReplaceAll(authorizePath(query()), "&", "&amp;"))
	}))
	t.Cleanup(evil.Close)
	run(ctx, t, s.signIn(ada, "/todoapp"), visible("#new"))
	inFrame := func(e page.EventFrameNavigated) bool { return e.Frame.ParentID != "" }
	framed, err := chromedp.Run(ctx, chromedp.WaitEvent(page.FrameNavigated, inFrame, chromedp.Navigate(evil.URL)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(framed.Frame.URL, "chrome-error://") {
		t.Errorf("the frame shows %s", framed.Frame.URL)
	}
}

// TestTextStaysTextInABrowser shows every payload on every page, by the server's
// rendering and by the script's, and lets none run or be caught by the policy.
func TestTextStaysTextInABrowser(t *testing.T) {
	ctx := chromium(t)
	s := newSite(t)
	// Whatever would run calls alert.
	const watch = `window.violations = 0; window.ran = 0; window.alert = () => ran++;
		document.addEventListener("securitypolicyviolation", () => violations++)`
	run(ctx, t,
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
			return err
		}),
		s.signIn(ada, "/todoapp"),
		until(`document.getElementById("state")?.textContent === "Live"`),
	)
	var ids []string
	for _, payload := range payloads {
		ids = append(ids, s.create(t, payload, todo.New{Text: payload, Notes: payload})[0].ID)
	}
	last := ids[len(ids)-1]
	s.identity.clients["claude"] = client{payloads[1], "https://claude.example/callback"}
	s.identity.grants["user-"+ada+" claude"] = []string{payloads[0]}
	clean := until(`document.readyState === "complete" && violations === 0 && ran === 0`)
	run(ctx, t, until(fmt.Sprintf(`document.querySelectorAll(".rows li").length === %d`, len(payloads))), clean)
	for _, path := range []string{"/todoapp?change=c1", "/todoapp/" + last, "/connections", authorizePath(query())} {
		run(ctx, t, chromedp.Navigate(s.URL+path), clean)
	}
	for _, id := range ids[:10] {
		run(ctx, t, chromedp.Navigate(s.URL+"/todoapp"), click("#x-"+id), visible("#editor textarea"), clean)
	}
}

// audit returns what is wrong with a page for people who see, hear or touch it:
// controls without a name, small targets, weak contrast, a page wider than the
// screen. It computes contrast as WCAG 2.2 does, on the nearest solid background.
const audit = `(() => {
  const found = [];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length && !e.closest(".sr, .skip");
  const label = (e) => e.tagName + "#" + e.id + "." + e.className + " " + e.textContent.trim().slice(0, 30);
  const name = (e) => e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") && document.getElementById(e.getAttribute("aria-labelledby"))?.textContent) ||
    [...(e.labels || [])].map((l) => l.textContent).join("") || e.textContent.trim();
  for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), textarea, summary")) {
    if (!seen(e)) continue;
    if (!name(e)) found.push("no name: " + label(e));
    const target = e.closest("label.tick") || e;
    const box = target.getBoundingClientRect();
    const inText = e.matches("p a, .what a");
    if (!inText && (box.height < 43.5 || box.width < 43.5)) found.push("target of " + box.width + "×" + box.height + ": " + label(e));
  }
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const lum = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || !seen(e) || e.closest("script, noscript")) continue;
    const [a, b] = [lum(rgba(getComputedStyle(e).color)), lum(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push("contrast " + ratio.toFixed(2) + ": " + label(e));
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen: " + document.documentElement.scrollWidth);
  if (!document.querySelector("h1") || !document.querySelector("main") || !document.documentElement.lang || !document.title) found.push("no heading, main part, language or title");
  return found;
})()`

// TestEveryPageInEveryLight audits all pages on a phone and a desk, in light and
// dark, and leaves their pictures in the artifact directory (go test -artifacts).
func TestEveryPageInEveryLight(t *testing.T) {
	ctx := chromium(t)
	s := newSite(t)
	s.identity.google = "https://accounts.example/start"
	id := fillList(t, s)
	form := func(path, field, value, submit string) action {
		return chromedp.Steps(chromedp.Navigate(s.URL+path), chromedp.SetValue(chromedp.CSS(field), value), click(submit))
	}
	at := func(path string) action { return chromedp.Navigate(s.URL + path) }
	long := authorizePath(query("scope", "openid email todos:read todos:write offline_access admin"))
	local := authorizePath(query("client_id", "cli", "redirect_uri", "http://127.0.0.1:4321/callback"))
	pages := []struct {
		name string
		open action
		wait string
	}{
		{"01-login", at("/login"), "#email"},
		{"02-login-wrong", form("/login", "#email", "ada@nowhere", `form[action="/login"] .primary`), ".problem"},
		{"03-code", form("/login", "#email", ada, `form[action="/login"] .primary`), "#code"},
		{"04-code-wrong", chromedp.Steps(chromedp.SetValue(chromedp.CSS("#code"), "000000"), click(".primary")), ".problem"},
		{"05-link", form("/login", "#email", ada, `[formaction="/login/link"]`), "main p .button"},
		{"06-confirm", at("/authenticate?stytch_token_type=magic_links&token=x"), ".primary"},
		{"07-list", chromedp.Steps(s.signIn(ada, "/todoapp"), until(`document.getElementById("state")?.textContent === "Live"`)), "#new"},
		{"08-flash", at("/todoapp?change=c1"), "#flash button"},
		{"09-editor", click("#x-" + id), "#editor textarea"},
		{"10-help", chromedp.Steps(at("/todoapp"), visible("#help-button"), click("#help-button")), "#help"},
		{"11-todo", at("/todoapp/" + id), "#text"},
		{"12-trash", at("/todoapp/trash"), ".rows"},
		{"13-consent", at(long), ".primary"},
		{"14-consent-local", at(local), ".primary"},
		{"15-connections", at("/connections"), ".connect"},
		{"16-not-found", at("/nothing"), ".status"},
		{"17-bad-request", at(authorizePath(query("client_id", ""))), ".status"},
		{"18-signed-out", chromedp.Steps(at("/todoapp"), click(".who button")), "#email"},
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			run(ctx, t, lit(scheme), chromedp.EmulateViewport(width, 844))
			for _, p := range pages {
				run(ctx, t, p.open, visible(p.wait))
				found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](audit))
				if err != nil {
					t.Fatal(err)
				}
				for _, problem := range found {
					t.Errorf("%s at %d px, %s: %s", p.name, width, scheme, problem)
				}
				picture(ctx, t, fmt.Sprintf("%s-%d-%s.png", p.name, width, scheme))
			}
		}
	}
}

// lit makes the browser ask for a colour scheme and no motion.
func lit(scheme string) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	})
}

func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// fillList makes a list to look at, and returns one of its todos.
func fillList(t *testing.T, s *site) string {
	t.Helper()
	s.create(t, "web", todo.New{Text: "Book the train to Vienna", Notes: "The early one, with a seat by the window", Due: "yesterday 18:00", Priority: "high", List: "Travel"}, todo.New{Text: "Renew the passport"})
	s.create(t, "Claude", todo.New{Text: "Send the signed lease back to Mrs Okafor", Notes: "Drafted the mail, it only needs the scan.\nDeadline is in the thread."}, todo.New{Text: "Compare three quotes for the roof", Due: "in 3 days", List: "House", Tags: []string{"money", "roof"}})
	first := s.create(t, "cli", todo.New{Text: "Rotate the backup keys", Due: "today", Repeat: "every month on the 1st", Priority: "medium"})[0]
	s.create(t, "web", todo.New{Text: "A very long one that shows how text wraps on a narrow screen: " + strings.Repeat("rabarbarmarmelade ", 8)}, todo.New{Text: "Dentist"}, todo.New{Text: "Old idea"})
	page, err := s.svc.List(t.Context(), s.namespace(ada), s.actor(ada, "web"), todo.Query{})
	if err != nil {
		t.Fatal(err)
	}
	byText := map[string]string{}
	for _, todo := range page.Todos {
		byText[todo.Text] = todo.ID
	}
	if _, err := s.svc.SetCompleted(t.Context(), s.namespace(ada), s.actor(ada, "web"), []string{byText["Dentist"]}, true, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.SetCompleted(t.Context(), s.namespace(ada), s.actor(ada, "Claude"), []string{byText["Renew the passport"]}, true, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.Delete(t.Context(), s.namespace(ada), s.actor(ada, "Claude"), []string{byText["Old idea"]}, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	s.identity.grants["user-"+ada+" claude"] = []string{"openid", "todos:read", "todos:write", "offline_access"}
	s.identity.grants["user-"+ada+" cli"] = []string{"openid", "todos:read"}
	return first.ID
}
