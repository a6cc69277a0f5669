package identity

import (
	"net/url"
	"strings"
	"testing"
)

func TestMatchRedirectURI(t *testing.T) {
	registered := []string{
		"http://127.0.0.1/callback", "http://localhost:8080/cb?x=1", "http://[::1]:3000/", "https://app.example/cb", "com.example.app:/cb",
	}
	for given, want := range map[string]string{
		"http://127.0.0.1/callback":            "http://127.0.0.1/callback",
		"http://127.0.0.1:1/callback":          "http://127.0.0.1/callback",
		"http://127.0.0.1:65535/callback":      "http://127.0.0.1/callback",
		"http://localhost:9/cb?x=1":            "http://localhost:8080/cb?x=1",
		"http://localhost/cb?x=1":              "http://localhost:8080/cb?x=1",
		"http://[::1]:9/":                      "http://[::1]:3000/",
		"https://app.example/cb":               "https://app.example/cb",
		"com.example.app:/cb":                  "com.example.app:/cb",
		"http://127.0.0.1:0/callback":          "",
		"http://127.0.0.1:65536/callback":      "",
		"http://127.0.0.1:/callback":           "",
		"http://127.0.0.1:+80/callback":        "",
		"http://127.0.0.1:80x/callback":        "",
		"http://127.0.0.1:80:80/callback":      "",
		"http://127.0.0.1:8080@evil/":          "",
		"http://127.0.0.1:80/callback/":        "",
		"http://127.0.0.1:80/Callback":         "",
		"http://127.0.0.1:80/callback?":        "",
		"http://127.0.0.1:80/callback#":        "",
		"http://127.0.0.1:80/callback?x=1":     "",
		"http://127.0.0.1:80//callback":        "",
		"http://127.0.0.1:80/./callback":       "",
		"http://127.0.0.1:80/%63allback":       "",
		"http://127.0.0.1:80":                  "",
		"http://127.0.0.1.evil/callback":       "",
		"http://127.0.0.1.evil:80/callback":    "",
		"http://127.0.0.1@evil/callback":       "",
		"http://evil@127.0.0.1/callback":       "",
		"http://127.0.0.2/callback":            "",
		"http://127.1/callback":                "",
		"http://0x7f000001/callback":           "",
		"http://2130706433/callback":           "",
		"http://localhost/callback":            "",
		"http://[::1]/callback":                "",
		"http://[0:0:0:0:0:0:0:1]:9/":          "",
		"http://[::ffff:127.0.0.1]/":           "",
		"http://localhost.evil/cb?x=1":         "",
		"http://localhost:9/cb?x=1&y=2":        "",
		"http://localhost:9/cb":                "",
		"http://LOCALHOST:9/cb?x=1":            "",
		"HTTP://127.0.0.1/callback":            "",
		"https://127.0.0.1/callback":           "",
		"http://127.0.0.1\\callback":           "",
		" http://127.0.0.1/callback":           "",
		"http://127.0.0.1/callback\n":          "",
		"https://app.example:443/cb":           "",
		"https://app.example:8443/cb":          "",
		"https://app.example/cb?x=1":           "",
		"https://app.example/CB":               "",
		"https://APP.example/cb":               "",
		"https://app.example./cb":              "",
		"https://app.example/cb/../cb":         "",
		"https://app.example":                  "",
		"https://app.example/":                 "",
		"https://app.example.evil/cb":          "",
		"https://app.example@evil/cb":          "",
		"https://evil/?https://app.example/cb": "",
		"http://app.example/cb":                "",
		"//app.example/cb":                     "",
		"/cb":                                  "",
		"":                                     "",
		"com.example.app:/cb/x":                "",
		"com.example.app://cb":                 "",
		"javascript:alert(1)":                  "",
	} {
		got, ok := matchRedirectURI(registered, given)
		if got != want || ok != (want != "") {
			t.Errorf("matchRedirectURI(%q) = %q, %t; want %q", given, got, ok, want)
		}
	}
}

func TestCheckRedirectURI(t *testing.T) {
	for _, uri := range []string{
		"https://app.example/cb", "https://app.example:8443/cb?x=1", "http://127.0.0.1/cb", "http://127.0.0.1:33418",
		"http://localhost:6274/oauth/callback", "http://[::1]:1/", "com.example.app:/cb", "com.example.app://oauth",
	} {
		if err := checkRedirectURI(uri); err != nil {
			t.Errorf("%q is refused: %v", uri, err)
		}
	}
	for _, uri := range []string{
		"", "/cb", "app.example/cb", "//app.example/cb", "https:", "https://", "https:///cb", "https://:443/",
		"http://app.example/cb", "http://127.0.0.1.evil/", "http://10.0.0.1/", "http://127.0.0.1:99999/",
		"https://app.example/cb#f", "https://app.example/cb#", "https://*.example/cb", "https://app.example/*",
		"https://user@app.example/cb", "https://user:pw@app.example/cb", "https://app.example/a b", "https://app.example/\n",
		"https://app.example\\@evil/", "https://app.example/é", "https://app.example/<x>", "https://app.example/%zz",
		"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "about:blank", "app:/cb", "cursor://cb",
		"https://app.example/" + strings.Repeat("x", 2000),
	} {
		if err := checkRedirectURI(uri); err == nil {
			t.Errorf("%q is accepted", uri)
		}
	}
}

// FuzzMatchRedirectURI holds that a match differs from what was registered in the port of a loopback URI at most, as
// net/url reads the two.
func FuzzMatchRedirectURI(f *testing.F) {
	f.Add("http://127.0.0.1/callback", "http://127.0.0.1:1234/callback")
	f.Add("http://[::1]:1/", "http://[::1]/")
	f.Add("http://localhost?x=1", "http://localhost:80?x=1")
	f.Add("https://app.example/cb", "https://app.example:443/cb")
	f.Add("http://127.0.0.1/", "http://127.0.0.1:80@evil/")
	f.Fuzz(func(t *testing.T, registered, given string) {
		if checkRedirectURI(registered) != nil {
			t.Skip("cannot be registered")
		}
		if _, ok := matchRedirectURI([]string{registered}, given); !ok || registered == given {
			return
		}
		if err := checkRedirectURI(given); err != nil {
			t.Fatalf("%q matches %q but cannot be registered: %v", given, registered, err)
		}
		a, errA := url.Parse(registered)
		b, errB := url.Parse(given)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if a.Scheme != "http" || b.Hostname() != a.Hostname() || (b.Hostname() != "127.0.0.1" && b.Hostname() != "::1" && b.Hostname() != "localhost") {
			t.Fatalf("%q matches %q", given, registered)
		}
		a.Host, b.Host = "", ""
		if a.String() != b.String() {
			t.Fatalf("%q matches %q", given, registered)
		}
	})
}

func FuzzReadParams(f *testing.F) {
	f.Add("grant_type=authorization_code&code=x&resource=a&resource=b", true)
	f.Add(`{"grant_type":"refresh_token","resource":["a","b"]}`, false)
	f.Add("a=%zz&;", true)
	f.Add(`{"a":"\ud800","a":1}`, false)
	f.Fuzz(func(t *testing.T, body string, form bool) {
		parse := parseForm
		if !form {
			parse = func(body string) (params, error) { return parseJSONParams([]byte(body)) }
		}
		p, err := parse(body)
		if err != nil {
			if p != nil {
				t.Fatal("parameters beside an error")
			}
			return
		}
		for name, values := range p {
			if name != "resource" && len(values) != 1 {
				t.Fatalf("%q has %d values", name, len(values))
			}
		}
	})
}

func FuzzVerify(f *testing.F) {
	ring := testKeyring(f)
	good, err := ring.sign(accessClaims{Subject: "x", Audience: []string{"y"}, Expires: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(strings.Repeat(".", 100))
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := ring.verify(token); (err == nil) != (c != nil) || (err == nil && c.Subject != "x") {
			t.Fatalf("verify(%q) = %+v, %v", token, c, err)
		}
	})
}
