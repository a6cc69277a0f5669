package remote_test

import (
	"net/http"
	"strings"
	"testing"

	"todo.example/internal/api"
	"todo.example/remote"
)

// TestRateLimit: who spent a budget is told so and when there is more, and neither
// another door nor another person pays for it.
func TestRateLimit(t *testing.T) {
	s := start(t, func(c *remote.Config) { c.RateLimit = 6 }) // two at once
	ada, bob := s.browser(), s.browser()
	ada.signIn("ada@example.com")
	bob.signIn("bob@example.com")
	token, other := ada.connect("Noisy", "todos:read", "todos:write").access(), bob.connect("Quiet", "todos:read").access()
	for i, want := range []string{`"api";r=1;t=10`, `"api";r=0;t=20`} {
		resp, body := s.call(token, http.MethodGet, "/api/todos", "")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("RateLimit") != want || resp.Header.Get("RateLimit-Policy") != `"api";q=2;w=20` {
			t.Errorf("request %d: %d %v %s", i, resp.StatusCode, resp.Header, body)
		}
	}
	resp, body := s.call(token, http.MethodPost, "/api/todos", `{"todoText":"x"}`)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "10" || !strings.Contains(body, `"rate_limited"`) {
		t.Errorf("one too many: %d %v %s", resp.StatusCode, resp.Header, body)
	}
	if resp, body := s.call(other, http.MethodGet, "/api/todos", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("another person: %d %s", resp.StatusCode, body)
	}
	if resp, body := ada.get("/api/todos"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("RateLimit"), `"web";`) {
		t.Errorf("the same person's browser: %d %v %s", resp.StatusCode, resp.Header, body)
	}
	ada.get("/api/todos")
	if resp, page := ada.get("/todoapp"); resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(page, "Too Many Requests") {
		t.Errorf("a page, one too many: %d %v %s", resp.StatusCode, resp.Header, page)
	}
	if status, body := s.mcp(token, "tools/list", "", ""); status != http.StatusOK {
		t.Errorf("the same person's assistant: %d %s", status, body)
	}
}

// TestRateLimitOfAFeed: whoever got hold of a feed's address cannot ask without end.
func TestRateLimitOfAFeed(t *testing.T) {
	s := start(t, func(c *remote.Config) { c.RateLimit = 6 }) // two at once
	ada := s.browser()
	ada.signIn("ada@example.com")
	var feed api.Feed
	ada.api(http.MethodPut, api.PathFeed, "", http.StatusOK, &feed)
	path := strings.TrimPrefix(feed.URL, s.url)
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		resp, body := s.browser().get(path)
		if resp.StatusCode != want || !strings.HasPrefix(resp.Header.Get("RateLimit"), `"feed";`) {
			t.Errorf("request %d: %d %v %s", i, resp.StatusCode, resp.Header, body)
		}
	}
	if resp, body := s.browser().get("/feeds/nobodys.ics"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no feed: %d %s", resp.StatusCode, body)
	}
}
