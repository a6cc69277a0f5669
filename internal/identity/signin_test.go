package identity_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

// newMailServer is newServer with the mailbox that it fills.
func newMailServer(t *testing.T, options ...identitytest.Option) (*identity.Server, *clock, *identitytest.Mailbox) {
	t.Helper()
	mailbox := &identitytest.Mailbox{}
	server, now := newServer(t, append(options, func(c *identity.Config) { c.Deliver = mailbox.Deliver })...)
	return server, now, mailbox
}

// signIn signs the address in with a code, for an hour.
func signIn(t *testing.T, server *identity.Server, mailbox *identitytest.Mailbox, address string) *identitytest.Answer {
	t.Helper()
	sent := sendCode(t, server, address)
	answer := tryCode(t, server, sent.Text("email_id"), mailbox.Code(t, address))
	if answer.Status != http.StatusOK {
		t.Fatalf("sign in: %s", answer.Raw)
	}
	return answer
}

func sendCode(t *testing.T, server *identity.Server, address string) *identitytest.Answer {
	t.Helper()
	return identitytest.API(t, server, http.MethodPost, "/v1/otps/email/login_or_create", map[string]any{"email": address})
}

func tryCode(t *testing.T, server *identity.Server, methodID, code string) *identitytest.Answer {
	t.Helper()
	return identitytest.API(t, server, http.MethodPost, "/v1/otps/authenticate", map[string]any{
		"method_id": methodID, "code": code, "session_duration_minutes": 60,
	})
}

func wantAPIError(t *testing.T, answer *identitytest.Answer, status int, kind string) {
	t.Helper()
	if answer.Status != status || answer.Text("error_type") != kind {
		t.Errorf("got %d %s, want %d %s", answer.Status, answer.Raw, status, kind)
	}
}

// notCode returns six digits that are not the code.
func notCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestOTPIsGoodOnce(t *testing.T) {
	server, _, mailbox := newMailServer(t)
	id := sendCode(t, server, "Ada@Example.com").Text("email_id")
	code := mailbox.Code(t, "ada@example.com")
	if answer := tryCode(t, server, id, code); answer.Status != http.StatusOK {
		t.Fatal(answer.Raw)
	}
	wantAPIError(t, tryCode(t, server, id, code), 404, "otp_code_not_found")
}

func TestOTPExpires(t *testing.T) {
	server, now, mailbox := newMailServer(t)
	id := sendCode(t, server, "ada@example.com").Text("email_id")
	now.advance(2 * time.Minute)
	wantAPIError(t, tryCode(t, server, id, mailbox.Code(t, "ada@example.com")), 404, "otp_code_not_found")
}

func TestOTPIsReplacedByANewerOne(t *testing.T) {
	server, _, mailbox := newMailServer(t)
	id := sendCode(t, server, "ada@example.com").Text("email_id")
	old := mailbox.Code(t, "ada@example.com")
	for mailbox.Code(t, "ada@example.com") == old { // one time in a million
		sendCode(t, server, "ada@example.com")
	}
	wantAPIError(t, tryCode(t, server, id, old), 404, "otp_code_not_found")
}

// TestOTPIsBoundToItsAddress uses one person's code for another.
func TestOTPIsBoundToItsAddress(t *testing.T) {
	server, _, mailbox := newMailServer(t)
	sendCode(t, server, "ada@example.com")
	bob := sendCode(t, server, "bob@example.com").Text("email_id")
	for mailbox.Code(t, "ada@example.com") == mailbox.Code(t, "bob@example.com") { // one time in a million
		sendCode(t, server, "bob@example.com")
	}
	ada := mailbox.Code(t, "ada@example.com")
	wantAPIError(t, tryCode(t, server, bob, ada), 404, "otp_code_not_found")
}

func TestOTPGuesses(t *testing.T) {
	server, now, mailbox := newMailServer(t)
	const address = "ada@example.com"
	id := sendCode(t, server, address).Text("email_id")
	code := mailbox.Code(t, address)
	for range 4 {
		wantAPIError(t, tryCode(t, server, id, notCode(code)), 404, "otp_code_not_found")
	}
	if answer := tryCode(t, server, id, code); answer.Status != http.StatusOK {
		t.Fatalf("the right code after four wrong ones: %s", answer.Raw)
	}
	for range 3 {
		sendCode(t, server, address)
		code = mailbox.Code(t, address)
		for range 5 {
			wantAPIError(t, tryCode(t, server, id, notCode(code)), 404, "otp_code_not_found")
		}
		wantAPIError(t, tryCode(t, server, id, code), 404, "otp_code_not_found")
	}
	now.advance(time.Minute)
	sendCode(t, server, address)
	code = mailbox.Code(t, address)
	wantAPIError(t, tryCode(t, server, id, notCode(code)), 404, "otp_code_not_found")
	wantAPIError(t, tryCode(t, server, id, code), 429, "too_many_requests")
	now.advance(15 * time.Minute)
	signIn(t, server, mailbox, address)
}

func TestSendLimits(t *testing.T) {
	server, now, _ := newMailServer(t)
	send := func(address string) int { return sendCode(t, server, address).Status }
	for range 10 {
		if status := send("ada@example.com"); status != http.StatusOK {
			t.Fatalf("send = %d within the limit", status)
		}
	}
	if status := send("ADA@example.com"); status != http.StatusTooManyRequests {
		t.Errorf("the eleventh message in a minute = %d", status)
	}
	link := identitytest.API(t, server, http.MethodPost, "/v1/magic_links/email/login_or_create", map[string]any{"email": "ada@example.com"})
	wantAPIError(t, link, 429, "too_many_requests")
	if status := send("bob@example.com"); status != http.StatusOK {
		t.Errorf("another address = %d", status)
	}
	sent := 10
	for range 12 {
		now.advance(time.Minute)
		for range 10 {
			if send("ada@example.com") == http.StatusOK {
				sent++
			}
		}
	}
	if sent != 60 {
		t.Errorf("%d messages within an hour, want 60", sent)
	}
}

func TestSignInInput(t *testing.T) {
	server, _, mailbox := newMailServer(t)
	id := sendCode(t, server, "ada@example.com").Text("email_id")
	code := mailbox.Code(t, "ada@example.com")
	const auth, send, link = "/v1/otps/authenticate", "/v1/otps/email/login_or_create", "/v1/magic_links/email/login_or_create"
	for _, test := range []struct {
		name, path string
		body       map[string]any
		kind       string
	}{
		{"no method", auth, map[string]any{"code": code}, "invalid_method_id"},
		{"no code", auth, map[string]any{"method_id": id}, "invalid_code"},
		{"short session", auth, map[string]any{"method_id": id, "code": code, "session_duration_minutes": 4}, "invalid_session_duration_minutes"},
		{"long session", auth, map[string]any{"method_id": id, "code": code, "session_duration_minutes": 527041}, "invalid_session_duration_minutes"},
		{"wrong type", auth, map[string]any{"method_id": 1}, "bad_request"},
		{"two addresses", send, map[string]any{"email": "a@example.com, b@example.com"}, "invalid_email"},
		{"display name", send, map[string]any{"email": "Ada <ada@example.com>"}, "invalid_email"},
		{"line break", send, map[string]any{"email": "ada@example.com\r\nBcc: b@example.com"}, "invalid_email"},
		{"long address", send, map[string]any{"email": strings.Repeat("a", 250) + "@example.com"}, "invalid_email"},
		{"eleven minutes", send, map[string]any{"email": "ada@example.com", "expiration_minutes": 11}, "invalid_expiration"},
		{"four minutes", link, map[string]any{"email": "ada@example.com", "login_expiration_minutes": 4}, "invalid_expiration"},
		{"bad challenge", link, map[string]any{"email": "ada@example.com", "code_challenge": "short"}, "invalid_code_challenge"},
		{"foreign link", link, map[string]any{"email": "ada@example.com", "signup_magic_link_url": "https://id.example/authenticate/"}, "no_match_for_provided_magic_link_url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantAPIError(t, identitytest.API(t, server, http.MethodPost, test.path, test.body), 400, test.kind)
		})
	}
	if answer := tryCode(t, server, id, code); answer.Status != http.StatusOK {
		t.Errorf("a refused request used the code up: %s", answer.Raw)
	}
}

func TestSecondFactorJoinsTheSession(t *testing.T) {
	server, _, mailbox := newMailServer(t)
	first := signIn(t, server, mailbox, "ada@example.com")
	join := func(address string) *identitytest.Answer {
		id := sendCode(t, server, address).Text("email_id")
		return identitytest.API(t, server, http.MethodPost, "/v1/otps/authenticate", map[string]any{
			"method_id": id, "code": mailbox.Code(t, address), "session_token": first.Text("session_token"),
		})
	}
	joined := join("ada@example.com")
	session, _ := joined.Body["session"].(map[string]any)
	if factors, _ := session["authentication_factors"].([]any); len(factors) != 2 || joined.Text("session_token") != first.Text("session_token") {
		t.Errorf("joined = %s", joined.Raw)
	}
	wantAPIError(t, join("bob@example.com"), 400, "session_user_mismatch")
}

func TestSessionEnds(t *testing.T) {
	server, now, mailbox := newMailServer(t)
	token := signIn(t, server, mailbox, "ada@example.com").Text("session_token")
	authenticate := func() *identitytest.Answer {
		return identitytest.API(t, server, http.MethodPost, "/v1/sessions/authenticate", map[string]any{"session_token": token})
	}
	now.advance(59 * time.Minute)
	if answer := authenticate(); answer.Status != http.StatusOK {
		t.Errorf("before its end: %s", answer.Raw)
	}
	now.advance(time.Minute)
	wantAPIError(t, authenticate(), 404, "session_not_found")
}

func TestAuthorizationCheck(t *testing.T) {
	server, _, mailbox := newMailServer(t)
	token := signIn(t, server, mailbox, "ada@example.com").Text("session_token")
	check := func(action string) *identitytest.Answer {
		return identitytest.API(t, server, http.MethodPost, "/v1/sessions/authenticate", map[string]any{
			"session_token": token, "authorization_check": map[string]string{"resource_id": "todo", "action": action},
		})
	}
	if verdict, _ := check("read").Body["verdict"].(map[string]any); verdict["authorized"] != true {
		t.Errorf("verdict = %v", verdict)
	}
	wantAPIError(t, check("burn"), 403, "session_authorization_error")
}

func TestFailedDeliveryIsAFailure(t *testing.T) {
	server, _ := newServer(t, func(c *identity.Config) {
		c.Deliver = func(context.Context, identity.Message) error { return errors.New("relay said: secret banner") }
	})
	answer := sendCode(t, server, "ada@example.com")
	wantAPIError(t, answer, 500, "internal_server_error")
	if strings.Contains(answer.Raw, "banner") {
		t.Errorf("the cause is shown: %s", answer.Raw)
	}
}
