package stytch

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"

	"todo.example/internal/todo"
)

// publicErrors says what a person reads for Stytch's error types. What is not
// here goes by the status.
var publicErrors = map[stytcherror.Type]todo.Error{
	"otp_code_not_found":        wrongCode,
	"unable_to_auth_otp_code":   wrongCode,
	"invalid_code":              wrongCode,
	"invalid_method_id":         wrongCode,
	"invalid_email":             {Code: todo.CodeInvalid, Field: "email", Message: "this is not an e-mail address", Hint: "check it for typing errors"},
	"magic_link_not_found":      wrongLink,
	"unable_to_auth_magic_link": wrongLink,
	"oauth_token_not_found":     wrongLink,
	"session_not_found":         signedOut,
	"invalid_session_token":     signedOut,
	"no_session_arguments":      signedOut,
	"unauthorized_credentials":  signedOut,
	"user_unauthenticated":      signedOut,
	"user_lock_limit_reached":   {Code: todo.CodeRateLimited, Message: "too many wrong codes were entered for this account", Hint: "wait a little and ask for a new code"},
	"connected_app_not_found":   {Code: todo.CodeNotFound, Field: "client_id", Message: "no app is registered under this client_id", Hint: "connect it again from the app"},

	"oauth_invalid_scope_requested":                           {Code: todo.CodeInvalid, Field: "scope", Message: "the app asks for a scope that this server does not have"},
	"pkce_required_for_idp_authorization_flow":                {Code: todo.CodeInvalid, Field: "code_challenge", Message: "the app sent no code_challenge"},
	"connected_app_supplied_redirect_url_not_found_in_client": {Code: todo.CodeInvalid, Field: "redirect_uri", Message: "the app wants to be answered at an address that it did not register"},
	"invalid_login_magic_link_url":                            linkNotAllowed,
	"no_match_for_provided_magic_link_url":                    linkNotAllowed,
	"authorization_endpoint_not_configured_for_project":       {Code: todo.CodeUnavailable, Message: "connected apps are not set up in the Stytch dashboard", Hint: "set Connected Apps > Authorization URL"},
}

var (
	wrongCode      = todo.Error{Code: todo.CodeInvalid, Field: "code", Message: "this code is wrong or has expired", Hint: "check it, or ask for a new one"}
	wrongLink      = todo.Error{Code: todo.CodeInvalid, Field: "token", Message: "this link was used already or has expired", Hint: "ask for a new one"}
	signedOut      = todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in any more", Hint: "sign in again"}
	linkNotAllowed = todo.Error{Code: todo.CodeUnavailable, Message: "sign-in links are not set up in the Stytch dashboard", Hint: "add this server's /authenticate to the Redirect URLs"}
)

// translate turns a failure of the SDK into our vocabulary; nil stays nil.
func translate(doing string, err error) error {
	if err == nil {
		return nil
	}
	var e stytcherror.Error
	if !errors.As(err, &e) {
		return unavailable(doing, err)
	}
	cause := fmt.Errorf("%s: %w", doing, err)
	if public, ok := publicErrors[e.ErrorType]; ok {
		public.Cause = cause
		return &public
	}
	switch {
	case e.StatusCode == http.StatusTooManyRequests:
		return &todo.Error{Code: todo.CodeRateLimited, Message: "too many tries", Hint: "wait a minute and try again", Cause: cause}
	case e.StatusCode >= 500:
		return unavailable(doing, err)
	case e.StatusCode == http.StatusNotFound:
		return &todo.Error{Code: todo.CodeNotFound, Message: "the identity provider does not know it", Cause: cause}
	case strings.Contains(string(e.ErrorType), "resource"):
		return &todo.Error{Code: todo.CodeInvalid, Field: "resource", Message: "the app asks for access to another server", Cause: cause}
	}
	return &todo.Error{Code: todo.CodeInternal, Message: "the identity provider refused the request", Hint: "the log has the reason", Cause: cause}
}

func unavailable(doing string, err error) error {
	return &todo.Error{Code: todo.CodeUnavailable, Message: "the identity provider cannot be reached", Hint: "try again in a moment", Cause: fmt.Errorf("%s: %w", doing, err)}
}
