package oauthflow_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"todo.example/oauthflow"
)

func TestTokenIsRefreshedWhenDue(t *testing.T) {
	tests := []struct {
		name      string
		lifetime  time.Duration
		passed    time.Duration
		refreshes int
	}{
		{"young", time.Hour, 58 * time.Minute, 0},
		{"in the last minute of an hour", time.Hour, 59*time.Minute + time.Second, 1},
		{"in the first four fifths of half a minute", 30 * time.Second, 23 * time.Second, 0},
		{"in the last fifth of half a minute", 30 * time.Second, 25 * time.Second, 1},
		{"ended", time.Hour, 2 * time.Hour, 1},
		{"without an end", 0, 1000 * time.Hour, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			h.server.Lifetime = test.lifetime
			f := h.signedIn(t)
			first := token(t, f)
			h.pass(test.passed)
			second := token(t, f)
			if n := h.server.Counts().Refreshes; n != test.refreshes {
				t.Errorf("%d refreshes, want %d", n, test.refreshes)
			}
			if (first != second) != (test.refreshes > 0) {
				t.Errorf("first %q, then %q", first, second)
			}
			if third := token(t, h.flow(t)); third != second {
				t.Errorf("another process reads %q, want %q", third, second)
			}
		})
	}
}

// TestRefusedRefresh holds what is dropped to what the refusal means, in each shape a server may put it.
func TestRefusedRefresh(t *testing.T) {
	tests := []struct {
		name        string
		status      int
		body        string
		keepsTokens bool
		keepsClient bool
	}{
		{"invalid_grant", 400, `{"error":"invalid_grant"}`, false, true},
		{"invalid_grant of Stytch", 404, `{"status_code":404,"error_type":"idp_refresh_token_not_found","error_message":"x"}`, false, true},
		{"consent revoked at Stytch", 400, `{"status_code":400,"error_type":"connected_app_consent_revoked"}`, false, true},
		{"invalid_client", 401, `{"error":"invalid_client"}`, false, false},
		{"client gone at Stytch", 404, `{"status_code":404,"error_type":"connected_app_not_found"}`, false, false},
		{"another code", 400, `{"error":"invalid_request"}`, true, true},
		{"temporarily unavailable", 400, `{"error":"temporarily_unavailable"}`, true, true},
		{"rate limited", 429, `{"error":"invalid_grant"}`, true, true},
		{"server error", 500, `{"error":"invalid_grant"}`, true, true},
		{"gateway page", 502, `<html>`, true, true},
		{"redirect", 302, ``, true, true},
		{"not JSON", 200, `<html>`, true, true},
		{"not a bearer token", 200, `{"access_token":"a","token_type":"mac"}`, true, true},
		{"no token type", 200, `{"access_token":"a"}`, true, true},
		{"no token", 200, `{"token_type":"bearer"}`, true, true},
		{"a token that ends the header", 200, `{"access_token":"a\r\nX-Evil: 1","token_type":"bearer"}`, true, true},
		{"endless", 200, `{"access_token":"` + strings.Repeat("a", 70<<10) + `","token_type":"bearer"}`, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			f := h.signedIn(t)
			h.pass(2 * time.Hour)
			h.server.Handle("/token", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Location", h.server.URL+"/elsewhere")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			})
			_, err := f.Token(t.Context())
			if err == nil || errors.Is(err, oauthflow.ErrSignedOut) == test.keepsTokens {
				t.Fatalf("Token: %v", err)
			}
			_, err = f.Credential(t.Context())
			if kept := err == nil; kept != test.keepsTokens {
				t.Errorf("tokens kept: %v, want %v", kept, test.keepsTokens)
			}
			if kept := strings.Contains(readAll(t, h.dir), "redirect_uri"); kept != test.keepsClient {
				t.Errorf("registration kept: %v, want %v", kept, test.keepsClient)
			}
			h.server.Handle("/token", nil)
			if !test.keepsTokens {
				h.signedIn(t)
			}
			token(t, f) // and the next attempt works
		})
	}
}

// TestTokenLastsToItsEnd: a refresh that fails in the margin before the end does not matter yet.
func TestTokenLastsToItsEnd(t *testing.T) {
	h := newHome(t)
	f := h.signedIn(t)
	first := token(t, f)
	h.server.Handle("/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	h.pass(59*time.Minute + 30*time.Second)
	if got := token(t, f); got != first {
		t.Errorf("token = %q, want the one that still holds", got)
	}
	h.pass(time.Minute)
	if got, err := f.Token(t.Context()); err == nil {
		t.Errorf("token = %q after its end and without a refresh", got)
	}
}

// TestRotationIsStoredFirst: whoever sees the new access token must find the new refresh token in the store.
func TestRotationIsStoredFirst(t *testing.T) {
	h := newHome(t)
	store := &brittle{TokenStore: h.store}
	h.store = store
	f := h.signedIn(t)
	h.pass(2 * time.Hour)
	store.failWith(func(string, []byte) error { return oauthflow.ErrUnavailable })
	if got, err := f.Token(t.Context()); err == nil {
		t.Fatalf("Token = %q although the rotated refresh token could not be stored", got)
	}
	store.failWith(nil)
	first := token(t, f) // the rotation was not lost
	if second := token(t, h.flow(t)); second != first {
		t.Errorf("another process reads %q, want %q", second, first)
	}
	if c := h.server.Counts(); c.Refreshes != 1 || c.Reuses != 0 {
		t.Errorf("counts = %+v, want one refresh and no reuse", c)
	}
}

// TestUnstoredRotationYields: a rotation that could not be stored must not overwrite a sign-in that came after it.
func TestUnstoredRotationYields(t *testing.T) {
	h := newHome(t)
	store := &brittle{TokenStore: h.store}
	h.store = store
	f := h.signedIn(t)
	h.pass(2 * time.Hour)
	store.failWith(func(string, []byte) error { return oauthflow.ErrUnavailable })
	if _, err := f.Token(t.Context()); err == nil {
		t.Fatal("Token worked without its store")
	}
	store.failWith(nil)
	h.server.RevokeGrants()
	h.signedIn(t)
	h.pass(2 * time.Hour)
	token(t, f) // refreshes the newer one; the older one is worth nothing
}

// TestRefreshOutlivesItsCaller: a request that is given up while its refresh is under way must not lose the rotation.
func TestRefreshOutlivesItsCaller(t *testing.T) {
	h := newHome(t)
	f := h.signedIn(t)
	h.pass(2 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	var once sync.Once
	h.server.Do(func() {
		h.server.EditServer = func(map[string]any) { once.Do(cancel) } // the refresh reads the metadata first
	})
	if _, err := f.Token(ctx); err != nil {
		t.Fatalf("Token: %v", err)
	}
	if ctx.Err() == nil {
		t.Fatal("the caller was not gone: this test saw nothing")
	}
	token(t, h.flow(t))
	if c := h.server.Counts(); c.Refreshes != 1 || c.Reuses != 0 {
		t.Errorf("counts = %+v, want one refresh and no reuse", c)
	}
}

// TestTooLargeForTheStore: a grant that the store cannot hold whole costs a refresh in each process, not in each call.
func TestTooLargeForTheStore(t *testing.T) {
	h := newHome(t)
	store := &brittle{TokenStore: h.store}
	store.failWith(func(_ string, value []byte) error {
		if bytes.Contains(value, []byte("access-")) {
			return oauthflow.ErrTooLarge
		}
		return nil
	})
	h.store = store
	f := h.signedIn(t)
	first := token(t, f)
	if second := token(t, f); second != first {
		t.Errorf("token = %q, then %q", first, second)
	}
	resp, err := get(t.Context(), f.Transport(nil, nil), h.server.Resource())
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the resource answered %v, %v", resp, err)
	}
	if n := h.server.Counts().Refreshes; n != 0 {
		t.Errorf("%d refreshes in the process that signed in, want none", n)
	}
	other := h.flow(t)
	token(t, other)
	token(t, other)
	if n := h.server.Counts().Refreshes; n != 1 {
		t.Errorf("%d refreshes in the next process, want 1", n)
	}
}

// TestManyFlowsRefreshOnce is the herd of bridges that wakes up with one expired token.
func TestManyFlowsRefreshOnce(t *testing.T) {
	h := newHome(t)
	h.signedIn(t)
	for round := 1; round <= 10; round++ {
		h.pass(2 * time.Hour)
		tokens := make([]string, 8*4)
		var wg sync.WaitGroup
		for i := range 8 {
			f := h.flow(t)
			for j := range 4 {
				wg.Go(func() {
					got, err := f.Token(context.Background())
					if err != nil {
						t.Errorf("Token: %v", err)
					}
					tokens[4*i+j] = got
				})
			}
		}
		wg.Wait()
		for _, got := range tokens {
			if got != tokens[0] {
				t.Errorf("two tokens at once: %q and %q", got, tokens[0])
			}
		}
		if c := h.server.Counts(); c.Refreshes != round || c.Reuses != 0 {
			t.Fatalf("after %d rounds: %+v", round, c)
		}
	}
}

// TestColdHerdSignsInOnce: of many that need a sign-in at once, one opens a browser.
func TestColdHerdSignsInOnce(t *testing.T) {
	h := newHome(t)
	issuers := make([]string, 4*2)
	var wg sync.WaitGroup
	for i := range 4 {
		f := h.flow(t)
		for j := range 2 {
			wg.Go(func() {
				cred, err := f.Login(context.Background())
				if err != nil {
					t.Errorf("Login: %v", err)
				}
				issuers[2*i+j] = cred.Issuer
			})
		}
	}
	wg.Wait()
	for _, issuer := range issuers {
		if issuer != h.server.URL {
			t.Errorf("issuer = %q", issuer)
		}
	}
	c := h.server.Counts()
	if opened := h.browser.Opened.Load(); opened != 1 || c.Registrations != 1 || c.Exchanges != 1 {
		t.Errorf("%d browsers, %+v; want one of each", opened, c)
	}
}
