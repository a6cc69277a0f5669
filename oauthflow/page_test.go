package oauthflow

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPagePolicyFitsItsStyle: the hash in the policy is that of the style sheet as it is sent, and nothing else is allowed.
func TestPagePolicyFitsItsStyle(t *testing.T) {
	rec := httptest.NewRecorder()
	writePage(rec, 400, failurePage(errors.New("a reason")))
	body := rec.Body.String()
	_, rest, _ := strings.Cut(body, "<style>")
	style, rest, found := strings.Cut(rest, "</style>")
	if !found || strings.Contains(rest, "<style") || strings.Contains(body, "style=") {
		t.Fatalf("the page does not have exactly one style sheet:\n%s", body)
	}
	want := "default-src 'none'; style-src 'sha256-" + styleHash(style) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := rec.Header().Get("Content-Security-Policy"); got != want {
		t.Errorf("Content-Security-Policy = %q, want %q", got, want)
	}
	if !strings.Contains(body, "a reason") {
		t.Error("the reason is missing")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	g := grant{AccessToken: "canary", RefreshToken: "canary", Client: client{Secret: "canary"}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", g.AccessToken)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "grant", g)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q", g, g, g, g.AccessToken, g.RefreshToken), fmt.Sprint(&g), log.String()} {
		if strings.Contains(text, "canary") {
			t.Errorf("a secret prints: %s", text)
		}
	}
	if raw, err := g.encode(); err != nil || !strings.Contains(string(raw), "canary") {
		t.Errorf("a secret must be stored all the same: %s, %v", raw, err)
	}
}
