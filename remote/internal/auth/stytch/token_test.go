package stytch_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/auth/stytch"
)

const projectID = "project-test-11111111-1111-4111-8111-111111111111"

// project is the smallest Stytch project there can be: keys and a policy.
type project struct {
	*httptest.Server
	key     *rsa.PrivateKey
	fetches int // of the keys
}

func startProject(t testing.TB) *project {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &project{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/sessions/jwks/{project}", func(w http.ResponseWriter, _ *http.Request) {
		p.fetches++
		json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "key-1",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("GET /v1/rbac/policy", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"policy":{"scopes":[{"scope":"todos:read"}]},"status_code":200}`))
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// now is the time of every test here.
var now = time.Now().Truncate(time.Second)

func (p *project) consumer(t testing.TB) *stytch.Consumer {
	t.Helper()
	c, err := stytch.New(t.Context(), stytch.Config{
		ProjectID: projectID, Secret: "secret", Domain: p.URL, HTTPClient: p.Client(),
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type claims = map[string]any

func (p *project) good() claims {
	return claims{
		"iss": p.URL, "aud": []string{projectID}, "sub": "user-1", "client_id": "connected-app-1", "scope": "openid todos:read",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "j",
	}
}

// with returns the good claims with one changed; nil takes it out.
func (p *project) with(name string, value any) claims {
	c := p.good()
	if c[name] = value; value == nil {
		delete(c, name)
	}
	return c
}

func header(more map[string]any) map[string]any {
	h := map[string]any{"alg": "RS256", "kid": "key-1", "typ": "JWT"}
	maps.Copy(h, more)
	for name, v := range h {
		if v == nil {
			delete(h, name)
		}
	}
	return h
}

func (p *project) sign(h map[string]any, c any) string {
	input := segment(h) + "." + segment(c)
	digest := sha256.Sum256([]byte(input))
	sig, _ := rsa.SignPKCS1v15(nil, p.key, crypto.SHA256, digest[:])
	return input + "." + b64(sig)
}

func segment(v any) string {
	if raw, ok := v.(string); ok {
		return b64([]byte(raw))
	}
	b, _ := json.Marshal(v)
	return b64(b)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestVerifyAccepts(t *testing.T) {
	p := startProject(t)
	c := p.consumer(t)
	for name, token := range map[string]string{
		"a good one":                   p.sign(header(nil), p.good()),
		"typ at+jwt":                   p.sign(header(map[string]any{"typ": "at+jwt"}), p.good()),
		"no typ":                       p.sign(header(map[string]any{"typ": nil}), p.good()),
		"audience as a string":         p.sign(header(nil), p.with("aud", projectID)),
		"audience with a resource":     p.sign(header(nil), p.with("aud", []string{projectID, "https://todo.example/mcp"})),
		"issuer of the API host":       p.sign(header(nil), p.with("iss", "stytch.com/"+projectID)),
		"more claims":                  p.sign(header(nil), p.with("extra", map[string]any{"a": 1})),
		"expired within the leeway":    p.sign(header(nil), p.with("exp", now.Add(-29*time.Second).Unix())),
		"not before within the leeway": p.sign(header(nil), p.with("nbf", now.Add(29*time.Second).Unix())),
	} {
		if _, err := c.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := c.Verify(t.Context(), p.sign(header(nil), p.good()))
	want := auth.Token{Subject: "user-1", ClientID: "connected-app-1", Scopes: []string{"openid", "todos:read"}, Expires: now.Add(time.Hour + 30*time.Second)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestVerifyRefuses is the corpus of reliability.md §4.1.
func TestVerifyRefuses(t *testing.T) {
	p := startProject(t)
	c := p.consumer(t)
	good := p.sign(header(nil), p.good())
	h, rest, _ := strings.Cut(good, ".")
	body, sig, _ := strings.Cut(rest, ".")
	public, _ := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	hs256 := func(key []byte) string {
		input := segment(header(map[string]any{"alg": "HS256"})) + "." + segment(p.good())
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return input + "." + b64(mac.Sum(nil))
	}
	tokens := map[string]string{
		"empty":                     "",
		"no dots":                   "abc",
		"two parts":                 h + "." + body,
		"four parts":                good + ".x",
		"ten thousand dots":         strings.Repeat(".", 10_000),
		"no signature":              h + "." + body + ".",
		"broken signature":          h + "." + body + "." + b64(make([]byte, 256)),
		"another body":              h + "." + segment(p.with("sub", "user-2")) + "." + sig,
		"padding":                   good + "=",
		"blank":                     " " + good,
		"standard base64":           h + "." + body + "." + strings.NewReplacer("-", "+", "_", "/").Replace(sig) + "+",
		"JSON serialisation":        `{"payload":"` + body + `","signatures":[]}`,
		"HS256 with the public key": hs256(public),
		"HS256 with the modulus":    hs256(p.key.N.Bytes()),
		"unknown kid":               p.sign(header(map[string]any{"kid": "key-2"}), p.good()),
		"kid of a file":             p.sign(header(map[string]any{"kid": "../../dev/null"}), p.good()),
		"kid of a query":            p.sign(header(map[string]any{"kid": "' OR 1=1 --"}), p.good()),
		"kid an array":              p.sign(header(map[string]any{"kid": []string{"key-1"}}), p.good()),
		"no kid":                    p.sign(header(map[string]any{"kid": nil}), p.good()),
		"a key of its own":          p.sign(header(map[string]any{"jwk": map[string]string{"kty": "RSA"}}), p.good()),
		"a key's address":           p.sign(header(map[string]any{"jku": p.URL}), p.good()),
		"a certificate's address":   p.sign(header(map[string]any{"x5u": p.URL}), p.good()),
		"a certificate":             p.sign(header(map[string]any{"x5c": []string{"a"}}), p.good()),
		"critical":                  p.sign(header(map[string]any{"crit": []string{"x"}}), p.good()),
		"not base64":                p.sign(header(map[string]any{"b64": false}), p.good()),
		"zipped":                    p.sign(header(map[string]any{"zip": "DEF"}), p.good()),
		"another type":              p.sign(header(map[string]any{"typ": "logout+jwt"}), p.good()),
		"nested":                    p.sign(header(map[string]any{"cty": "JWT"}), p.good()),
		"no claims":                 p.sign(header(nil), "null"),
		"claims an array":           p.sign(header(nil), "[]"),
		"a session JWT":             p.sign(header(nil), p.with("client_id", nil)),
		"an empty client":           p.sign(header(nil), p.with("client_id", "")),
	}
	for _, alg := range []string{"none", "None", "nOnE", "NONE", "", "RS512", "PS256", "ES256"} {
		tokens["alg "+alg] = p.sign(header(map[string]any{"alg": alg}), p.good())
	}
	for name, values := range map[string][]any{
		"aud": {nil, "", "project-test-2", projectID + "/", projectID[:20], []string{"other"}, []string{}, 7},
		"iss": {nil, "", "https://evil.example", p.URL + "/", strings.ToUpper(p.URL), "stytch.com/other"},
		"exp": {nil, now.Add(-31 * time.Second).Unix(), now.Add(-time.Hour).Unix(), "9999999999", -1, json.RawMessage("1e400")},
		"nbf": {now.Add(31 * time.Second).Unix(), now.Add(time.Hour).Unix()},
		"iat": {nil, now.Add(31 * time.Second).Unix()},
		"sub": {nil, "", 7},
	} {
		for _, v := range values {
			raw, _ := json.Marshal(v)
			tokens[name+" "+string(raw)] = p.sign(header(nil), p.with(name, v))
		}
	}
	tokens["exp 1e400"] = p.sign(header(nil), strings.Replace(mustJSON(p.with("exp", 777)), "777", "1e400", 1))
	fetches := p.fetches
	for name, token := range tokens {
		if got, err := c.Verify(t.Context(), token); err == nil {
			t.Errorf("%s was accepted: %+v", name, got)
		}
	}
	if n := p.fetches - fetches; n > 1 {
		t.Errorf("bad tokens made us fetch the keys %d times", n)
	}
}

func mustJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func FuzzVerify(f *testing.F) {
	p := startProject(f)
	c := p.consumer(f)
	good := p.sign(header(nil), p.good())
	f.Add(good)
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := c.Verify(t.Context(), token); err == nil && token != good {
			t.Errorf("accepted %q", token)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	p := startProject(b)
	c := p.consumer(b)
	token := p.sign(header(nil), p.good())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
