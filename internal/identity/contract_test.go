package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stytchauth/stytch-go/v16/stytch"
	"github.com/stytchauth/stytch-go/v16/stytch/config"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/connectedapps/clients"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/debug"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/idp"
	idpoauth "github.com/stytchauth/stytch-go/v16/stytch/consumer/idp/oauth"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/magiclinks"
	linkemail "github.com/stytchauth/stytch-go/v16/stytch/consumer/magiclinks/email"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/oauth"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/otp"
	otpemail "github.com/stytchauth/stytch-go/v16/stytch/consumer/otp/email"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/rbac"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/sessions"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/stytchapi"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/users"
	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"

	"todo.example/internal/identity/identitytest"
)

// project is a Stytch project as the official SDK sees it: the embedded server, or a real one.
type project struct {
	api    *stytchapi.API
	raw    *stytch.DefaultClient // for what the SDK's own structs get wrong
	id     string
	domain string // the origin of the OAuth endpoints
	email  string // an address whose codes code knows
	code   func(t *testing.T) string
	local  *identitytest.Instance // nil for a real project
}

// openProject returns the project of STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_DOMAIN, whose sandbox address takes
// a fixed code, and otherwise a fresh embedded server.
func openProject(t *testing.T) *project {
	t.Helper()
	p := &project{
		id: os.Getenv("STYTCH_PROJECT_ID"), domain: strings.TrimSuffix(os.Getenv("STYTCH_DOMAIN"), "/"),
		email: "sandbox@stytch.com", code: func(*testing.T) string { return "000000" },
	}
	secret := os.Getenv("STYTCH_SECRET")
	if p.id == "" || secret == "" || p.domain == "" {
		p.local = identitytest.Start(t)
		credentials := p.local.Credentials()
		p.id, secret, p.domain, p.email = credentials.ProjectID, credentials.Secret, p.local.URL, "ada@example.com"
		p.code = func(t *testing.T) string { return p.local.Mailbox.Code(t, p.email) }
	}
	httpClient := &http.Client{Timeout: 10 * time.Second}
	api, err := stytchapi.NewClient(p.id, secret, stytchapi.WithBaseURI(p.domain), stytchapi.WithHTTPClient(httpClient))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Sessions.JWKS.EndBackground)
	p.api = api
	p.raw = stytch.New(p.id, secret)
	p.raw.Config.BaseURI = config.BaseURI(p.domain)
	p.raw.HTTPClient = httpClient
	return p
}

func must[T any](t *testing.T, answer T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// wantError checks a refusal of the API as the SDK decodes it.
func wantError(t *testing.T, err error, status int, kind string) {
	t.Helper()
	refusal, ok := errors.AsType[stytcherror.Error](err)
	if !ok || refusal.StatusCode != status || string(refusal.ErrorType) != kind {
		t.Errorf("got %#v, want %d %s", err, status, kind)
		return
	}
	if !strings.HasPrefix(refusal.RequestID, "request-id-") || refusal.ErrorMessage == "" || refusal.ErrorURL == "" {
		t.Errorf("the error lacks its request id, message or URL: %#v", refusal)
	}
}

// signIn signs the project's address in with a code, for an hour.
func (p *project) signIn(t *testing.T) *otp.AuthenticateResponse {
	t.Helper()
	sent, err := p.api.OTPs.Email.LoginOrCreate(t.Context(), &otpemail.LoginOrCreateParams{Email: p.email})
	if err != nil {
		t.Fatal(err)
	}
	done, err := p.api.OTPs.Authenticate(t.Context(), &otp.AuthenticateParams{
		MethodID: sent.EmailID, Code: p.code(t), SessionDurationMinutes: 60,
	})
	return must(t, done, err)
}

// uniqueAddress is new in every run, also on a real project.
func uniqueAddress() string { return "contract-" + uuid.NewString() + "@example.com" }

func TestContractOTP(t *testing.T) {
	p := openProject(t)
	sent, err := p.api.OTPs.Email.LoginOrCreate(t.Context(), &otpemail.LoginOrCreateParams{Email: p.email, ExpirationMinutes: 5})
	must(t, sent, err)
	again, err := p.api.OTPs.Email.Send(t.Context(), &otpemail.SendParams{Email: p.email})
	must(t, again, err)
	if again.UserID != sent.UserID || again.EmailID != sent.EmailID || sent.StatusCode != http.StatusOK {
		t.Errorf("send and login_or_create disagree: %+v %+v", sent, again)
	}
	_, err = p.api.OTPs.Authenticate(t.Context(), &otp.AuthenticateParams{MethodID: sent.EmailID, Code: "not it"})
	if err == nil {
		t.Error("a wrong code signed in")
	}
	done, err := p.api.OTPs.Authenticate(t.Context(), &otp.AuthenticateParams{
		MethodID: sent.EmailID, Code: p.code(t), SessionDurationMinutes: 60,
		SessionCustomClaims: map[string]any{"theme": "dark", "iss": "evil"},
	})
	must(t, done, err)
	if done.UserID != sent.UserID || done.MethodID != sent.EmailID || done.SessionToken == "" || done.SessionJWT == "" {
		t.Errorf("authenticate = %+v", done)
	}
	if len(done.User.Emails) != 1 || !done.User.Emails[0].Verified || done.User.Status != "active" {
		t.Errorf("user after sign-in = %+v", done.User)
	}
	factors := done.Session.AuthenticationFactors
	if len(factors) != 1 || factors[0].Type != "otp" || factors[0].DeliveryMethod != "email" || factors[0].EmailFactor.EmailAddress != p.email {
		t.Errorf("factors = %+v", factors)
	}
	if diff := cmp.Diff(map[string]any{"theme": "dark"}, done.Session.CustomClaims); diff != "" {
		t.Errorf("custom claims (-want +got):\n%s", diff)
	}
	_, err = p.api.OTPs.Email.Send(t.Context(), &otpemail.SendParams{Email: uniqueAddress()})
	wantError(t, err, http.StatusNotFound, "email_not_found")
	_, err = p.api.OTPs.Email.LoginOrCreate(t.Context(), &otpemail.LoginOrCreateParams{Email: "no address"})
	wantError(t, err, http.StatusBadRequest, "invalid_email")
}

func TestContractMagicLink(t *testing.T) {
	p := openProject(t)
	if p.local == nil {
		// Sandbox tokens, since no mail of a real project comes here.
		done, err := p.api.MagicLinks.Authenticate(t.Context(), &magiclinks.AuthenticateParams{Token: "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94="})
		must(t, done, err)
		_, err = p.api.MagicLinks.Authenticate(t.Context(), &magiclinks.AuthenticateParams{Token: "3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU="})
		wantError(t, err, http.StatusUnauthorized, "unable_to_auth_magic_link")
		return
	}
	verifier := identitytest.Verifier
	sent, err := p.api.MagicLinks.Email.LoginOrCreate(t.Context(), &linkemail.LoginOrCreateParams{
		Email: p.email, LoginMagicLinkURL: p.domain + "/authenticate", SignupMagicLinkURL: p.domain + "/authenticate",
		CodeChallenge: identitytest.Challenge(verifier),
	})
	must(t, sent, err)
	if !sent.UserCreated {
		t.Error("the first link to an address did not create a user")
	}
	token := linkToken(t, p.local.Mailbox.Last(t, p.email).Link)
	authenticate := func(token, verifier string) (*magiclinks.AuthenticateResponse, error) {
		return p.api.MagicLinks.Authenticate(t.Context(), &magiclinks.AuthenticateParams{
			Token: token, CodeVerifier: verifier, SessionDurationMinutes: 60,
		})
	}
	_, err = authenticate(token, "")
	wantError(t, err, http.StatusBadRequest, "pkce_expected_code_verifier")
	_, err = authenticate(token, strings.Repeat("x", 43))
	wantError(t, err, http.StatusUnauthorized, "pkce_mismatch")
	done, err := authenticate(token, verifier)
	must(t, done, err)
	if done.UserID != sent.UserID || done.MethodID != sent.EmailID || done.Session.AuthenticationFactors[0].Type != "magic_link" {
		t.Errorf("authenticate = %+v", done)
	}
	_, err = authenticate(token, verifier)
	wantError(t, err, http.StatusUnauthorized, "unable_to_auth_magic_link")
	_, err = authenticate("never-sent", "")
	wantError(t, err, http.StatusNotFound, "magic_link_not_found")

	plain, err := p.api.MagicLinks.Email.Send(t.Context(), &linkemail.SendParams{Email: p.email})
	must(t, plain, err)
	_, err = authenticate(linkToken(t, p.local.Mailbox.Last(t, p.email).Link), verifier)
	wantError(t, err, http.StatusBadRequest, "pkce_did_not_expect_code_verifier")
	_, err = p.api.MagicLinks.Email.Send(t.Context(), &linkemail.SendParams{Email: p.email, LoginMagicLinkURL: "https://evil.example/"})
	wantError(t, err, http.StatusBadRequest, "no_match_for_provided_magic_link_url")
}

func linkToken(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("stytch_token_type") != "magic_links" || u.Query().Get("token") == "" {
		t.Fatalf("link %q: %v", link, err)
	}
	return u.Query().Get("token")
}

func TestContractSessions(t *testing.T) {
	p := openProject(t)
	signedIn := p.signIn(t)

	byJWT, err := p.api.Sessions.AuthenticateJWT(t.Context(), time.Minute, &sessions.AuthenticateParams{SessionJWT: signedIn.SessionJWT})
	must(t, byJWT, err)
	if byJWT.Session.SessionID != signedIn.Session.SessionID || byJWT.User.UserID != "" {
		t.Errorf("a fresh JWT was not checked locally: %+v", byJWT)
	}
	byToken, err := p.api.Sessions.Authenticate(t.Context(), &sessions.AuthenticateParams{
		SessionToken: signedIn.SessionToken, SessionDurationMinutes: 120,
	})
	must(t, byToken, err)
	if byToken.User.UserID != signedIn.UserID || byToken.SessionToken != signedIn.SessionToken || byToken.SessionJWT == "" {
		t.Errorf("authenticate by token = %+v", byToken)
	}
	if !byToken.Session.ExpiresAt.After(*signedIn.Session.ExpiresAt) {
		t.Error("a longer duration did not extend the session")
	}
	network, err := p.api.Sessions.Authenticate(t.Context(), &sessions.AuthenticateParams{SessionJWT: signedIn.SessionJWT})
	must(t, network, err)
	if network.SessionToken != signedIn.SessionToken {
		t.Error("authenticate by JWT answers another session token")
	}
	listed, err := p.api.Sessions.Get(t.Context(), &sessions.GetParams{UserID: signedIn.UserID})
	must(t, listed, err)
	found := false
	for _, session := range listed.Sessions {
		found = found || session.SessionID == signedIn.Session.SessionID
	}
	if !found {
		t.Error("the session is not among its user's")
	}
	keys, err := p.api.Sessions.GetJWKS(t.Context(), &sessions.GetJWKSParams{ProjectID: p.id})
	must(t, keys, err)
	for _, key := range keys.Keys {
		if key.Alg != "RS256" || key.Kty != "RSA" || key.Use != "sig" || key.Kid == "" {
			t.Errorf("key = %+v", key)
		}
	}
	revoked, err := p.api.Sessions.Revoke(t.Context(), &sessions.RevokeParams{SessionID: signedIn.Session.SessionID})
	must(t, revoked, err)
	for _, params := range []sessions.AuthenticateParams{{SessionToken: signedIn.SessionToken}, {SessionJWT: signedIn.SessionJWT}} {
		_, err = p.api.Sessions.Authenticate(t.Context(), &params)
		wantError(t, err, http.StatusNotFound, "session_not_found")
	}
	_, err = p.api.Sessions.Authenticate(t.Context(), &sessions.AuthenticateParams{})
	wantError(t, err, http.StatusBadRequest, "no_session_arguments")
	_, err = p.api.Sessions.Authenticate(t.Context(), &sessions.AuthenticateParams{SessionToken: signedIn.SessionToken, SessionJWT: signedIn.SessionJWT})
	wantError(t, err, http.StatusBadRequest, "too_many_session_arguments")
}

func TestContractSessionRevokedByTokenOrJWT(t *testing.T) {
	p := openProject(t)
	for _, by := range []func(*otp.AuthenticateResponse) *sessions.RevokeParams{
		func(a *otp.AuthenticateResponse) *sessions.RevokeParams {
			return &sessions.RevokeParams{SessionToken: a.SessionToken}
		},
		func(a *otp.AuthenticateResponse) *sessions.RevokeParams {
			return &sessions.RevokeParams{SessionJWT: a.SessionJWT}
		},
	} {
		signedIn := p.signIn(t)
		revoked, err := p.api.Sessions.Revoke(t.Context(), by(signedIn))
		must(t, revoked, err)
		_, err = p.api.Sessions.Authenticate(t.Context(), &sessions.AuthenticateParams{SessionToken: signedIn.SessionToken})
		wantError(t, err, http.StatusNotFound, "session_not_found")
	}
}

func TestContractUsers(t *testing.T) {
	p := openProject(t)
	address := uniqueAddress()
	created, err := p.api.Users.Create(t.Context(), &users.CreateParams{
		Email: address, Name: &users.Name{FirstName: "Ada", LastName: "Lovelace"},
		TrustedMetadata: map[string]any{"todo": map[string]any{"role": "owner", "max": 1.0}, "plan": "free"},
	})
	must(t, created, err)
	t.Cleanup(func() {
		if p.local == nil {
			p.api.Users.Delete(context.WithoutCancel(t.Context()), &users.DeleteParams{UserID: created.UserID})
		}
	})
	_, err = p.api.Users.Create(t.Context(), &users.CreateParams{Email: address})
	wantError(t, err, http.StatusBadRequest, "duplicate_email")

	updated, err := p.api.Users.Update(t.Context(), &users.UpdateParams{
		UserID: created.UserID, TrustedMetadata: map[string]any{"todo": map[string]any{"role": "viewer"}, "plan": nil, "seats": 3},
	})
	must(t, updated, err)
	got, err := p.api.Users.Get(t.Context(), &users.GetParams{UserID: created.UserID})
	must(t, got, err)
	want := map[string]any{"todo": map[string]any{"role": "viewer"}, "seats": 3.0}
	if diff := cmp.Diff(want, got.TrustedMetadata); diff != "" {
		t.Errorf("metadata merges at the top level and null deletes (-want +got):\n%s", diff)
	}
	if got.UserID != created.UserID || got.Name.FirstName != "Ada" || got.Emails[0].Email != address || got.CreatedAt == nil {
		t.Errorf("get = %+v", got)
	}
	tooMany := map[string]any{}
	for range 21 {
		tooMany[uuid.NewString()] = true
	}
	_, err = p.api.Users.Update(t.Context(), &users.UpdateParams{UserID: created.UserID, TrustedMetadata: tooMany})
	wantError(t, err, http.StatusBadRequest, "metadata_too_many_keys")
	_, err = p.api.Users.Update(t.Context(), &users.UpdateParams{
		UserID: created.UserID, TrustedMetadata: map[string]any{"big": strings.Repeat("x", 5000)},
	})
	wantError(t, err, http.StatusBadRequest, "metadata_too_large")
	_, err = p.api.Users.Get(t.Context(), &users.GetParams{UserID: "user-test-" + uuid.NewString()})
	wantError(t, err, http.StatusNotFound, "user_not_found")
}

func TestContractProject(t *testing.T) {
	p := openProject(t)
	whoami, err := p.api.Debug.Whoami(t.Context(), &debug.WhoamiParams{})
	must(t, whoami, err)
	if whoami.ProjectID != p.id || whoami.Name == "" {
		t.Errorf("whoami = %+v", whoami)
	}
	policy, err := p.api.RBAC.Policy(t.Context(), &rbac.PolicyParams{})
	must(t, policy, err)
	if len(policy.Policy.Roles) == 0 {
		t.Error("the policy has no role")
	}
	_, err = p.api.OAuth.Authenticate(t.Context(), &oauth.AuthenticateParams{Token: "never-issued"})
	wantError(t, err, http.StatusNotFound, "oauth_token_not_found")

	stranger := stytch.New(p.id, "secret-test-wrong")
	stranger.Config.BaseURI = p.raw.Config.BaseURI
	stranger.HTTPClient = p.raw.HTTPClient
	err = stranger.NewRequest(t.Context(), stytch.RequestParams{Method: "GET", Path: "/v1/debug/whoami", V: &struct{}{}})
	wantError(t, err, http.StatusUnauthorized, "unauthorized_credentials")
	err = p.raw.NewRequest(t.Context(), stytch.RequestParams{Method: "GET", Path: "/v1/no/such/route", V: &struct{}{}})
	wantError(t, err, http.StatusNotFound, "route_not_found")
}

func TestContractClients(t *testing.T) {
	p := openProject(t)
	created, err := p.api.ConnectedApp.Clients.Create(t.Context(), &clients.CreateParams{ClientType: "third_party", ClientName: "Contract"})
	must(t, created, err)
	id := created.ConnectedApp.ClientID
	if created.ConnectedApp.ClientSecret == "" || !strings.HasSuffix(created.ConnectedApp.ClientSecret, created.ConnectedApp.ClientSecretLastFour) {
		t.Errorf("a confidential client got the secret %q", created.ConnectedApp.ClientSecretLastFour)
	}
	// The SDK's struct has another name for redirect_urls, so that this call needs its own body.
	body, err := json.Marshal(map[string]any{"redirect_urls": []string{"https://app.example/callback"}})
	must(t, body, err)
	var updated struct {
		App struct {
			RedirectURLs []string `json:"redirect_urls"`
		} `json:"connected_app"`
	}
	err = p.raw.NewRequest(t.Context(), stytch.RequestParams{Method: "PUT", Path: "/v1/connected_apps/clients/" + id, Body: body, V: &updated})
	must(t, updated, err)
	if diff := cmp.Diff([]string{"https://app.example/callback"}, updated.App.RedirectURLs); diff != "" {
		t.Errorf("redirect URLs (-want +got):\n%s", diff)
	}
	renamed, err := p.api.ConnectedApp.Clients.Update(t.Context(), &clients.UpdateParams{ClientID: id, ClientName: "Renamed"})
	must(t, renamed, err)
	got, err := p.api.ConnectedApp.Clients.Get(t.Context(), &clients.GetParams{ClientID: id})
	must(t, got, err)
	if got.ConnectedApp.ClientName != "Renamed" || got.ConnectedApp.Status != "active" || got.ConnectedApp.ClientType != "third_party" {
		t.Errorf("get = %+v", got.ConnectedApp)
	}
	searched, err := p.api.ConnectedApp.Clients.Search(t.Context(), &clients.SearchParams{Limit: 1})
	must(t, searched, err)
	if len(searched.ConnectedApps) != 1 || searched.ResultsMetadata.Total < 1 {
		t.Errorf("search = %+v", searched)
	}
	deleted, err := p.api.ConnectedApp.Clients.Delete(t.Context(), &clients.DeleteParams{ClientID: id})
	must(t, deleted, err)
	_, err = p.api.ConnectedApp.Clients.Get(t.Context(), &clients.GetParams{ClientID: id})
	wantError(t, err, http.StatusNotFound, "connected_app_not_found")
}

// TestContractConnectedApp goes the whole way of an assistant: registration, consent, tokens, their use and their end.
func TestContractConnectedApp(t *testing.T) {
	p := openProject(t)
	signedIn := p.signIn(t)
	registered := p.oauth(t, "/v1/oauth2/register", map[string]any{
		"client_name": "Contract " + uuid.NewString(), "redirect_uris": []string{"http://127.0.0.1/callback"},
		"token_endpoint_auth_method": "none",
	})
	clientID, _ := registered["client_id"].(string)
	scopes := []string{"openid", "email", "offline_access"}
	const redirect = "http://127.0.0.1:5678/callback"

	start, err := p.api.IDP.OAuth.AuthorizeStart(t.Context(), &idpoauth.AuthorizeStartParams{
		ClientID: clientID, RedirectURI: redirect, ResponseType: "code", Scopes: scopes, SessionToken: signedIn.SessionToken,
	})
	must(t, start, err)
	if !start.ConsentRequired || start.UserID != signedIn.UserID || start.Client.ClientID != clientID || len(start.ScopeResults) != 3 {
		t.Errorf("authorize start = %+v", start)
	}
	submit := idpoauth.AuthorizeParams{
		ClientID: clientID, RedirectURI: redirect, ResponseType: "code", Scopes: scopes, SessionJWT: signedIn.SessionJWT,
		State: "st ate&", Nonce: "n-1", CodeChallenge: identitytest.Challenge(identitytest.Verifier),
	}
	denied, err := p.api.IDP.OAuth.Authorize(t.Context(), &submit)
	must(t, denied, err)
	if query := redirectQuery(t, denied.RedirectURI); denied.AuthorizationCode != "" || query.Get("error") != "access_denied" || query.Get("state") != "st ate&" {
		t.Errorf("denied = %+v", denied)
	}
	submit.ConsentGranted = true
	granted, err := p.api.IDP.OAuth.Authorize(t.Context(), &submit)
	must(t, granted, err)
	if query := redirectQuery(t, granted.RedirectURI); granted.AuthorizationCode == "" || query.Get("code") != granted.AuthorizationCode || query.Get("state") != "st ate&" {
		t.Errorf("granted = %+v", granted)
	}
	tokens := p.oauth(t, "/v1/oauth2/token", map[string]any{
		"grant_type": "authorization_code", "client_id": clientID, "code": granted.AuthorizationCode,
		"redirect_uri": redirect, "code_verifier": identitytest.Verifier,
	})
	access, _ := tokens["access_token"].(string)
	p.wantAccess(t, access, clientID, signedIn)
	refresh, _ := tokens["refresh_token"].(string)
	refreshed := p.oauth(t, "/v1/oauth2/token", map[string]any{"grant_type": "refresh_token", "client_id": clientID, "refresh_token": refresh})
	access, _ = refreshed["access_token"].(string)
	p.wantAccess(t, access, clientID, signedIn)

	apps, err := p.api.Users.ConnectedApps(t.Context(), &users.ConnectedAppsParams{UserID: signedIn.UserID})
	must(t, apps, err)
	listed := false
	for _, app := range apps.ConnectedApps {
		listed = listed || app.ConnectedAppID == clientID && app.ScopesGranted == "openid email offline_access"
	}
	if !listed {
		t.Errorf("connected apps = %+v", apps.ConnectedApps)
	}
	revoked, err := p.api.Users.Revoke(t.Context(), &users.RevokeParams{UserID: signedIn.UserID, ConnectedAppID: clientID})
	must(t, revoked, err)
	_, err = p.api.IDP.IntrospectTokenNetwork(t.Context(), &idp.IntrospectTokenNetworkParams{Token: access, ClientID: clientID})
	if refusal, ok := errors.AsType[stytcherror.Error](err); !ok || refusal.ErrorType != "oauth2_invalid_token_error" {
		t.Errorf("introspection after the revocation = %v, want the SDK's refusal of an inactive token", err)
	}
}

// wantAccess checks an access token by all three ways to ask about one.
func (p *project) wantAccess(t *testing.T, token, clientID string, signedIn *otp.AuthenticateResponse) {
	t.Helper()
	local, err := p.api.IDP.IntrospectTokenLocal(t.Context(), &idp.IntrospectTokenLocalParams{Token: token})
	must(t, local, err)
	network, err := p.api.IDP.IntrospectTokenNetwork(t.Context(), &idp.IntrospectTokenNetworkParams{Token: token, ClientID: clientID})
	must(t, network, err)
	for _, answer := range []*idp.IntrospectTokenResponse{local, network} {
		if !answer.Active || answer.ClientID != clientID || answer.Subject != signedIn.UserID || answer.Issuer != p.domain ||
			answer.Scope != "openid email offline_access" || answer.Audience[0] != p.id || answer.TokenType != "access_token" ||
			answer.Expiry.Sub(answer.IssuedAt.Time) != time.Hour {
			t.Errorf("introspection = %+v", answer)
		}
	}
	if len(local.CustomClaims) != 0 {
		t.Errorf("the token has the claims %v, which Stytch's has not", local.CustomClaims)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.domain+"/v1/oauth2/userinfo", nil)
	must(t, r, err)
	r.Header.Set("Authorization", "Bearer "+token)
	info := p.do(t, r)
	if info["sub"] != signedIn.UserID || info["email"] != p.email || info["email_verified"] != true {
		t.Errorf("userinfo = %v", info)
	}
}

func redirectQuery(t *testing.T, redirect string) url.Values {
	t.Helper()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// oauth posts JSON to an OAuth endpoint, which Stytch takes beside forms.
func (p *project) oauth(t *testing.T, path string, body map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(body)
	must(t, data, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.domain+path, strings.NewReader(string(data)))
	must(t, r, err)
	r.Header.Set("Content-Type", "application/json")
	return p.do(t, r)
}

func (p *project) do(t *testing.T, r *http.Request) map[string]any {
	t.Helper()
	answer, err := p.raw.HTTPClient.Do(r)
	must(t, answer, err)
	defer answer.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || answer.StatusCode > 201 {
		t.Fatalf("%s %s: %d %v %v", r.Method, r.URL.Path, answer.StatusCode, body, err)
	}
	return body
}

// TestSessionJWTNamesNoClient holds what keeps a browser's session from being a bearer token: the SDK passes it, but
// with an empty client.
func TestSessionJWTNamesNoClient(t *testing.T) {
	p := openProject(t)
	local, err := p.api.IDP.IntrospectTokenLocal(t.Context(), &idp.IntrospectTokenLocalParams{Token: p.signIn(t).SessionJWT})
	must(t, local, err)
	if local.ClientID != "" || local.Scope != "" {
		t.Errorf("a session JWT names the client %q and the scope %q", local.ClientID, local.Scope)
	}
}

// TestSDKWithTrailingSlash covers stytch-go's doubled slash in the address of the keys.
func TestSDKWithTrailingSlash(t *testing.T) {
	server := identitytest.Start(t)
	c := server.Credentials()
	api, err := stytchapi.NewClient(c.ProjectID, c.Secret, stytchapi.WithBaseURI(server.URL+"/"))
	if err != nil {
		t.Fatal(err)
	}
	api.Sessions.JWKS.EndBackground()
}
