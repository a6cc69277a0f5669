package oauthflow

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestIsPublic(t *testing.T) {
	public := []string{"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"}
	private := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.1.2.3",
		"169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
		"192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::a9fe:a9fe", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
		"::ffff:192.168.1.1", "::ffff:100.64.0.1", "::ffff:192.0.2.1", "::ffff:0.0.0.0", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:0:4136:e378::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1",
		"fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
	}
	for _, s := range public {
		if !isPublic(netip.MustParseAddr(s)) {
			t.Errorf("%s is public", s)
		}
	}
	for _, s := range private {
		if isPublic(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
}

func guardOf(t *testing.T, resource string) guard {
	t.Helper()
	u, err := canonicalResource(resource)
	if err != nil {
		t.Fatal(err)
	}
	return newGuard(u)
}

func TestGuardChecksWhatAResourceNames(t *testing.T) {
	tests := []struct {
		resource, named string
		ok              bool
	}{
		{"https://todo.example/mcp", "https://login.example/token", true},
		{"https://todo.example/mcp", "https://127.0.0.1/token", false},
		{"https://todo.example/mcp", "http://localhost:3000/token", false},
		{"https://todo.example/mcp", "https://LOCALHOST/token", false},
		{"https://todo.example/mcp", "https://[::1]/token", false},
		{"https://todo.example/mcp", "https://[::ffff:10.0.0.1]/token", false},
		{"https://todo.example/mcp", "https://169.254.169.254/latest", false},
		{"https://todo.example/mcp", "https://10.0.0.1/token", false},
		{"https://192.168.1.5/mcp", "https://192.168.1.5:8443/token", true}, // the person chose that host
		{"https://192.168.1.5/mcp", "https://192.168.1.6/token", false},
		{"http://127.0.0.1:3000", "http://localhost:3001/token", true},
		{"http://127.0.0.1:3000", "https://test.stytch.dev/token", true},
		{"http://127.0.0.1:3000", "http://login.example/token", false},
	}
	for _, test := range tests {
		_, err := guardOf(t, test.resource).check("token_endpoint", test.named)
		if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s names %s: %v, want ok %v", test.resource, test.named, err, test.ok)
		}
	}
}

// TestGuardChecksWhatANameResolvesTo: the address counts, at the moment it is dialled.
func TestGuardChecksWhatANameResolvesTo(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	target := net.JoinHostPort("localhost", port)
	tests := []struct {
		name     string
		resource string
		proxies  map[string]bool
		ok       bool
	}{
		{"a public resource", "https://todo.example/mcp", nil, false},
		{"a resource on this machine", "http://127.0.0.1:3000/mcp", nil, true},
		{"the configured proxy", "https://todo.example/mcp", map[string]bool{target: true}, true},
	}
	for _, test := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		conn, err := guardOf(t, test.resource).dial(test.proxies)(ctx, "tcp4", target)
		cancel()
		if err == nil {
			conn.Close()
		}
		if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: %v, want ok %v", test.name, err, test.ok)
		}
	}
}

func TestCanonicalResource(t *testing.T) {
	good := map[string]string{
		"https://todo.example":           "https://todo.example",
		"https://todo.example/":          "https://todo.example",
		"https://todo.example/mcp":       "https://todo.example/mcp",
		"https://todo.example/mcp/":      "https://todo.example/mcp/",
		"https://todo.example:8443/a?b=": "https://todo.example:8443/a?b=",
		"http://localhost:3000/mcp":      "http://localhost:3000/mcp",
		"http://[::1]:3000/mcp":          "http://[::1]:3000/mcp",
	}
	for raw, want := range good {
		u, err := canonicalResource(raw)
		if err != nil || u.String() != want {
			t.Errorf("%s became %v, %v", raw, u, err)
		}
	}
	for _, raw := range []string{
		"", "todo.example", "/mcp", "http://todo.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
		"http://0.0.0.0", "ftp://todo.example", "https://a@todo.example", "https://todo.example#", "https://todo.example#a", "https://",
	} {
		if u, err := canonicalResource(raw); err == nil {
			t.Errorf("%q became %v", raw, u)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	origin := &url.URL{Scheme: "https", Host: "todo.example"}
	for raw, want := range map[string]bool{
		"https://todo.example/a":     true,
		"https://TODO.example:443/":  true,
		"http://todo.example/":       false,
		"https://todo.example:444/":  false,
		"https://todo.example.evil/": false,
		"https://xtodo.example/":     false,
		"http://todo.example:443/":   false,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameOrigin(u, origin); got != want {
			t.Errorf("%s: %v, want %v", raw, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	if got := clean("a\x1b[31m\u202eb\r\nc\x00é"); got != "a[31mbc" {
		t.Errorf("clean = %q", got)
	}
	if got := clean(strings.Repeat("x", 1000)); len(got) != 203 {
		t.Errorf("%d characters", len(got))
	}
}
