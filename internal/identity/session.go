package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"time"
)

const (
	sessionJWTLifetime = 5 * time.Minute

	minSessionMinutes = 5
	maxSessionMinutes = 527040 // 366 days
)

// reservedClaims cannot be custom claims of a session.
var reservedClaims = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", sessionClaimName}

const sessionClaimName = "https://stytch.com/session"

type attributes struct {
	IPAddress string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

type emailFactor struct {
	EmailID      string `json:"email_id"`
	EmailAddress string `json:"email_address"`
}

type factor struct {
	Type                string       `json:"type"`
	DeliveryMethod      string       `json:"delivery_method"`
	LastAuthenticatedAt time.Time    `json:"last_authenticated_at"`
	CreatedAt           time.Time    `json:"created_at"`
	UpdatedAt           time.Time    `json:"updated_at"`
	EmailFactor         *emailFactor `json:"email_factor"`
}

func newEmailFactor(kind string, e *email, now time.Time) factor {
	return factor{
		Type: kind, DeliveryMethod: "email", LastAuthenticatedAt: now, CreatedAt: now, UpdatedAt: now,
		EmailFactor: &emailFactor{e.EmailID, e.Email},
	}
}

// session is Stytch's Session object, as it is stored and as it is sent.
type session struct {
	SessionID             string     `json:"session_id"`
	UserID                string     `json:"user_id"`
	AuthenticationFactors []factor   `json:"authentication_factors"`
	Roles                 []string   `json:"roles"`
	StartedAt             time.Time  `json:"started_at"`
	LastAccessedAt        time.Time  `json:"last_accessed_at"`
	ExpiresAt             time.Time  `json:"expires_at"`
	Attributes            attributes `json:"attributes"`
	CustomClaims          metadata   `json:"custom_claims"`
}

// sessionClaim is the session within its JWT.
type sessionClaim struct {
	ID                    string     `json:"id"`
	StartedAt             time.Time  `json:"started_at"`
	LastAccessedAt        time.Time  `json:"last_accessed_at"`
	ExpiresAt             time.Time  `json:"expires_at"`
	Attributes            attributes `json:"attributes"`
	AuthenticationFactors []factor   `json:"authentication_factors"`
	Roles                 []string   `json:"roles"`
}

// sessionToken is the token of a session. It is derived, so that it can be given out again although only its hash is
// stored, and so that reading the store without the project's secret yields none.
func (s *Server) sessionToken(sessionID string) string {
	mac := hmac.New(sha256.New, []byte(s.credentials.Secret))
	mac.Write([]byte("session token\x00" + sessionID))
	return base64.URLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Server) sessionJWT(session *session) (string, error) {
	now := s.now()
	claims := map[string]any{}
	for key, value := range session.CustomClaims {
		claims[key] = value
	}
	claims["iss"] = s.cfg.Issuer
	claims["sub"] = session.UserID
	claims["aud"] = []string{s.credentials.ProjectID}
	claims["iat"] = now.Unix()
	claims["nbf"] = now.Unix()
	claims["exp"] = now.Add(sessionJWTLifetime).Unix()
	claims[sessionClaimName] = sessionClaim{
		session.SessionID, session.StartedAt, session.LastAccessedAt, session.ExpiresAt,
		session.Attributes, session.AuthenticationFactors, session.Roles,
	}
	return s.keys.Load().sign(claims)
}

// sessionInput is what every authentication call may say about the session that it starts or extends.
type sessionInput struct {
	SessionToken    string     `json:"session_token"`
	SessionJWT      string     `json:"session_jwt"`
	DurationMinutes *int       `json:"session_duration_minutes"`
	CustomClaims    metadata   `json:"session_custom_claims"`
	Attributes      attributes `json:"attributes"`
}

func (in *sessionInput) check() error {
	if in.DurationMinutes == nil {
		return nil
	}
	if d := *in.DurationMinutes; d < minSessionMinutes || d > maxSessionMinutes {
		return badRequest("invalid_session_duration_minutes", "Session duration must be between 5 and 527040 minutes.")
	}
	return nil
}

// sessionRef names a session by what the caller has of it.
type sessionRef struct{ id, tokenHash string }

// sessionRef reads a session's token or JWT. An expired JWT still names its session; whether that is alive is up to
// find. It is apart from find because a signature is not to be checked within a transaction.
func (s *Server) sessionRef(token, jwt string) (sessionRef, error) {
	switch {
	case token != "" && jwt != "":
		return sessionRef{}, errTooManySessions
	case token == "" && jwt == "":
		return sessionRef{}, errNoSession
	case token != "":
		if _, err := base64.URLEncoding.DecodeString(token); err != nil {
			return sessionRef{}, badRequest("invalid_session_token", "Session token format is invalid.")
		}
		return sessionRef{tokenHash: hashToken(token)}, nil
	}
	c, err := s.verifyToken(jwt)
	if err != nil || c.Session == nil {
		return sessionRef{}, errSessionNotFound
	}
	return sessionRef{id: c.Session.ID}, nil
}

func (ref sessionRef) find(tx Tx, now time.Time) (*session, error) {
	if ref.tokenHash != "" {
		id, err := sessionTokensTable.get(tx, ref.tokenHash)
		if err != nil {
			return nil, err
		}
		if id == nil {
			return nil, errSessionNotFound
		}
		ref.id = *id
	}
	found, err := sessionsTable.get(tx, ref.id)
	if err != nil {
		return nil, err
	}
	if found == nil || !now.Before(found.ExpiresAt) {
		return nil, errSessionNotFound
	}
	return found, nil
}

// save stores the session with its indexes.
func (s *Server) saveSession(tx Tx, session *session) error {
	id, until := &session.SessionID, session.ExpiresAt
	if err := sessionTokensTable.put(tx, hashToken(s.sessionToken(*id)), id, until); err != nil {
		return err
	}
	if err := userSessionsTable.put(tx, session.UserID+"/"+*id, id, until); err != nil {
		return err
	}
	return sessionsTable.put(tx, *id, session, until)
}

func (s *Server) deleteSession(tx Tx, session *session) error {
	if err := sessionTokensTable.delete(tx, hashToken(s.sessionToken(session.SessionID))); err != nil {
		return err
	}
	if err := userSessionsTable.delete(tx, session.UserID+"/"+session.SessionID); err != nil {
		return err
	}
	return sessionsTable.delete(tx, session.SessionID)
}

// touch notes the use of a session and makes the changes that the call asks for.
func (session *session) touch(u *user, in *sessionInput, now time.Time) error {
	claims := metadata{}
	for key, value := range in.CustomClaims {
		if !slices.Contains(reservedClaims, key) {
			claims[key] = value
		}
	}
	merged, err := session.CustomClaims.merge(claims)
	if err != nil {
		return err
	}
	session.CustomClaims = merged
	session.LastAccessedAt = now
	session.Roles = u.Roles
	if in.DurationMinutes != nil {
		session.ExpiresAt = now.Add(time.Duration(*in.DurationMinutes) * time.Minute)
	}
	return nil
}

// startSession gives the user who has just proved the factor a session: the one named in the call, or a new one if
// the call asks for a duration, or none.
func (s *Server) startSession(tx Tx, u *user, proved factor, in *sessionInput, now time.Time) (*session, error) {
	started := &session{SessionID: newID("session"), UserID: u.UserID, StartedAt: now, Attributes: in.Attributes}
	switch {
	case in.SessionToken != "" || in.SessionJWT != "":
		ref, err := s.sessionRef(in.SessionToken, in.SessionJWT)
		if err != nil {
			return nil, err
		}
		if started, err = ref.find(tx, now); err != nil {
			return nil, err
		}
		if started.UserID != u.UserID {
			return nil, badRequest("session_user_mismatch", "The session belongs to another user.")
		}
	case in.DurationMinutes == nil:
		return nil, nil
	}
	started.AuthenticationFactors = append(started.AuthenticationFactors, proved)
	if err := started.touch(u, in, now); err != nil {
		return nil, err
	}
	return started, s.saveSession(tx, started)
}

// signInResponse answers every call that authenticates a user.
type signInResponse struct {
	meta
	UserID        string    `json:"user_id"`
	MethodID      string    `json:"method_id"`
	SessionToken  string    `json:"session_token"`
	SessionJWT    string    `json:"session_jwt"`
	User          user      `json:"user"`
	ResetSessions bool      `json:"reset_sessions"`
	Session       *session  `json:"session"`
	UserDevice    *struct{} `json:"user_device"`
}

func (s *Server) signedIn(u *user, methodID string, started *session) (response, error) {
	out := &signInResponse{UserID: u.UserID, MethodID: methodID, User: *u, Session: started}
	if started == nil {
		return out, nil
	}
	var err error
	out.SessionToken = s.sessionToken(started.SessionID)
	out.SessionJWT, err = s.sessionJWT(started)
	return out, err
}

type authenticateSessionRequest struct {
	sessionInput
	AuthorizationCheck *struct {
		ResourceID string `json:"resource_id"`
		Action     string `json:"action"`
	} `json:"authorization_check"`
}

type verdict struct {
	Authorized    bool     `json:"authorized"`
	GrantingRoles []string `json:"granting_roles"`
}

type authenticateSessionResponse struct {
	meta
	Session      session  `json:"session"`
	SessionToken string   `json:"session_token"`
	SessionJWT   string   `json:"session_jwt"`
	User         user     `json:"user"`
	Verdict      *verdict `json:"verdict"`
}

func (s *Server) authenticateSession(r *http.Request, in *authenticateSessionRequest) (response, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	ref, err := s.sessionRef(in.SessionToken, in.SessionJWT)
	if err != nil {
		return nil, err
	}
	var out authenticateSessionResponse
	err = s.update(r.Context(), func(tx Tx) error {
		now := s.now()
		found, err := ref.find(tx, now)
		if err != nil {
			return err
		}
		u, err := getUser(tx, found.UserID)
		if err != nil {
			return err
		}
		if err := found.touch(u, &in.sessionInput, now); err != nil {
			return err
		}
		out = authenticateSessionResponse{Session: *found, User: *u}
		if check := in.AuthorizationCheck; check != nil {
			out.Verdict = s.policy.decide(u.Roles, check.ResourceID, check.Action)
			if !out.Verdict.Authorized {
				return errSessionForbidden
			}
		}
		return s.saveSession(tx, found)
	})
	if err != nil {
		return nil, err
	}
	out.SessionToken = s.sessionToken(out.Session.SessionID)
	out.SessionJWT, err = s.sessionJWT(&out.Session)
	return &out, err
}

type sessionsResponse struct {
	meta
	Sessions []*session `json:"sessions"`
}

func (s *Server) listSessions(r *http.Request) (response, error) {
	out := &sessionsResponse{}
	err := s.view(r.Context(), func(tx Tx) error {
		ids, err := userSessionsTable.list(tx, r.URL.Query().Get("user_id")+"/")
		if err != nil {
			return err
		}
		for _, id := range ids {
			found, err := sessionRef{id: *id}.find(tx, s.now())
			if errors.Is(err, errSessionNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			out.Sessions = append(out.Sessions, found)
		}
		return nil
	})
	return out, err
}

type revokeSessionRequest struct {
	SessionID    string `json:"session_id"`
	SessionToken string `json:"session_token"`
	SessionJWT   string `json:"session_jwt"`
}

func (s *Server) revokeSession(r *http.Request, in *revokeSessionRequest) (response, error) {
	ref := sessionRef{id: in.SessionID}
	if in.SessionID == "" {
		var err error
		if ref, err = s.sessionRef(in.SessionToken, in.SessionJWT); err != nil {
			return nil, err
		}
	} else if in.SessionToken != "" || in.SessionJWT != "" {
		return nil, errTooManySessions
	}
	return &meta{}, s.update(r.Context(), func(tx Tx) error {
		found, err := ref.find(tx, s.now())
		if err != nil {
			return err
		}
		return s.deleteSession(tx, found)
	})
}
