package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

func TestAccountRequests(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		ok(w)
	})
	c, ctx := connect(t, s.URL), t.Context()
	zone := "Asia/Tokyo"
	for _, do := range []func() error{
		func() error { _, err := c.Settings(ctx); return err },
		func() error { _, err := c.SetSettings(ctx, api.SettingsPatch{Timezone: &zone}); return err },
		func() error { _, err := c.Tokens(ctx); return err },
		func() error {
			_, err := c.CreateToken(ctx, api.NewToken{Name: "n", Scopes: []string{"todos:read"}, ExpiresInDays: 3})
			return err
		},
		func() error { return c.DeleteToken(ctx, "a/b") },
	} {
		if err := do(); err != nil {
			t.Error(err)
		}
	}
	seen, _ := s.requests()
	want := []string{
		"GET /api/settings",
		`PATCH /api/settings {"timezone":"Asia/Tokyo"}`,
		"GET /api/tokens",
		`POST /api/tokens {"name":"n","scopes":["todos:read"],"expiresInDays":3}`,
		"DELETE /api/tokens/a%2Fb",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestRaw: a request goes as it is given, to this server and no other.
func TestRaw(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, r.Header.Get("X-Mine"))
	})
	c := connect(t, s.URL)
	resp, err := c.Raw(t.Context(), "PUT", "/api/x?y=1", http.Header{"X-Mine": {"mine"}}, []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusTeapot || string(body) != "mine" {
		t.Errorf("the answer is %s %q", resp.Status, body)
	}
	for _, path := range []string{"", "api/x", "@elsewhere.example/", ".elsewhere.example/", ":1/"} {
		if _, err := c.Raw(t.Context(), "GET", path, http.Header{}, nil); !errors.Is(err, todo.ErrInvalid) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, err := c.Raw(t.Context(), "GET IT", "/", http.Header{}, nil); !errors.Is(err, todo.ErrInvalid) {
		t.Errorf("a method of two words: %v", err)
	}
	if seen, _ := s.requests(); len(seen) != 1 || !strings.HasPrefix(seen[0], "PUT /api/x?y=1 body") {
		t.Errorf("requests: %v", seen)
	}
}

func TestRefusal(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		want   todo.Code
	}{
		{404, `{"code":"not_found","status":404}`, todo.CodeNotFound},
		{503, `{"code":"unavailable"}`, todo.CodeUnavailable},
		{404, `<html>`, todo.CodeNotFound},
		{418, ``, todo.CodeInternal},
	} {
		if got := todo.AsError(client.Refusal(test.status, []byte(test.body))).Code; got != test.want {
			t.Errorf("%d %s is %s, want %s", test.status, test.body, got, test.want)
		}
	}
}
