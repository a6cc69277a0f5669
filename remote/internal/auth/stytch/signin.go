package stytch

import (
	"context"
	"net/url"
	"time"

	"github.com/stytchauth/stytch-go/v16/stytch/consumer/attribute"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/magiclinks"
	linkemail "github.com/stytchauth/stytch-go/v16/stytch/consumer/magiclinks/email"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/oauth"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/otp"
	codeemail "github.com/stytchauth/stytch-go/v16/stytch/consumer/otp/email"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/sessions"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/users"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// codeMinutes is how long a mailed code is good for, Stytch's longest.
const codeMinutes = 10

// SendCode mails a one-time code, making the user if there is none.
func (c *Consumer) SendCode(ctx context.Context, email string, from auth.Device) (string, error) {
	r, err := c.api.OTPs.Email.LoginOrCreate(ctx, &codeemail.LoginOrCreateParams{
		Email: email, ExpirationMinutes: codeMinutes, Attributes: attributes(from),
	})
	if err != nil {
		return "", translate("send a sign-in code", err)
	}
	return r.EmailID, nil
}

// CheckCode trades a code for a session.
func (c *Consumer) CheckCode(ctx context.Context, method, code string, from auth.Device) (auth.Session, error) {
	r, err := c.api.OTPs.Authenticate(ctx, &otp.AuthenticateParams{
		MethodID: method, Code: code, Attributes: attributes(from), SessionDurationMinutes: sessionMinutes,
	})
	if err != nil {
		return auth.Session{}, translate("check a sign-in code", err)
	}
	return session(r.User, r.Session, r.SessionToken, r.SessionJWT)
}

// SendLink mails a magic link, making the user if there is none.
func (c *Consumer) SendLink(ctx context.Context, email, redirect string, from auth.Device) error {
	_, err := c.api.MagicLinks.Email.LoginOrCreate(ctx, &linkemail.LoginOrCreateParams{
		Email: email, LoginMagicLinkURL: redirect, SignupMagicLinkURL: redirect, Attributes: attributes(from),
	})
	return translate("send a sign-in link", err)
}

// CheckLink trades what a magic link or an OAuth sign-in brought back for a session.
func (c *Consumer) CheckLink(ctx context.Context, kind, token string, from auth.Device) (auth.Session, error) {
	switch kind {
	case "magic_links":
		r, err := c.api.MagicLinks.Authenticate(ctx, &magiclinks.AuthenticateParams{
			Token: token, Attributes: attributes(from), SessionDurationMinutes: sessionMinutes,
		})
		if err != nil {
			return auth.Session{}, translate("check a sign-in link", err)
		}
		return session(r.User, r.Session, r.SessionToken, r.SessionJWT)
	case "oauth":
		r, err := c.api.OAuth.Authenticate(ctx, &oauth.AuthenticateParams{Token: token, SessionDurationMinutes: sessionMinutes})
		if err != nil {
			return auth.Session{}, translate("end an OAuth sign-in", err)
		}
		return session(r.User, r.UserSession, r.SessionToken, r.SessionJWT)
	}
	return auth.Session{}, &todo.Error{Code: todo.CodeInvalid, Field: "stytch_token_type", Message: "this kind of sign-in link is not known here", Hint: "sign in with your e-mail address"}
}

// OAuthStart returns where a sign-in with another provider begins.
func (c *Consumer) OAuthStart(provider, redirect string) string {
	if c.config.PublicToken == "" {
		return ""
	}
	query := url.Values{"public_token": {c.config.PublicToken}, "login_redirect_url": {redirect}, "signup_redirect_url": {redirect}}
	return c.config.Domain + "/v1/public/oauth/" + url.PathEscape(provider) + "/start?" + query.Encode()
}

// maxSessionAge is how old a session JWT may be to be believed without asking. It
// lives for five minutes, also when the person signs out in the meantime.
const maxSessionAge = time.Minute

// Session checks a browser's cookies: the JWT by itself while it is fresh, the
// session at the provider otherwise, which renews both.
func (c *Consumer) Session(ctx context.Context, k auth.Cookies) (auth.Session, error) {
	if k.JWT != "" {
		if s, err := c.api.Sessions.AuthenticateJWTLocal(k.JWT, maxSessionAge); err == nil {
			return c.known(ctx, s, k)
		}
	}
	p := &sessions.AuthenticateParams{SessionToken: k.Token, SessionDurationMinutes: sessionMinutes}
	if k.Token == "" {
		p.SessionJWT = k.JWT
	}
	r, err := c.api.Sessions.Authenticate(ctx, p)
	if err != nil {
		return auth.Session{}, translate("check a session", err)
	}
	return session(r.User, &r.Session, r.SessionToken, r.SessionJWT)
}

// known is the session that a fresh JWT tells of.
func (c *Consumer) known(ctx context.Context, s *sessions.Session, k auth.Cookies) (auth.Session, error) {
	out := auth.Session{Subject: s.UserID, Cookies: k, Expires: *s.ExpiresAt}
	for _, f := range s.AuthenticationFactors {
		if f.EmailFactor != nil {
			out.Email = f.EmailFactor.EmailAddress
			return out, nil
		}
	}
	var err error
	out.Email, err = c.Email(ctx, s.UserID)
	return out, err
}

// Email returns a person's address, the first one if there are more.
func (c *Consumer) Email(ctx context.Context, subject string) (string, error) {
	if e, ok := c.emails.Get(subject); ok {
		return e, nil
	}
	r, err := c.api.Users.Get(ctx, &users.GetParams{UserID: subject})
	if err != nil {
		return "", translate("look up a user", err)
	}
	e := firstEmail(r.Emails)
	c.emails.Add(subject, e)
	return e, nil
}

// SignOut ends a session. One that has ended already is fine.
func (c *Consumer) SignOut(ctx context.Context, k auth.Cookies) error {
	p := &sessions.RevokeParams{SessionToken: k.Token}
	if k.Token == "" {
		p.SessionJWT = k.JWT
	}
	_, err := c.api.Sessions.Revoke(ctx, p)
	err = translate("end a session", err)
	if err != nil && todo.AsError(err).Code == todo.CodeUnauthenticated {
		return nil
	}
	return err
}

func session(u users.User, s *sessions.Session, token, jwt string) (auth.Session, error) {
	if s == nil || s.ExpiresAt == nil || token == "" {
		return auth.Session{}, &todo.Error{Code: todo.CodeInternal, Message: "the identity provider's answer has no session", Hint: "sign in again"}
	}
	return auth.Session{
		Subject: s.UserID,
		Email:   firstEmail(u.Emails),
		Cookies: auth.Cookies{Token: token, JWT: jwt},
		Expires: *s.ExpiresAt,
	}, nil
}

func firstEmail(emails []users.Email) string {
	if len(emails) == 0 {
		return ""
	}
	return emails[0].Email
}

func attributes(from auth.Device) *attribute.Attributes {
	return &attribute.Attributes{IPAddress: from.IP, UserAgent: from.UserAgent}
}
