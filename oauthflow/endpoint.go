package oauthflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds any answer of an authorization server.
const maxBody = 64 << 10

// OAuthError is a refusal by an authorization server: RFC 6749 §5.2, RFC 7591 §3.2.2, or the shape of Stytch's API.
type OAuthError struct {
	// Status is the HTTP status; zero for a refusal that came through the browser.
	Status int
	// Code is the error code of the RFCs, such as invalid_grant; empty when the answer was something else altogether.
	Code string
	// Description is the server's own explanation in printable ASCII, at most 200 characters. It is not trustworthy.
	Description string
}

func (e *OAuthError) Error() string {
	text := e.Code
	if text == "" {
		text = fmt.Sprintf("status %d", e.Status)
	}
	if e.Description != "" {
		text += " (" + e.Description + ")"
	}
	return "the authorization server refused: " + text
}

// errorCode returns the code of the refusal in err, or "". A refusal with a server's status is the server's trouble,
// whatever its body says.
func errorCode(err error) string {
	refusal, ok := errors.AsType[*OAuthError](err)
	if !ok || refusal.Status >= 500 || refusal.Status == http.StatusTooManyRequests {
		return ""
	}
	return refusal.Code
}

// stytchCodes are Stytch's error_type values for what the RFCs have a code for.
var stytchCodes = map[string]string{
	"idp_auth_code_not_found":                 "invalid_grant",
	"idp_auth_code_expired":                   "invalid_grant",
	"idp_refresh_token_not_found":             "invalid_grant",
	"idp_refresh_token_expired":               "invalid_grant",
	"idp_refresh_token_already_used":          "invalid_grant",
	"connected_app_consent_revoked":           "invalid_grant",
	"connected_app_not_found":                 "invalid_client",
	"oauth_invalid_scope_requested":           "invalid_scope",
	"connected_app_not_allowed_for_org":       "access_denied",
	"dynamic_client_registration_not_enabled": "registration_not_supported",
}

func newOAuthError(status int, body []byte) *OAuthError {
	var answer struct {
		Error            string `json:"error"`
		ErrorDescription string `json:"error_description"`
		ErrorType        string `json:"error_type"`
		ErrorMessage     string `json:"error_message"`
	}
	// A body of another shape leaves the fields empty, and the status speaks.
	_ = json.Unmarshal(body, &answer)
	if answer.Error != "" {
		return &OAuthError{Status: status, Code: clean(answer.Error), Description: clean(answer.ErrorDescription)}
	}
	code := answer.ErrorType
	if known, ok := stytchCodes[code]; ok {
		code = known
	}
	return &OAuthError{Status: status, Code: clean(code), Description: clean(answer.ErrorMessage)}
}

// clean makes text of a stranger fit for a terminal: printable ASCII, and not much of it.
func clean(text string) string {
	const limit = 200
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return text
}

// call sends req and decodes the JSON answer into out, if out is not nil. A status other than 2xx, a redirect
// included, is an *OAuthError.
func (f *Flow) call(req *http.Request, out any) error {
	req.Header.Set("Accept", "application/json")
	resp, err := f.client.Do(req)
	if err != nil {
		return fmt.Errorf("reach the authorization server: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", req.URL.Host, err)
	}
	if resp.StatusCode/100 != 2 {
		return newOAuthError(resp.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	if len(body) > maxBody {
		return fmt.Errorf("%w: %s sent more than %d bytes", ErrUntrusted, req.URL.Host, maxBody)
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return fmt.Errorf("%w: %s did not answer with JSON", ErrUntrusted, req.URL.Host)
	}
	if err := json.Unmarshal(body, out); err != nil {
		// The parser's message could quote a piece of a token.
		return fmt.Errorf("%w: %s answered with malformed JSON", ErrUntrusted, req.URL.Host)
	}
	return nil
}

// tokenResponse is a successful answer of a token endpoint (RFC 6749 §5.1).
type tokenResponse struct {
	AccessToken  secret      `json:"access_token"`
	TokenType    string      `json:"token_type"`
	ExpiresIn    json.Number `json:"expires_in"` // some servers send a string
	RefreshToken secret      `json:"refresh_token"`
	Scope        string      `json:"scope"`
}

// check refuses what cannot be used as a bearer token (RFC 6750 §2.1).
func (r tokenResponse) check() error {
	if !strings.EqualFold(r.TokenType, "bearer") {
		return fmt.Errorf("%w: the token is of type %q, not bearer", ErrUntrusted, clean(r.TokenType))
	}
	if r.AccessToken == "" || strings.ContainsFunc(string(r.AccessToken), func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("%w: the access token is empty or malformed", ErrUntrusted)
	}
	return nil
}

// expiry turns expires_in into a time on this machine's clock; the zero time when the server gave none.
func (r tokenResponse) expiry(now time.Time) time.Time {
	const year = 365 * 24 * 3600
	seconds, err := r.ExpiresIn.Float64()
	if err != nil || math.IsNaN(seconds) {
		return time.Time{}
	}
	return now.Add(time.Duration(max(0, min(seconds, year))) * time.Second)
}
