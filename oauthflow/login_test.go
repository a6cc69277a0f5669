package oauthflow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/oauthflow"
	"todo.example/oauthflow/oauthtest"
)

func TestLoginStoresACredentialThatWorks(t *testing.T) {
	h := newHome(t)
	f := h.flow(t)
	got, err := f.Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Issuer != h.server.URL || got.Resource != h.server.Resource() || !got.Renewable || got.ClientID == "" {
		t.Errorf("credential = %+v", got)
	}
	if diff := cmp.Diff([]string{"todos:read", "offline_access"}, got.Scopes); diff != "" {
		t.Errorf("scopes (-want +got): what the server does not list is not asked for, offline_access is:\n%s", diff)
	}
	stored, err := h.flow(t).Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, stored); diff != "" {
		t.Errorf("what another process reads (-login +stored):\n%s", diff)
	}
	resp, err := get(t.Context(), h.flow(t).Transport(nil, nil), h.server.Resource())
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the resource answered %v, %v", resp, err)
	}
	if diff := cmp.Diff([]oauthflow.EventKind{oauthflow.EventOpenURL, oauthflow.EventSignedIn}, h.kinds()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestLoginAsksAsTheSpecificationsSay(t *testing.T) {
	h := newHome(t)
	h.signedIn(t)
	u, err := url.Parse(h.openedURL())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	want := map[string]string{
		"response_type":         "code",
		"code_challenge_method": "S256",
		"resource":              h.server.Resource(),
		"scope":                 "todos:read offline_access",
		"prompt":                "consent",
	}
	for name, value := range want {
		if q.Get(name) != value {
			t.Errorf("%s = %q, want %q", name, q.Get(name), value)
		}
	}
	if len(q.Get("state")) < 26 || len(q.Get("code_challenge")) != 43 {
		t.Errorf("state %q or challenge %q is too short", q.Get("state"), q.Get("code_challenge"))
	}
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || redirect.Hostname() != "127.0.0.1" || redirect.Path != "/callback" {
		t.Errorf("redirect_uri = %q", q.Get("redirect_uri"))
	}
}

func TestLoginUsesItsRegistrationAgain(t *testing.T) {
	h := newHome(t)
	h.signedIn(t)
	first := h.openedURL()
	h.signedIn(t)
	if n := h.server.Counts().Registrations; n != 1 {
		t.Errorf("%d registrations, want 1", n)
	}
	if a, b := redirectOf(t, first), redirectOf(t, h.openedURL()); a != b {
		t.Errorf("the second sign-in came back to %s, registered is %s", b, a)
	}
}

func TestLoginRegistersAnewWhere(t *testing.T) {
	tests := map[string]func(t *testing.T, h *home){
		"its port is taken": func(t *testing.T, h *home) {
			ln, err := net.Listen("tcp4", redirectOf(t, h.openedURL()))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { ln.Close() })
		},
		"the server forgot it": func(_ *testing.T, h *home) { h.server.ForgetClients() },
		"the server refuses it in the browser": func(_ *testing.T, h *home) {
			refuse := true
			h.server.Do(func() {
				h.server.EditCallback = func(response url.Values) {
					if refuse {
						response.Del("code")
						response.Set("error", "unauthorized_client")
					}
					refuse = false
				}
			})
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.signedIn(t)
			spoil(t, h)
			h.signedIn(t)
			if n := h.server.Counts().Registrations; n != 2 {
				t.Errorf("%d registrations, want 2", n)
			}
			token(t, h.flow(t))
		})
	}
}

func redirectOf(t *testing.T, authorizeURL string) string {
	t.Helper()
	u, err := url.Parse(authorizeURL)
	if err != nil {
		t.Fatal(err)
	}
	redirect, err := url.Parse(u.Query().Get("redirect_uri"))
	if err != nil {
		t.Fatal(err)
	}
	return redirect.Host
}

// TestIssuersShareNothing is the case of a resource that moves to another authorization server: neither the tokens nor
// the registration of the old one may reach the new one.
func TestIssuersShareNothing(t *testing.T) {
	h := newHome(t)
	h.signedIn(t)
	other := oauthtest.New(t)
	other.EditResource = func(doc map[string]any) { doc["resource"] = h.server.Resource() }
	other.EditServer = func(doc map[string]any) { doc["authorization_response_iss_parameter_supported"] = true }
	h.server.Do(func() {
		h.server.EditResource = func(doc map[string]any) { doc["authorization_servers"] = []string{other.URL} }
	})
	asked := make(chan string, 10)
	other.Handle("/authorize", func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Query().Get("client_id") })
	other.Handle("/token", func(_ http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(r.Body)
		t.Errorf("the new issuer's token endpoint was sent %q", body)
	})
	_, err := h.flowWith(t, func(c *oauthflow.Config) { c.Timeout = 300 * time.Millisecond }).Login(t.Context())
	wantError(t, err, oauthflow.ErrTimeout)
	if n := other.Counts().Registrations; n != 1 || len(asked) != 1 {
		t.Errorf("%d registrations and %d visits at the new issuer, want one of each", n, len(asked))
	}
	// The old sign-in still refreshes, where it came from.
	h.pass(2 * time.Hour)
	token(t, h.flow(t))
	if n := h.server.Counts().Refreshes; n != 1 {
		t.Errorf("%d refreshes at the old issuer, want 1", n)
	}
}

func TestLoginFailsPlainly(t *testing.T) {
	h := newHome(t)
	t.Run("denied", func(t *testing.T) {
		h.server.Do(func() {
			h.server.EditCallback = func(r url.Values) { r.Del("code"); r.Set("error", "access_denied") }
		})
		_, err := h.flow(t).Login(t.Context())
		wantError(t, err, oauthflow.ErrDenied)
	})
	t.Run("nobody there", func(t *testing.T) {
		_, err := h.flowWith(t, func(c *oauthflow.Config) {
			c.NoBrowser, c.Timeout = true, 50*time.Millisecond
		}).Login(t.Context())
		wantError(t, err, oauthflow.ErrTimeout)
	})
	t.Run("caller gone", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := h.flowWith(t, func(c *oauthflow.Config) {
			c.OpenURL = func(string) error { cancel(); return nil }
		}).Login(ctx)
		wantError(t, err, context.Canceled)
		if errors.Is(err, oauthflow.ErrTimeout) {
			t.Errorf("%v: the caller left, time was not up", err)
		}
	})
	t.Run("no browser", func(t *testing.T) {
		failed := errors.New("no browser here")
		_, err := h.flowWith(t, func(c *oauthflow.Config) {
			c.OpenURL, c.Timeout = func(string) error { return failed }, 300*time.Millisecond
		}).Login(t.Context())
		wantError(t, err, oauthflow.ErrTimeout)
		if !slices.Contains(h.kinds(), oauthflow.EventBrowserFailed) {
			t.Errorf("events = %v, want one that says the browser failed", h.kinds())
		}
	})
}

// TestLoginNeedsItsStoreFirst: a sign-in whose result cannot be kept must not cost the person a visit.
func TestLoginNeedsItsStoreFirst(t *testing.T) {
	h := newHome(t)
	path := filepath.Join(h.dir, "open.json")
	if err := os.WriteFile(path, []byte(`{"version":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	h.store = oauthflow.NewFile(path)
	_, err := h.flow(t).Login(t.Context())
	wantError(t, err, oauthflow.ErrUnavailable)
	if n := h.browser.Opened.Load(); n != 0 {
		t.Errorf("the browser was opened %d times", n)
	}
}

func TestLogout(t *testing.T) {
	t.Run("revokes and forgets", func(t *testing.T) {
		h := newHome(t)
		f := h.signedIn(t)
		old := token(t, f)
		if err := f.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := h.server.Counts().Revocations; n != 1 {
			t.Errorf("%d revocations, want 1", n)
		}
		_, err := f.Token(t.Context())
		wantError(t, err, oauthflow.ErrSignedOut)
		wantError(t, f.Logout(t.Context()), oauthflow.ErrSignedOut)
		if left := readAll(t, h.dir); strings.Contains(left, old) || strings.Contains(left, "refresh-") {
			t.Error("a token is still on disk")
		}
	})
	t.Run("says when only here", func(t *testing.T) {
		h := newHome(t)
		f := h.signedIn(t)
		h.server.Handle("/revoke", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		wantError(t, f.Logout(t.Context()), oauthflow.ErrOnlyLocal)
		_, err := f.Token(t.Context())
		wantError(t, err, oauthflow.ErrSignedOut)
	})
}

// TestNothingSecretShows runs a sign-in, a refresh and their failures, and looks for their secrets in all that is
// logged, announced, printed or returned.
func TestNothingSecretShows(t *testing.T) {
	h := newHome(t)
	var seen bytes.Buffer
	f := h.flowWith(t, func(c *oauthflow.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	cred, err := f.Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.pass(2 * time.Hour)
	token(t, f)
	h.pass(2 * time.Hour)
	h.server.RevokeGrants()
	_, err = f.Token(t.Context())
	wantError(t, err, oauthflow.ErrSignedOut)
	fmt.Fprintf(&seen, "%v %+v %#v %v %v", cred, cred, cred, err, h.events)
	if strings.Contains(seen.String(), "-secret") {
		t.Errorf("a secret shows in:\n%s", strings.ReplaceAll(seen.String(), " ", "\n"))
	}
	if !strings.Contains(seen.String(), "refreshed the access token") {
		t.Error("the log is empty: this test saw nothing")
	}
}

func readAll(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
