package rest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"todo.example/remote/internal/rest"
)

// TestDocsPage: the page names every operation, needs nothing but itself, and its
// policy lets through its one style alone.
func TestDocsPage(t *testing.T) {
	s := newSite(t)
	got := s.send(t, exchange{method: "GET", target: "/api/docs", header: map[string]string{"Authorization": ""}})
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v", got.status, got.header)
	}
	ids, links, style := anatomy(t, got.body)
	for _, op := range rest.Operations() {
		if !ids[op.ID] {
			t.Errorf("%s is not on the page", op.ID)
		}
	}
	for _, link := range links {
		id, local := strings.CutPrefix(link, "#")
		if !local && link != "openapi.json" || local && !ids[id] {
			t.Errorf("the link %q leads nowhere", link)
		}
	}
	sum := sha256.Sum256([]byte(style))
	policy := got.header.Get("Content-Security-Policy")
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q, want %s", policy, want)
	}
	if regexp.MustCompile(`(?i)<script|\son\w+=|style=|src=|ZgotmplZ`).MatchString(got.body) {
		t.Error("the page has a script, a style of an element, or something from elsewhere")
	}
}

// anatomy returns the ids of a page's elements, where its links lead, and its style.
func anatomy(t *testing.T, page string) (ids map[string]bool, links []string, style string) {
	t.Helper()
	ids = map[string]bool{}
	for _, m := range regexp.MustCompile(`<[^>]* id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two elements have the id %q", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`<[^>]* href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		links = append(links, m[1])
	}
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(rest, "</style>")
	return ids, links, style
}
