package identity

import (
	"errors"
	"fmt"
	"net/http"
)

// apiError is a refusal in the shape of Stytch's API. Its message is for the caller and holds nothing secret.
type apiError struct {
	status  int
	kind    string
	message string
}

func (e *apiError) Error() string { return e.kind + ": " + e.message }

type apiErrorBody struct {
	StatusCode   int      `json:"status_code"`
	RequestID    string   `json:"request_id"`
	ErrorType    string   `json:"error_type"`
	ErrorMessage string   `json:"error_message"`
	ErrorURL     string   `json:"error_url"`
	ErrorDetails struct{} `json:"error_details"`
}

func (e *apiError) body(requestID string) any {
	return &apiErrorBody{
		StatusCode:   e.status,
		RequestID:    requestID,
		ErrorType:    e.kind,
		ErrorMessage: e.message,
		ErrorURL:     fmt.Sprintf("https://stytch.com/docs/api/errors/%d#%s", e.status, e.kind),
	}
}

func badRequest(kind, message string) *apiError {
	return &apiError{http.StatusBadRequest, kind, message}
}

func unauthorized(kind, message string) *apiError {
	return &apiError{http.StatusUnauthorized, kind, message}
}

func notFound(kind, message string) *apiError { return &apiError{http.StatusNotFound, kind, message} }

var (
	errCredentials      = unauthorized("unauthorized_credentials", "Unauthorized credentials.")
	errRoute            = notFound("route_not_found", "The route provided is not supported.")
	errUserNotFound     = notFound("user_not_found", "User could not be found.")
	errEmailNotFound    = notFound("email_not_found", "Email could not be found.")
	errSessionNotFound  = notFound("session_not_found", "Session could not be found.")
	errAppNotFound      = notFound("connected_app_not_found", "Connected App could not be found.")
	errTooManyRequests  = &apiError{http.StatusTooManyRequests, "too_many_requests", "Too many requests have been made."}
	errBodyTooLarge     = &apiError{http.StatusRequestEntityTooLarge, "request_too_large", "The request body is larger than 64 KiB."}
	errInvalidBody      = badRequest("bad_request", "The request body is not a JSON object of the expected members.")
	errInternal         = &apiError{http.StatusInternalServerError, "internal_server_error", "Oops, something seems to have gone wrong."}
	errNoSession        = badRequest("no_session_arguments", "Provide a session_token or a session_jwt.")
	errTooManySessions  = badRequest("too_many_session_arguments", "Provide a session_token or a session_jwt, not both.")
	errMetadataSize     = badRequest("metadata_too_large", "Metadata may take up 4 KB.")
	errMetadataKeys     = badRequest("metadata_too_many_keys", "Metadata may have 20 top-level keys.")
	errSessionForbidden = &apiError{http.StatusForbidden, "session_authorization_error", "The user is not allowed to perform the requested action."}
)

// oauthError is a refusal of an OAuth endpoint, RFC 6749 section 5.2. The description is one of our constants: it
// never repeats what was sent, so it keeps to the characters that the RFC allows.
type oauthError struct {
	status      int
	code        string
	description string
	challenge   string // WWW-Authenticate, or empty
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

type oauthErrorBody struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
	ErrorURI         string `json:"error_uri"`
	StatusCode       int    `json:"status_code"`
	RequestID        string `json:"request_id"`
}

func (e *oauthError) body(requestID string) any {
	return &oauthErrorBody{
		Error:            e.code,
		ErrorDescription: e.description,
		ErrorURI:         "https://datatracker.ietf.org/doc/html/rfc6749#section-5.2",
		StatusCode:       e.status,
		RequestID:        requestID,
	}
}

func oauthRefusal(code, description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: code, description: description}
}

func invalidRequest(description string) *oauthError {
	return oauthRefusal("invalid_request", description)
}

// errInvalidGrant is the one answer for every code and refresh token that does not work, so that it tells nothing.
var (
	errInvalidGrant   = oauthRefusal("invalid_grant", "The code or refresh token is invalid, expired, revoked, already used, or belongs to another client.")
	errInvalidScope   = oauthRefusal("invalid_scope", "The scope exceeds what was granted.")
	errInvalidTarget  = oauthRefusal("invalid_target", "The resource is unknown or was not granted.")
	errUnavailable    = &oauthError{status: http.StatusServiceUnavailable, code: "temporarily_unavailable", description: "The server could not complete the request. Try again."}
	errOAuthTooLarge  = &oauthError{status: http.StatusRequestEntityTooLarge, code: "invalid_request", description: "The request body is larger than 64 KiB."}
	errOAuthLimited   = &oauthError{status: http.StatusTooManyRequests, code: "temporarily_unavailable", description: "Too many requests have been made."}
	errNotOurMethod   = &oauthError{status: http.StatusMethodNotAllowed, code: "invalid_request", description: "The endpoint does not take this method."}
	errInvalidToken   = &oauthError{status: http.StatusUnauthorized, code: "invalid_token", description: "The access token is invalid, expired or revoked.", challenge: `Bearer error="invalid_token"`}
	errNoBearer       = &oauthError{status: http.StatusUnauthorized, code: "invalid_request", description: "The request has no access token.", challenge: "Bearer"}
	errNeedsOpenID    = &oauthError{status: http.StatusForbidden, code: "insufficient_scope", description: "The access token lacks the openid scope.", challenge: `Bearer error="insufficient_scope", scope="openid"`}
	errQueryParameter = invalidRequest("Parameters belong in the body, not in the URL.")
)

func invalidClient(usedBasic bool) *oauthError {
	refusal := &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "Client authentication failed."}
	if usedBasic {
		refusal.challenge = `Basic realm="oauth2"`
	}
	return refusal
}

// toOAuth turns what an OAuth endpoint returned into an answer; what it does not know is a failure of the server.
func toOAuth(err error) (refusal *oauthError, failed bool) {
	if refusal, ok := errors.AsType[*oauthError](err); ok {
		return refusal, false
	}
	switch {
	case errors.Is(err, errBodyTooLarge):
		return errOAuthTooLarge, false
	case errors.Is(err, errTooManyRequests):
		return errOAuthLimited, false
	}
	return errUnavailable, true
}

// toAPI is toOAuth for the endpoints of Stytch's API.
func toAPI(err error) (refusal *apiError, failed bool) {
	if refusal, ok := errors.AsType[*apiError](err); ok {
		return refusal, false
	}
	return errInternal, true
}
