package account_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"todo.example/internal/account"
	"todo.example/internal/todo"
)

// TestPublicAddresses is the table of where webhooks may go.
func TestPublicAddresses(t *testing.T) {
	public := []string{"1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:800::200e", "::ffff:8.8.8.8"}
	private := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1",
		"5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "ff02::1",
	}
	for want, addresses := range map[bool][]string{true: public, false: private} {
		for _, a := range addresses {
			if got := account.IsPublic(netip.MustParseAddr(a)); got != want {
				t.Errorf("%s is public: %v", a, got)
			}
		}
	}
	if account.IsPublic(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestWebhookURLs(t *testing.T) {
	for _, tt := range []struct {
		url           string
		far, loopback bool // allowed by a server out there, by one on loopback
	}{
		{"https://example.com/hook?x=1", true, true},
		{"https://example.com:8443", true, true},
		{"https://8.8.8.8/x", true, true},
		{"https://[2606:4700::1111]/x", true, true},
		{"http://example.com/", false, false},
		{"http://8.8.8.8/", false, false},
		{"http://127.0.0.1:3001/x", false, true},
		{"http://localhost:3001/x", false, true},
		{"https://localhost/", false, true},
		{"http://[::1]:3001/", false, true},
		{"http://LOCALHOST./", false, true},
		{"https://a.localhost/", false, true},
		{"https://10.0.0.1/", false, false},
		{"https://169.254.169.254/latest/meta-data", false, false},
		{"https://[fc00::1]/", false, false},
		{"https://[::ffff:10.0.0.1]/", false, false},
		{"https://[fe80::1%25eth0]/", false, false},
		{"https://intranet/", false, false},
		{"https://2130706433/", false, false},
		{"https://0x7f000001/", false, false},
		{"https://user:password@example.com/", false, false},
		{"https://example.com/#x", false, false},
		{"https:example.com", false, false},
		{"https:///x", false, false},
		{"ftp://example.com/", false, false},
		{"file:///etc/passwd", false, false},
		{"javascript:alert(1)", false, false},
		{"//example.com/", false, false},
		{"example.com", false, false},
		{"", false, false},
		{"https://exa mple.com/", false, false},
		{"https://example.com/\n", false, false},
		{"https://example.com/é", false, false},
		{"https://example.com/" + strings.Repeat("x", 2048), false, false},
	} {
		for loopback, want := range map[bool]bool{false: tt.far, true: tt.loopback} {
			err := account.CheckURL(tt.url, loopback)
			if (err == nil) != want || err != nil && (errorCode(err) != todo.CodeInvalid || errorField(err) != "url") {
				t.Errorf("%q on loopback %v: %v", tt.url, loopback, err)
			}
		}
	}
}

// nameServer answers every question for an IPv4 address with the one that the
// first label spells ("10-0-0-1.example.com"), and returns a resolver that asks it.
func nameServer(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			conn.WriteTo(dnsAnswer(buf[:n]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func dnsAnswer(query []byte) []byte {
	end := 12
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	question := query[12 : end+5]
	label := string(query[13 : 13+query[12]])
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if question[len(question)-3] != 1 { // not A
		return reply
	}
	addr := netip.MustParseAddr(strings.ReplaceAll(label, "-", ".")).As4()
	reply[7] = 1
	reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(reply, addr[:]...)
}

// TestNamesThatLeadInside dials names for real: what counts is where they lead.
func TestNamesThatLeadInside(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inside.Close()
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	resolver := nameServer(t)
	for _, loopback := range []bool{false, true} {
		client := account.GuardedClient(resolver, loopback)
		for _, host := range []string{"127-0-0-1.example.com", "10-0-0-1.example.com", "169-254-169-254.example.com", "0-0-0-0.example.com", "[::ffff:127.0.0.1]", "169.254.169.254", "[fc00::1]"} {
			if loopback && strings.Contains(host, "127.0.0.1") {
				continue // of this machine by its own name
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+":"+port, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Do(r)
			if err == nil || !strings.Contains(err.Error(), "not a public address") {
				t.Errorf("%s, loopback %v: %v", host, loopback, err)
			}
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
	resp, err := account.GuardedClient(resolver, true).Post(inside.URL, "", nil) // the control
	if err != nil || reached.Load() != 1 {
		t.Fatalf("the test's own server cannot be reached: %v", err)
	}
	resp.Body.Close()
}

// TestRedirectsAreNotFollowed: where one leads was not what the person gave. Nor is a
// proxy asked, which would dial for us, unguarded.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var reached atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer elsewhere.Close()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer receiver.Close()
	client := account.GuardedClient(net.DefaultResolver, true)
	resp, err := client.Post(receiver.URL, "", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect || reached.Load() != 0 {
		t.Errorf("%s, %d requests went astray", resp.Status, reached.Load())
	}
	if account.UsesProxy(client) {
		t.Error("a proxy dials for us")
	}
}
