package web_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// identity is an auth.Provider in memory: it mails into itself, and keeps
// sessions, clients and grants by the rules that Provider states.
type identity struct {
	mu       sync.Mutex
	strict   bool
	google   string
	down     bool
	mail     map[string]string // the latest code or link token, by address
	codes    map[string]string // code by method
	methods  map[string]string // address by method
	links    map[string]string // address by token
	sessions map[string]string // address by token
	ended    map[string]bool   // sessions, by token, whose JWT is still believed
	clients  map[string]client
	grants   map[string][]string // scopes by subject and client
	codesOut int                 // authorization codes issued
	last     auth.AuthorizationRequest
}

type client struct {
	name     string
	redirect string
}

func newIdentity() *identity {
	return &identity{
		strict: true,
		mail:   map[string]string{}, codes: map[string]string{}, methods: map[string]string{}, links: map[string]string{},
		sessions: map[string]string{}, ended: map[string]bool{}, grants: map[string][]string{},
		clients: map[string]client{
			"claude": {"Claude", "https://claude.example/callback"},
			"cli":    {"todo CLI", "http://127.0.0.1:4321/callback"},
			"cursor": {"Cursor", "cursor://anysphere.cursor/callback"},
			"query":  {"Query", "https://query.example/callback?tenant=7"},
		},
	}
}

var (
	errCode      = &todo.Error{Code: todo.CodeInvalid, Field: "code", Message: "this code is wrong or has expired", Hint: "check it"}
	errSignedOut = &todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in", Hint: "sign in again"}
	errDown      = &todo.Error{Code: todo.CodeUnavailable, Message: "the identity provider cannot be reached", Hint: "try again in a moment"}
)

func (i *identity) SendCode(_ context.Context, email string, _ auth.Device) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		return "", errDown
	}
	if _, domain, _ := strings.Cut(email, "@"); !strings.Contains(domain, ".") {
		return "", &todo.Error{Code: todo.CodeInvalid, Field: "email", Message: "this is not an e-mail address", Hint: "check it for typing errors"}
	}
	method := "email-" + rand.Text()
	code := fmt.Sprintf("%06d", len(i.codes)+314159)
	i.codes[method], i.methods[method], i.mail[email] = code, email, code
	return method, nil
}

func (i *identity) CheckCode(_ context.Context, method, code string, _ auth.Device) (auth.Session, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if want, ok := i.codes[method]; !ok || want != code {
		return auth.Session{}, errCode
	}
	delete(i.codes, method)
	return i.begin(i.methods[method]), nil
}

func (i *identity) begin(email string) auth.Session {
	token := rand.Text()
	i.sessions[token] = email
	return session(email, token)
}

func session(email, token string) auth.Session {
	return auth.Session{Subject: "user-" + email, Email: email, Cookies: auth.Cookies{Token: token, JWT: "jwt-" + token}, Expires: time.Now().Add(time.Hour)}
}

func (i *identity) SendLink(_ context.Context, email, redirect string, _ auth.Device) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	token := rand.Text()
	i.links[token] = email
	i.mail[email] = redirect + "?" + url.Values{"stytch_token_type": {"magic_links"}, "token": {token}}.Encode()
	return nil
}

func (i *identity) CheckLink(_ context.Context, kind, token string, _ auth.Device) (auth.Session, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	email, ok := i.links[token]
	if !ok || (kind != "magic_links" && kind != "oauth") {
		return auth.Session{}, &todo.Error{Code: todo.CodeInvalid, Field: "token", Message: "this link was used already or has expired", Hint: "ask for a new one"}
	}
	delete(i.links, token)
	return i.begin(email), nil
}

func (i *identity) OAuthStart(string, string) string { return i.google }

func (i *identity) Session(_ context.Context, c auth.Cookies) (auth.Session, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		return auth.Session{}, errDown
	}
	email, ok := i.sessions[c.Token]
	if !ok {
		return auth.Session{}, errSignedOut
	}
	return session(email, c.Token), nil
}

func (i *identity) SignOut(_ context.Context, c auth.Cookies) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.sessions, c.Token)
	return nil
}

// Consent asks unless the same scopes were granted before and access does not
// outlast the session, as Stytch does.
func (i *identity) Consent(_ context.Context, s auth.Session, r auth.AuthorizationRequest) (auth.Consent, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended[s.Cookies.Token] {
		return auth.Consent{}, errSignedOut
	}
	c, ok := i.clients[r.ClientID]
	if !ok {
		return auth.Consent{}, &todo.Error{Code: todo.CodeNotFound, Field: "client_id", Message: "no app is registered under this client_id"}
	}
	if r.RedirectURI != c.redirect {
		return auth.Consent{}, &todo.Error{Code: todo.CodeInvalid, Field: "redirect_uri", Message: "not registered"}
	}
	known := map[string]bool{"openid": true, "email": true, "profile": true, "offline_access": true, auth.ScopeRead: true, auth.ScopeWrite: true, "admin": false}
	out := auth.Consent{Client: auth.Client{ID: r.ClientID, Name: c.name}}
	for _, name := range r.Scopes {
		grantable, ok := known[name]
		if !ok {
			return auth.Consent{}, &todo.Error{Code: todo.CodeInvalid, Field: "scope", Message: "unknown scope"}
		}
		out.Scopes = append(out.Scopes, auth.ScopeRequest{Name: name, Grantable: grantable})
	}
	out.Required = slices.Contains(r.Scopes, "offline_access") || !slices.Equal(i.grants[s.Subject+" "+r.ClientID], r.Scopes)
	return out, nil
}

func (i *identity) Authorize(ctx context.Context, s auth.Session, r auth.AuthorizationRequest, granted bool) (string, error) {
	c, err := i.Consent(ctx, s, r)
	if err != nil {
		return "", err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	answer := url.Values{"state": {r.State}}
	if c.Required && !granted {
		answer.Set("error", "access_denied")
	} else {
		i.codesOut++
		i.last = r
		i.grants[s.Subject+" "+r.ClientID] = r.Scopes
		answer.Set("code", fmt.Sprint("code-", i.codesOut))
	}
	u, err := url.Parse(r.RedirectURI)
	if err != nil {
		return "", err
	}
	q := u.Query()
	maps.Copy(q, answer)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (i *identity) Apps(_ context.Context, subject string) ([]auth.App, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var apps []auth.App
	for _, id := range slices.Sorted(maps.Keys(i.clients)) {
		if scopes, ok := i.grants[subject+" "+id]; ok {
			apps = append(apps, auth.App{ID: id, Name: i.clients[id].name, Scopes: scopes})
		}
	}
	return apps, nil
}

func (i *identity) RevokeApp(_ context.Context, subject, id string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, ok := i.grants[subject+" "+id]; !ok {
		return &todo.Error{Code: todo.CodeNotFound, Message: "no such app is connected", Hint: "the page lists them"}
	}
	delete(i.grants, subject+" "+id)
	return nil
}

func (i *identity) Verify(context.Context, string) (auth.Token, error) {
	return auth.Token{}, errSignedOut
}

func (i *identity) Active(context.Context, string, auth.Token) (bool, error) { return false, nil }

func (i *identity) Email(_ context.Context, subject string) (string, error) { return subject, nil }

func (i *identity) Strict() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.strict
}

func (i *identity) Issuer() string { return "https://issuer.example" }

func (i *identity) ServerMetadata(context.Context) ([]byte, error) { return []byte("{}"), nil }

// endSessions ends the sessions of the address without their browsers' knowing.
func (i *identity) endSessions(email string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for token, of := range i.sessions {
		i.ended[token] = i.ended[token] || of == email
	}
}

// issued returns how many authorization codes there have been.
func (i *identity) issued() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.codesOut
}

// mailed returns the latest code or link that was mailed to the address.
func (i *identity) mailed(email string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.mail[email]
}
