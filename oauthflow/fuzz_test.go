package oauthflow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseChallenge(t *testing.T) {
	const metadata = "https://todo.example/.well-known/oauth-protected-resource/mcp"
	tests := []struct {
		name   string
		header []string
		want   Challenge
	}{
		{"absent", nil, Challenge{Status: 401}},
		{"bare", []string{"Bearer"}, Challenge{Status: 401}},
		{
			"whole",
			[]string{`Bearer error="insufficient_scope", scope="todos:read todos:write", resource_metadata="` + metadata + `"`},
			Challenge{Status: 401, Error: "insufficient_scope", Scopes: []string{"todos:read", "todos:write"}, ResourceMetadata: metadata},
		},
		{"after another scheme", []string{`Basic realm="a, b", Bearer scope="x"`}, Challenge{Status: 401, Scopes: []string{"x"}}},
		{"in a second header", []string{`Negotiate`, `bearer ERROR=invalid_token`}, Challenge{Status: 401, Error: "invalid_token"}},
		{"after a malformed header", []string{`Bearer scope="x`, `Bearer scope="y"`}, Challenge{Status: 401, Scopes: []string{"y"}}},
		{"scopes that are none", []string{"Bearer scope=\"a \x1b[31m b\xc3\xa9 " + strings.Repeat("c", 200) + " d\""}, Challenge{Status: 401, Scopes: []string{"a", "d"}}},
	}
	for _, test := range tests {
		got := parseChallenge(401, http.Header{"Www-Authenticate": test.header})
		if len(got.Scopes) == 0 {
			got.Scopes = nil
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// FuzzChallenge: no header makes the parser panic, and what it lets through is fit for a request and a terminal.
func FuzzChallenge(f *testing.F) {
	for _, seed := range []string{
		"", "Bearer", `Bearer error="invalid_token", scope="a b", resource_metadata="https://a/b"`, `Basic realm="x\"y", Bearer scope=a`,
		`"`, `Bearer =`, `Bearer a="`, `Bearer a="\`, `Bearer ,,,`, `Bearer a=b,,c=d`, "Bearer scope=\"\x00\xff\u202e\"", `Bearer a="\\", b="c"`, `Bearer token68==`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c := parseChallenge(403, http.Header{"Www-Authenticate": {line}})
		if len(c.Scopes) > 64 {
			t.Errorf("%d scopes", len(c.Scopes))
		}
		for _, text := range append([]string{c.Error}, c.Scopes...) {
			if text != clean(text) {
				t.Errorf("%q came through", text)
			}
		}
		if c.wantsMoreScope() && len(c.Scopes) == 0 {
			t.Error("a step up to nothing")
		}
	})
}

// FuzzFile: no file makes the decoder panic, no error quotes it, and what is read can be written and read again.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"version":1}`, `{"version":1,"items":{"k":"v"}}`, `{"version":2}`, `{"version":1,"items":null}`, `{"version":1,"items":{"k":7}}`,
		`[]`, `null`, `{"version":"1"}`, `{"version":1,"items":{"k":"canary`, `{"version":1}{}`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		content, err := decodeFile(raw)
		if err != nil {
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the file: %v", err)
			}
			return
		}
		if content.Version != fileLayout || content.Items == nil {
			t.Errorf("content = %+v", content)
		}
	})
}

// FuzzGrant: no item makes the decoder panic, no error quotes it.
func FuzzGrant(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"v":1}`, `{"v":2}`, `{"v":1,"issued_at":"never"}`, `{"v":1,"access_token":"canary`, `{"v":1,"expires_at":"2026-01-01T00:00:00Z"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := decodeGrant(raw)
		if err != nil {
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the item: %v", err)
			}
			return
		}
		if _, err := g.encode(); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
