package identity

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	defaultLinkMinutes   = 60
	defaultSignupMinutes = 7 * 24 * 60
	minLinkMinutes       = 5
	maxLinkMinutes       = 7 * 24 * 60
)

// magicLinkRecord is a sent link, by the hash of its token.
type magicLinkRecord struct {
	UserID    string    `json:"user_id"`
	EmailID   string    `json:"email_id"`
	Challenge string    `json:"challenge"` // PKCE S256, or empty
	Used      bool      `json:"used"`
	Expires   time.Time `json:"expires"`
}

var (
	errMagicLink         = unauthorized("unable_to_auth_magic_link", "The magic link could not be authenticated because it was already used or expired.")
	errMagicLinkNotFound = notFound("magic_link_not_found", "Magic link could not be found.")
)

type sendLinkRequest struct {
	addressee
	LoginURL      string `json:"login_magic_link_url"`
	SignupURL     string `json:"signup_magic_link_url"`
	LoginMinutes  *int   `json:"login_expiration_minutes"`
	SignupMinutes *int   `json:"signup_expiration_minutes"`
	Challenge     string `json:"code_challenge"`
}

// linkKinds are the address and the lifetime of a link for someone who is known and for someone who is not.
type linkKinds struct{ login, signup linkKind }

type linkKind struct {
	target   string
	lifetime time.Duration
}

func (s *Server) linkKinds(in *sendLinkRequest) (kinds linkKinds, err error) {
	if kinds.login.target, err = s.linkTarget(in.LoginURL); err != nil {
		return kinds, err
	}
	if kinds.signup.target, err = s.linkTarget(in.SignupURL); err != nil {
		return kinds, err
	}
	if kinds.login.lifetime, err = minutes(in.LoginMinutes, defaultLinkMinutes, minLinkMinutes, maxLinkMinutes); err != nil {
		return kinds, err
	}
	kinds.signup.lifetime, err = minutes(in.SignupMinutes, defaultSignupMinutes, minLinkMinutes, maxLinkMinutes)
	return kinds, err
}

// linkTarget returns the redirect URL that was asked for, if it is one of the project's; the first of those otherwise.
func (s *Server) linkTarget(asked string) (string, error) {
	if asked == "" && len(s.cfg.RedirectURLs) > 0 {
		return s.cfg.RedirectURLs[0], nil
	}
	if !slices.Contains(s.cfg.RedirectURLs, asked) {
		return "", badRequest("no_match_for_provided_magic_link_url", "The magic link URL did not match any of the project's redirect URLs.")
	}
	return asked, nil
}

func (s *Server) sendMagicLink(ctx context.Context, in *sendLinkRequest, create bool) (recipient, error) {
	address, err := normalEmail(in.Email)
	if err != nil {
		return recipient{}, err
	}
	kinds, err := s.linkKinds(in)
	if err != nil {
		return recipient{}, err
	}
	if in.Challenge != "" && !isChallenge(in.Challenge) {
		return recipient{}, errCodeChallenge
	}
	token := newToken()
	var to recipient
	var kind linkKind
	err = s.update(ctx, func(tx Tx) error {
		now := s.now()
		var err error
		if to, err = in.find(tx, address, create, now); err != nil {
			return err
		}
		kind = kinds.login
		if to.created {
			kind = kinds.signup
		}
		record := &magicLinkRecord{to.userID, to.emailID, in.Challenge, false, now.Add(kind.lifetime)}
		return magicLinksTable.put(tx, hashToken(token), record, record.Expires)
	})
	if err != nil {
		return recipient{}, err
	}
	link := addQuery(kind.target, url.Values{"stytch_token_type": {"magic_links"}, "token": {token}})
	return to, s.deliver(ctx, Message{To: address, Link: link, ExpiresIn: kind.lifetime})
}

type authenticateLinkRequest struct {
	sessionInput
	Token    string `json:"token"`
	Verifier string `json:"code_verifier"`
}

func (s *Server) magicLinkAuthenticate(r *http.Request, in *authenticateLinkRequest) (response, error) {
	if in.Token == "" {
		return nil, errMagicLinkNotFound
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	var u *user
	var started *session
	var emailID string
	err := s.update(r.Context(), func(tx Tx) error {
		now := s.now()
		hash := hashToken(in.Token)
		record, err := magicLinksTable.get(tx, hash)
		if err != nil {
			return err
		}
		if err := record.check(in.Verifier, now); err != nil {
			return err
		}
		record.Used = true
		if err := magicLinksTable.put(tx, hash, record, record.Expires); err != nil {
			return err
		}
		emailID = record.EmailID
		u, started, err = s.completeSignIn(tx, record.UserID, record.EmailID, "magic_link", &in.sessionInput, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.signedIn(u, emailID, started)
}

// check refuses a link that cannot be used. A wrong verifier does not use it up: who has only the link cannot spoil it.
func (record *magicLinkRecord) check(verifier string, now time.Time) error {
	switch {
	case record == nil:
		return errMagicLinkNotFound
	case record.Used || !now.Before(record.Expires):
		return errMagicLink
	case record.Challenge != "" && verifier == "":
		return badRequest("pkce_expected_code_verifier", "The link was made with a code_challenge: a code_verifier is needed.")
	case record.Challenge == "" && verifier != "":
		return badRequest("pkce_did_not_expect_code_verifier", "The link was made without a code_challenge.")
	case record.Challenge != "" && !verifyPKCE(record.Challenge, verifier):
		return unauthorized("pkce_mismatch", "The code_verifier does not match the code_challenge.")
	}
	return nil
}
