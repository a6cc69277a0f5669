package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/remote/internal/auth"
)

var challenge = strings.Repeat("c", 43)

// query is an authorization request that is in order, changed by pairs of name and
// value; no value removes the parameter, and "+name" adds another one.
func query(change ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {"claude"}, "redirect_uri": {"https://claude.example/callback"},
		"scope": {"openid todos:read todos:write"}, "state": {"s1 &=+é"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		name, value := change[i], change[i+1]
		switch {
		case strings.HasPrefix(name, "+"):
			q.Add(name[1:], value)
		case value == "":
			q.Del(name)
		default:
			q.Set(name, value)
		}
	}
	return q
}

func authorizePath(q url.Values) string { return "/oauth/authorize?" + q.Encode() }

// TestRefusals holds every fault of an authorization request to its answer, by
// redirect to the exact registered URI (RFC 6749 §4.1.2.1, RFC 9207).
func TestRefusals(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	for name, tt := range map[string]struct {
		change []string
		code   string
	}{
		"response_type missing":        {[]string{"response_type", ""}, "invalid_request"},
		"response_type token":          {[]string{"response_type", "token"}, "unsupported_response_type"},
		"response_type code token":     {[]string{"response_type", "code token"}, "unsupported_response_type"},
		"response_type unknown":        {[]string{"response_type", "Code"}, "unsupported_response_type"},
		"response_mode fragment":       {[]string{"response_mode", "fragment"}, "invalid_request"},
		"code_challenge missing":       {[]string{"code_challenge", ""}, "invalid_request"},
		"code_challenge of 42":         {[]string{"code_challenge", strings.Repeat("c", 42)}, "invalid_request"},
		"code_challenge of 44":         {[]string{"code_challenge", strings.Repeat("c", 44)}, "invalid_request"},
		"code_challenge of 128":        {[]string{"code_challenge", strings.Repeat("c", 128)}, "invalid_request"},
		"code_challenge no hash":       {[]string{"code_challenge", strings.Repeat("c", 42) + "b"}, "invalid_request"},
		"code_challenge not base64url": {[]string{"code_challenge", strings.Repeat("c", 42) + "~"}, "invalid_request"},
		"nonce not UTF-8":              {[]string{"nonce", "\xff"}, "invalid_request"},
		"code_challenge of 129":        {[]string{"code_challenge", strings.Repeat("c", 129)}, "invalid_request"},
		"code_challenge bad character": {[]string{"code_challenge", strings.Repeat("c", 42) + "+"}, "invalid_request"},
		"code_challenge line end":      {[]string{"code_challenge", challenge + "\n"}, "invalid_request"},
		"method missing":               {[]string{"code_challenge_method", ""}, "invalid_request"},
		"method plain":                 {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"method unknown":               {[]string{"code_challenge_method", "s256"}, "invalid_request"},
		"scope unknown":                {[]string{"scope", "openid todos:admin"}, "invalid_scope"},
		"scope malformed":              {[]string{"scope", `openid "todos"`}, "invalid_scope"},
		"scope with two blanks":        {[]string{"scope", "openid  email"}, "invalid_scope"},
		"scope repeated":               {[]string{"+scope", "email"}, "invalid_request"},
		"challenge repeated":           {[]string{"+code_challenge", challenge}, "invalid_request"},
		"unknown parameter repeated":   {[]string{"+x", "1", "+x", "2"}, "invalid_request"},
		"resource relative":            {[]string{"resource", "/mcp"}, "invalid_target"},
		"resource with fragment":       {[]string{"resource", s.URL + "/mcp#x"}, "invalid_target"},
		"resource with empty fragment": {[]string{"resource", s.URL + "/mcp#"}, "invalid_target"},
		"resource of another server":   {[]string{"resource", "https://other.example/mcp"}, "invalid_target"},
		"resource below ours":          {[]string{"resource", s.URL + "/mcp/"}, "invalid_target"},
		"resource beside ours":         {[]string{"resource", s.URL + "/api"}, "invalid_target"},
		"resource with query":          {[]string{"resource", s.URL + "/mcp?x"}, "invalid_target"},
		"resource with user":           {[]string{"resource", strings.Replace(s.URL, "//", "//x@", 1) + "/mcp"}, "invalid_target"},
		"second resource foreign":      {[]string{"+resource", s.URL + "/mcp", "+resource", "https://other.example"}, "invalid_target"},
		"request object":               {[]string{"request", "eyJ"}, "request_not_supported"},
		"request by reference":         {[]string{"request_uri", "https://claude.example/r"}, "request_uri_not_supported"},
		"prompt none":                  {[]string{"prompt", "none"}, "consent_required"},
		"prompt none and more":         {[]string{"prompt", "none login"}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			location := p.get(authorizePath(query(tt.change...))).redirects("https://claude.example/callback?")
			u, err := url.Parse(location)
			if err != nil {
				t.Fatal(err)
			}
			got := u.Query()
			if got.Get("error_description") == "" || strings.ContainsAny(got.Get("error_description"), "\"\\") {
				t.Errorf("error_description %q", got.Get("error_description"))
			}
			got.Del("error_description")
			want := url.Values{"error": {tt.code}, "state": {"s1 &=+é"}, "iss": {"https://issuer.example"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
	if s.identity.issued() != 0 {
		t.Error("a code was issued")
	}
}

func TestRefusalOfRepeatedStateNamesNone(t *testing.T) {
	location := newSite(t).signedIn(t, ada).get(authorizePath(query("+state", "other"))).redirects("https://claude.example/callback?")
	if strings.Contains(location, "state=") {
		t.Errorf("the answer picked a state: %s", location)
	}
}

func TestRefusalKeepsEveryByteOfTheState(t *testing.T) {
	location := newSite(t).signedIn(t, ada).get(authorizePath(query("state", "a\xffb"))).redirects("https://claude.example/callback?")
	if !strings.HasSuffix(location, "&state=a%FFb") || !strings.Contains(location, "error=invalid_request") {
		t.Errorf("the answer is %s", location)
	}
}

func TestRefusalKeepsTheRegisteredQuery(t *testing.T) {
	q := query("client_id", "query", "redirect_uri", "https://query.example/callback?tenant=7", "response_type", "token")
	newSite(t).signedIn(t, ada).get(authorizePath(q)).redirects("https://query.example/callback?tenant=7&error=")
}

// TestUntrustedRequests holds that nothing is ever sent to an address that is not
// known good, signed in or not.
func TestUntrustedRequests(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	for name, tt := range map[string]struct {
		change    []string
		signedOut bool // it is refused before anybody signs in, too
	}{
		"client missing":          {[]string{"client_id", ""}, true},
		"client repeated":         {[]string{"+client_id", "cli"}, true},
		"client unknown":          {[]string{"client_id", "nobody"}, false},
		"redirect missing":        {[]string{"redirect_uri", ""}, true},
		"redirect repeated":       {[]string{"+redirect_uri", "https://evil.example/"}, true},
		"redirect of another":     {[]string{"redirect_uri", "http://127.0.0.1:4321/callback"}, false},
		"redirect longer":         {[]string{"redirect_uri", "https://claude.example/callback/.."}, false},
		"redirect with query":     {[]string{"redirect_uri", "https://claude.example/callback?x"}, false},
		"redirect other case":     {[]string{"redirect_uri", "https://claude.example/Callback"}, false},
		"redirect with user":      {[]string{"redirect_uri", "https://claude.example@evil.example/callback"}, false},
		"redirect script":         {[]string{"redirect_uri", "javascript:alert(1)"}, false},
		"redirect relative":       {[]string{"redirect_uri", "/callback"}, false},
		"unknown and in disorder": {[]string{"client_id", "nobody", "response_type", "token"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := authorizePath(query(tt.change...))
			askers := []*person{p}
			if tt.signedOut {
				askers = append(askers, s.visitor(t))
			}
			for _, asker := range askers {
				a := asker.get(path).status(http.StatusBadRequest)
				if location := a.Header.Get("Location"); location != "" {
					t.Errorf("redirects to %s", location)
				}
			}
		})
	}
	p.get("/oauth/authorize?client_id=%zz").status(http.StatusBadRequest)
	s.visitor(t).get(authorizePath(query("prompt", "none"))).status(http.StatusBadRequest)
}

func TestConsentPage(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	page := p.get(authorizePath(query("scope", "openid todos:read todos:write offline_access admin"))).status(http.StatusOK)
	page.shows("<bdi>Claude</bdi> wants to use your list", "<b>claude.example</b>", ada, ">Allow</button>", ">Deny</button>",
		"See your todos, with their notes", "Add, change, complete, reopen and delete todos", "Keep this access while you are away",
		"not yours to give", "<li>admin</li>", "Use another account").hides("on this computer")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://claude.example;") {
		t.Errorf("policy %q does not let the form lead to the client", csp)
	}

	local := p.get(authorizePath(query("client_id", "cli", "redirect_uri", "http://127.0.0.1:4321/callback"))).status(http.StatusOK)
	local.shows("An app on this computer (<b>127.0.0.1:4321</b>)", "Allow this only if you have just started connecting it yourself")
	if csp := local.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:4321;") {
		t.Errorf("policy %q does not let the form lead to the client", csp)
	}

	p.get(authorizePath(query("client_id", "cursor", "redirect_uri", "cursor://anysphere.cursor/callback"))).status(http.StatusOK).
		shows("opens <b>cursor:</b> links")

	s.identity.strict = false
	p.get(authorizePath(query("scope", "openid"))).shows("access is not limited here")
}

func TestDecisions(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	for decision, want := range map[string]url.Values{
		"allow": {"code": {"code-1"}, "state": {"s1 &=+é"}, "iss": {"https://issuer.example"}},
		"deny":  {"error": {"access_denied"}, "error_description": {"the person said no"}, "state": {"s1 &=+é"}, "iss": {"https://issuer.example"}},
	} {
		q := query("scope", "openid offline_access", "+resource", s.URL+"/mcp", "nonce", "n1")
		page := p.get(authorizePath(q)).status(http.StatusOK)
		location := p.post("/oauth/authorize", url.Values{"request": {page.hidden("request")}, "token": {page.hidden("token")}, "decision": {decision}}).
			redirects("https://claude.example/callback?")
		u, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, u.Query()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", decision, diff)
		}
	}
	if n := s.identity.issued(); n != 1 {
		t.Errorf("%d codes were issued, want 1", n)
	}
	want := auth.AuthorizationRequest{
		ClientID: "claude", RedirectURI: "https://claude.example/callback", ResponseType: "code", Scopes: []string{"openid", "offline_access"},
		State: "s1 &=+é", Nonce: "n1", CodeChallenge: challenge, Resources: []string{s.URL + "/mcp"},
	}
	if diff := cmp.Diff(want, s.identity.last); diff != "" {
		t.Errorf("the provider was asked (-want +got):\n%s", diff)
	}
}

func TestDefaultScopes(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	for strict, want := range map[bool][]string{
		true:  {"openid", "email", "profile", "todos:read", "todos:write"},
		false: {"openid", "email", "profile"},
	} {
		s.identity.strict = strict
		page := p.get(authorizePath(query("scope", ""))).status(http.StatusOK)
		p.post("/oauth/authorize", url.Values{"request": {page.hidden("request")}, "token": {page.hidden("token")}, "decision": {"allow"}}).redirects("https://claude.example/callback?")
		if diff := cmp.Diff(want, s.identity.last.Scopes); diff != "" {
			t.Errorf("strict %v (-want +got):\n%s", strict, diff)
		}
	}
}

// TestForgedDecisions holds that no code is issued for a decision that does not
// carry the token of this session and this request.
func TestForgedDecisions(t *testing.T) {
	s := newSite(t)
	p, mallory := s.signedIn(t, ada), s.signedIn(t, "mallory@example.com")
	q := query()
	page := p.get(authorizePath(q))
	good := url.Values{"request": {page.hidden("request")}, "token": {page.hidden("token")}, "decision": {"allow"}}
	foreign := mallory.get(authorizePath(q)).hidden("token")
	other := p.get(authorizePath(query("scope", "openid"))).hidden("token")
	for name, change := range map[string]url.Values{
		"no token":                  {"token": nil},
		"empty token":               {"token": {""}},
		"another session's token":   {"token": {foreign}},
		"another request's token":   {"token": {other}},
		"token cut short":           {"token": {good.Get("token")[:20]}},
		"no request":                {"request": nil},
		"request with more scopes":  {"request": {query("scope", "openid todos:write admin").Encode()}},
		"request in disorder":       {"request": {query("code_challenge_method", "plain").Encode()}},
		"request of another client": {"request": {query("client_id", "cli", "redirect_uri", "http://127.0.0.1:4321/callback").Encode()}},
	} {
		form := url.Values{}
		maps.Copy(form, good)
		maps.Copy(form, change)
		if a := p.post("/oauth/authorize", form); a.StatusCode != http.StatusForbidden || a.Header.Get("Location") != "" {
			t.Errorf("%s: status %d, location %q", name, a.StatusCode, a.Header.Get("Location"))
		}
	}
	s.visitor(t).post("/oauth/authorize", good).status(http.StatusForbidden)
	inQuery := p.request(http.MethodPost, "/oauth/authorize?"+good.Encode(), url.Values{})
	p.do(inQuery).status(http.StatusForbidden)
	for _, site := range []string{"cross-site", "same-site"} {
		r := p.request(http.MethodPost, "/oauth/authorize", good)
		r.Header.Set("Sec-Fetch-Site", site)
		p.do(r).status(http.StatusForbidden)
	}
	noDecision := maps.Clone(good)
	noDecision.Del("decision")
	p.post("/oauth/authorize", noDecision).status(http.StatusBadRequest)
	if n := s.identity.issued(); n != 0 {
		t.Fatalf("%d codes were issued", n)
	}
	p.post("/oauth/authorize", good).redirects("https://claude.example/callback?code=code-1")
}

// TestConsentIsAskedAgain holds that only what was granted goes without a question:
// to the same client, for the same scopes, and never where any program on the
// computer could pass for the client.
func TestConsentIsAskedAgain(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	s.identity.grants["user-"+ada+" claude"] = []string{"openid", "todos:read"}
	s.identity.grants["user-"+ada+" cli"] = []string{"openid", "todos:read"}
	granted := []string{"scope", "openid todos:read"}
	p.get(authorizePath(query(granted...))).redirects("https://claude.example/callback?code=")
	p.get(authorizePath(query(append(granted, "prompt", "none")...))).redirects("https://claude.example/callback?code=")

	p.get(authorizePath(query())).status(http.StatusOK)
	p.get(authorizePath(query("scope", "openid todos:read offline_access"))).status(http.StatusOK)
	s.signedIn(t, "eve@example.com").get(authorizePath(query(granted...))).status(http.StatusOK)
	local := slices.Concat(granted, []string{"client_id", "cli", "redirect_uri", "http://127.0.0.1:4321/callback"})
	p.get(authorizePath(query(local...))).status(http.StatusOK)
	p.get(authorizePath(query(append(local, "prompt", "none")...))).redirects("http://127.0.0.1:4321/callback?error=consent_required")

	issued := s.identity.issued()
	page := p.get(authorizePath(query(local...)))
	p.post("/oauth/authorize", url.Values{"request": {page.hidden("request")}, "token": {page.hidden("token")}, "decision": {"deny"}}).
		redirects("http://127.0.0.1:4321/callback?error=access_denied")
	if s.identity.issued() != issued {
		t.Error("a denial issued a code, because the app was allowed before")
	}
}

// TestSignInOnTheWay follows a person who is not signed in through sign-in to the
// decision with the request whole.
func TestSignInOnTheWay(t *testing.T) {
	s := newSite(t)
	p := s.visitor(t)
	q := query("+resource", s.URL+"/mcp", "+resource", s.URL)
	login := p.get(authorizePath(q)).redirects("/login?return_to=")
	page := p.get(login)
	p.post("/login", url.Values{"email": {ada}, "return_to": {page.hidden("return_to")}}).redirects("/login/code")
	back := p.post("/login/code", url.Values{"code": {s.identity.mailed(ada)}}).redirects("/oauth/authorize?")
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(q, u.Query()); diff != "" {
		t.Errorf("the request changed on the way (-want +got):\n%s", diff)
	}
	consent := p.get(back).status(http.StatusOK)

	other := p.post("/logout", url.Values{"return_to": {"/oauth/authorize?" + consent.hidden("request")}}).redirects("/login?return_to=%2Foauth%2Fauthorize")
	p.get(other).status(http.StatusOK).shows(`value="/oauth/authorize?`)
}

// TestOriginAsResource holds that the origin may be written with a slash, as
// clients do that parse it as a URL.
func TestOriginAsResource(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	for _, resource := range []string{s.URL, s.URL + "/", s.URL + "/mcp"} {
		p.get(authorizePath(query("resource", resource))).status(http.StatusOK)
	}
}

// TestSessionEndedElsewhere signs in again whoever still holds the cookies of a
// session that only the provider knows to have ended.
func TestSessionEndedElsewhere(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	s.identity.endSessions(ada)
	login := p.get(authorizePath(query())).redirects("/login?return_to=%2Foauth%2Fauthorize")
	p.get(login).status(http.StatusOK) // and not back again, for the cookies are gone
	p.get("/todoapp").redirects("/login")
}

func TestClientNamesAreTamed(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	for name, want := range map[string]string{
		"Claude\u202eedualC":      "ClaudeedualC",
		"  A\r\n\tB  ":            "A B",
		"":                        "An app without a name",
		"\u200b":                  "An app without a name",
		"<script>alert(1)<b>":     "&lt;script&gt;alert(1)&lt;b&gt;",
		strings.Repeat("x", 1000): strings.Repeat("x", 64) + "…</bdi>",
	} {
		s.identity.clients["claude"] = client{name, "https://claude.example/callback"}
		p.get(authorizePath(query())).status(http.StatusOK).shows("<bdi>" + want)
	}
}
