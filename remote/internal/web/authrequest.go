package web

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// authorization is an OAuth 2.1 authorization request.
type authorization struct {
	query   url.Values // as it arrived
	request auth.AuthorizationRequest
	refusal *refusal // what is wrong with it, if anything is
}

// refusal is an error that the client is told, by redirect (RFC 6749 §4.1.2.1).
type refusal struct {
	code        string
	description string // ASCII without quotes and backslashes
}

func (e *refusal) Error() string { return e.code + ": " + e.description }

// parseAuthorization reads the query of an authorization request made to origin.
// It fails where the client or its redirect URI are not named exactly once: then
// nobody but the person may be told. Anything else that is wrong is in refusal.
func parseAuthorization(rawQuery, origin string) (authorization, error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return authorization{}, untrusted("the address is damaged", err)
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(q[name]) != 1 || q.Get(name) == "" {
			return authorization{}, untrusted("the app must send one "+name, nil)
		}
	}
	a := authorization{query: q, refusal: check(q, origin)}
	a.request = auth.AuthorizationRequest{
		ClientID: q.Get("client_id"), RedirectURI: q.Get("redirect_uri"), ResponseType: q.Get("response_type"),
		Scopes: strings.Fields(q.Get("scope")), State: q.Get("state"), Nonce: q.Get("nonce"), Prompt: q.Get("prompt"),
		CodeChallenge: q.Get("code_challenge"), Resources: q["resource"],
	}
	return a, nil
}

// untrusted is the answer, a page, to a request whose client or redirect URI is
// not known good: a redirect would make this server an open redirector.
func untrusted(why string, cause error) error {
	return &todo.Error{Code: todo.CodeBadRequest, Message: "this app's request to connect cannot be used: " + why, Hint: "go back to the app and connect again; if it goes on, the app is at fault", Cause: cause}
}

var (
	challengePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$`)                    // a SHA-256 hash in base64url: RFC 7636 §4.2
	scopePattern     = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$`) // RFC 6749 §3.3
)

// check looks at what the provider's API has no field for or does not refuse.
// A missing response_type is refused, as RFC 6749 §4.1.2.1 has it, although
// Stytch's own pages take it for "code".
func check(q url.Values, origin string) *refusal {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if len(q[name]) > 1 && name != "resource" { // RFC 8707 §2 lets that repeat
			return &refusal{"invalid_request", "a parameter is repeated"}
		}
		if !utf8.ValidString(strings.Join(q[name], "")) { // it would not reach the client as it came
			return &refusal{"invalid_request", "a parameter is not UTF-8"}
		}
	}
	switch {
	case q.Has("request"):
		return &refusal{"request_not_supported", "request objects are not supported"}
	case q.Has("request_uri"):
		return &refusal{"request_uri_not_supported", "request objects are not supported"}
	case q.Get("response_type") == "":
		return &refusal{"invalid_request", "response_type is missing"}
	case q.Get("response_type") != "code":
		return &refusal{"unsupported_response_type", "response_type must be code"}
	case q.Has("response_mode") && q.Get("response_mode") != "query":
		return &refusal{"invalid_request", "response_mode must be query"}
	case q.Get("code_challenge_method") != "S256":
		return &refusal{"invalid_request", "code_challenge_method must be S256"}
	case !challengePattern.MatchString(q.Get("code_challenge")):
		return &refusal{"invalid_request", "code_challenge must be the base64url form of a SHA-256 hash"}
	case q.Get("scope") != "" && !scopePattern.MatchString(q.Get("scope")):
		return &refusal{"invalid_scope", "scope is malformed"}
	case strings.Contains(q.Get("prompt"), "none") && q.Get("prompt") != "none":
		return &refusal{"invalid_request", "prompt none allows no other value"}
	}
	for _, resource := range q["resource"] {
		if !ours(resource, origin) {
			return &refusal{"invalid_target", "resource must be the MCP endpoint of this server or its origin"}
		}
	}
	return nil
}

// ours reports whether a resource indicator (RFC 8707 §2) is one of auth.Site's
// Resources. Clients that parse the origin as a URL send it with a slash, which
// means the same (RFC 3986 §6.2.3).
func ours(resource, origin string) bool {
	return resource == origin+auth.MCPPath || strings.TrimSuffix(resource, "/") == origin
}

// silent reports whether the client forbids to ask the person anything.
func (a authorization) silent() bool { return a.query.Get("prompt") == "none" }

// canonical is the request in one form: what consent is bound to.
func (a authorization) canonical() string { return a.query.Encode() }

// refuse returns where to send the browser to tell the client. The redirect URI
// must be known good.
func (a authorization) refuse(e *refusal, issuer string) string {
	answer := url.Values{"error": {e.code}, "error_description": {e.description}, "iss": {issuer}}
	if states := a.query["state"]; len(states) == 1 {
		answer.Set("state", states[0])
	}
	return withQuery(a.request.RedirectURI, answer)
}

// withQuery adds parameters to a URI and leaves every byte of it as it is.
func withQuery(uri string, add url.Values) string {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + add.Encode()
}

// destination is where a redirect URI leads, as the consent page shows it.
type destination struct {
	Host   string // of an https or loopback URI
	Scheme string // of any other: an app on this device that registered it
	Local  bool   // on this computer, where any program can listen
	source string // the same as a source of form-action
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9.\-]+(:[0-9]+)?$`)

func destinationOf(redirectURI string) (destination, error) {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme == "" {
		return destination{}, untrusted("its redirect address is not absolute", err)
	}
	switch u.Scheme {
	case "https", "http":
		d := destination{Host: u.Host, Local: httpx.IsLoopback(u.Hostname()), source: u.Scheme + "://" + u.Host}
		if !hostPattern.MatchString(u.Host) { // an IPv6 literal, which the policy cannot name
			d.source = u.Scheme + ":"
		}
		return d, nil
	case "javascript", "data", "vbscript", "file", "blob", "about":
		return destination{}, untrusted("its redirect address is not one a browser should follow", nil)
	}
	return destination{Scheme: u.Scheme, Local: true, source: u.Scheme + ":"}, nil
}
