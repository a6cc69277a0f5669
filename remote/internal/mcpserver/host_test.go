package mcpserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// hosted is a host of MCP Apps in a browser, which shows the view of a real server:
// the official host code, in a page of ours.
type hosted struct {
	t    *testing.T
	ctx  context.Context
	cs   *mcp.ClientSession
	view string // what it shows

	mu     sync.Mutex
	faults []string // what the view should not have asked for
}

// policy is the one that hosts give a view which asks for nothing.
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; report-uri /violated"

// host opens an empty host, with a client of the server behind it.
func host(t *testing.T, cs *mcp.ClientSession) *hosted {
	t.Helper()
	binary, peers := os.Getenv("TODO_TEST_CHROMIUM"), os.Getenv("TODO_TEST_PEERS")
	if binary == "" || peers == "" {
		t.Skip("TODO_TEST_CHROMIUM and TODO_TEST_PEERS do not name Chromium and the installed peers: ./test sets them")
	}
	h := &hosted{t: t, cs: cs}
	_, contents := viewOf(t, cs, "listTodos")
	h.view = contents.Text
	bundle := output(t, "testdata/host/bundle.mjs")
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<!doctype html><html lang=en><title>host</title><style>body{margin:0}iframe{display:block;width:100%;border:0}</style><body><script src=/host.js></script>")
	})
	mux.HandleFunc("/host.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(bundle)
	})
	mux.HandleFunc("/view", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contents.MIMEType)
		w.Header().Set("Content-Security-Policy", policy)
		io.WriteString(w, h.view)
	})
	mux.HandleFunc("POST /call", h.call)
	mux.HandleFunc("/favicon.ico", http.NotFound)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.faults = append(h.faults, fmt.Sprintf("%s %s %s", r.Method, r.URL, body))
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	h.ctx = browser(t, binary)
	h.do(chromedp.Navigate(site.URL))
	t.Cleanup(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.faults) > 0 {
			t.Errorf("the view asked for what it may not: %q", h.faults)
		}
	})
	return h
}

// call hands a view's call on, as it came, and the result back.
func (h *hosted) call(w http.ResponseWriter, r *http.Request) {
	var params mcp.CallToolParams
	if err := json.NewDecoder(r.Body).Decode(&params); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	result, err := h.cs.CallTool(r.Context(), &params)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	json.NewEncoder(w).Encode(result)
}

// browser starts one in which a frame is in its page's process, so that both can be
// looked into.
func browser(t *testing.T, binary string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(420, 720), chromedp.Flag("disable-features", "IsolateSandboxedIframes,site-per-process"))
	for _, flag := range []string{"disable-site-isolation-trials", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	first, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(first); err != nil { // starts it; a deadline must not be on this context
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(first, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// output runs a script of the peers' Node.js.
func output(t *testing.T, script string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Getenv("TODO_TEST_NODE"), script)
	command.Stderr = t.Output()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return out
}

func (h *hosted) do(steps ...chromedp.Action[chromedp.Void]) {
	h.t.Helper()
	if err := chromedp.Do(h.ctx, steps...); err != nil {
		h.t.Fatal(err)
	}
}

// open shows the view of a call of listTodos.
func (h *hosted) open(arguments, look string) {
	h.t.Helper()
	h.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`state.ready = false; open(%s, %s).catch((e) => state.faults.push(String(e)))`, arguments, look)))
	h.hostUntil(`state.ready || state.faults.length`)
	if faults := h.hostSays(`state.faults.join()`); faults != "" {
		h.t.Fatal(faults)
	}
}

// hostSays returns what an expression is in the host's page.
func (h *hosted) hostSays(expression string) string {
	h.t.Helper()
	said, err := chromedp.Run(h.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		h.t.Fatalf("%s: %v", expression, err)
	}
	return said
}

func (h *hosted) hostUntil(expression string) {
	h.t.Helper()
	eventually(h.t, expression, func() bool { return h.hostSays(`String(!!(`+expression+`))`) == "true" })
}

// says returns what an expression is in the view, which nothing of the test's can be
// seen from. A promise is waited for.
func (h *hosted) says(expression string) string {
	h.t.Helper()
	said, err := chromedp.Run(h.ctx, h.inView(expression))
	if err != nil {
		h.t.Fatalf("%s: %v", expression, err)
	}
	return said
}

func (h *hosted) inView(expression string) chromedp.Action[string] {
	return func(ctx context.Context, target *chromedp.Target) (string, error) {
		tree, err := cdp.Call(ctx, target, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return "", err
		}
		if len(tree.FrameTree.ChildFrames) != 1 {
			return "", errors.New("there is not one frame")
		}
		world, err := cdp.Call(ctx, target, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.ChildFrames[0].Frame.ID, WorldName: "test"})
		if err != nil {
			return "", err
		}
		yes := true
		r, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{
			Expression: `(async () => String(await (` + expression + `)))()`, ContextID: world.ExecutionContextID, ReturnByValue: &yes, AwaitPromise: &yes,
		})
		if err != nil {
			return "", err
		}
		if r.ExceptionDetails != nil {
			return "", errors.New(r.ExceptionDetails.Exception.Description)
		}
		var said string
		return said, json.Unmarshal(r.Result.Value, &said)
	}
}

func (h *hosted) until(expression string) {
	h.t.Helper()
	ok := func() bool { return h.says(`!!(`+expression+`)`) == "true" }
	for late := time.Now().Add(patience); !ok(); {
		if time.Now().After(late) {
			h.t.Fatalf("never true: %s\nwith focus on %s in the view:\n%s", expression, h.says(`document.activeElement.outerHTML + document.activeElement.value + document.hasFocus()`), h.says(`document.body.innerText`))
		}
	}
}

func (h *hosted) picture(name string) {
	h.t.Helper()
	png, err := chromedp.Run(h.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.t.ArtifactDir(), name), png, 0o600); err != nil {
		h.t.Fatal(err)
	}
}
