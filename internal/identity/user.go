package identity

import (
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxMetadataKeys = 20
	maxMetadataSize = 4 << 10 // bytes
	maxEmail        = 254     // bytes, RFC 5321 section 4.5.3.1.3
	maxName         = 200     // bytes of each part of a name
)

// metadata is a JSON object whose values are kept as they came.
type metadata map[string]jsontext.Value

// merge sets the members of change; null deletes one. Only the top level is merged, as Stytch does.
func (m metadata) merge(change metadata) (metadata, error) {
	merged := metadata{}
	for _, source := range []metadata{m, change} {
		for key, value := range source {
			if value.Kind() == 'n' {
				delete(merged, key)
			} else {
				merged[key] = value
			}
		}
	}
	if len(merged) > maxMetadataKeys {
		return nil, errMetadataKeys
	}
	data, err := json.Marshal(merged)
	if err != nil {
		return nil, errInvalidBody
	}
	if len(data) > maxMetadataSize {
		return nil, errMetadataSize
	}
	return merged, nil
}

type email struct {
	EmailID  string `json:"email_id"`
	Email    string `json:"email"`
	Verified bool   `json:"verified"`
}

type name struct {
	First  string `json:"first_name"`
	Middle string `json:"middle_name"`
	Last   string `json:"last_name"`
}

func (n name) full() string {
	return strings.Join(strings.Fields(n.First+" "+n.Middle+" "+n.Last), " ")
}

// user is Stytch's User object, as it is stored and as it is sent. What this server does not have is empty.
type user struct {
	UserID                 string     `json:"user_id"`
	Emails                 []email    `json:"emails"`
	Status                 string     `json:"status"`
	PhoneNumbers           []struct{} `json:"phone_numbers"`
	WebauthnRegistrations  []struct{} `json:"webauthn_registrations"`
	Providers              []struct{} `json:"providers"`
	TOTPs                  []struct{} `json:"totps"`
	CryptoWallets          []struct{} `json:"crypto_wallets"`
	BiometricRegistrations []struct{} `json:"biometric_registrations"`
	IsLocked               bool       `json:"is_locked"`
	Roles                  []string   `json:"roles"`
	Name                   name       `json:"name"`
	CreatedAt              time.Time  `json:"created_at"`
	Password               *struct{}  `json:"password"`
	TrustedMetadata        metadata   `json:"trusted_metadata"`
	UntrustedMetadata      metadata   `json:"untrusted_metadata"`
	ExternalID             *string    `json:"external_id"`
	LockCreatedAt          *time.Time `json:"lock_created_at"`
	LockExpiresAt          *time.Time `json:"lock_expires_at"`
}

const (
	statusActive  = "active"
	statusPending = "pending"
)

func (u *user) save(tx Tx) error { return usersTable.put(tx, u.UserID, u, time.Time{}) }

func (u *user) emailByID(id string) *email {
	return find(u.Emails, func(e email) bool { return e.EmailID == id })
}

func getUser(tx Tx, id string) (*user, error) {
	u, err := usersTable.get(tx, id)
	if err == nil && u == nil {
		err = errUserNotFound
	}
	return u, err
}

// findByEmail returns the user who has the address and its entry, or nil.
func findByEmail(tx Tx, address string) (*user, *email, error) {
	id, err := emailsTable.get(tx, address)
	if err != nil || id == nil {
		return nil, nil, err
	}
	u, err := getUser(tx, *id)
	if err != nil {
		return nil, nil, err
	}
	e := find(u.Emails, func(e email) bool { return e.Email == address })
	if e == nil {
		return nil, nil, errUserNotFound
	}
	return u, e, nil
}

// createUser stores a new user. The address may be empty; one that is taken must have been looked up before.
func createUser(tx Tx, address string, pending bool, now time.Time) (*user, error) {
	u := &user{UserID: newID("user"), Status: statusActive, Roles: []string{defaultRole}, CreatedAt: now}
	if pending {
		u.Status = statusPending
	}
	if address != "" {
		u.Emails = []email{{EmailID: newID("email"), Email: address}}
		if err := emailsTable.put(tx, address, &u.UserID, time.Time{}); err != nil {
			return nil, err
		}
	}
	return u, u.save(tx)
}

// normalEmail checks an address and returns the form by which it is known: lower case, no display name.
func normalEmail(address string) (string, error) {
	address = strings.ToLower(strings.TrimSpace(address))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxEmail {
		return "", badRequest("invalid_email", "Email format is invalid.")
	}
	return address, nil
}

type userResponse struct {
	meta
	user
}

func (s *Server) getUserEndpoint(r *http.Request) (response, error) {
	var out userResponse
	err := s.view(r.Context(), func(tx Tx) error {
		u, err := getUser(tx, r.PathValue("user_id"))
		if err == nil {
			out.user = *u
		}
		return err
	})
	return &out, err
}

// userChange is what a create and an update have in common. Nil members are not changed.
type userChange struct {
	Name              *name     `json:"name"`
	TrustedMetadata   metadata  `json:"trusted_metadata"`
	UntrustedMetadata metadata  `json:"untrusted_metadata"`
	Roles             *[]string `json:"roles"`
}

func (s *Server) apply(change *userChange, u *user) (err error) {
	if n := change.Name; n != nil {
		if max(len(n.First), len(n.Middle), len(n.Last)) > maxName {
			return badRequest("invalid_name", "A name may have 200 bytes in each part.")
		}
		u.Name = *n
	}
	if u.TrustedMetadata, err = u.TrustedMetadata.merge(change.TrustedMetadata); err != nil {
		return err
	}
	if u.UntrustedMetadata, err = u.UntrustedMetadata.merge(change.UntrustedMetadata); err != nil {
		return err
	}
	if change.Roles == nil {
		return nil
	}
	roles := append([]string{defaultRole}, *change.Roles...)
	for _, role := range roles {
		if s.policy.role(role) == nil {
			return badRequest("invalid_role_id", "A role is not in the RBAC policy.")
		}
	}
	slices.Sort(roles)
	u.Roles = slices.Compact(roles)
	return nil
}

type createUserRequest struct {
	userChange
	Email   string `json:"email"`
	Pending bool   `json:"create_user_as_pending"`
}

type createUserResponse struct {
	meta
	UserID  string `json:"user_id"`
	EmailID string `json:"email_id"`
	PhoneID string `json:"phone_id"`
	Status  string `json:"status"`
	User    user   `json:"user"`
}

func (s *Server) createUserEndpoint(r *http.Request, in *createUserRequest) (response, error) {
	var address string
	if in.Email != "" {
		var err error
		if address, err = normalEmail(in.Email); err != nil {
			return nil, err
		}
	}
	var out createUserResponse
	err := s.update(r.Context(), func(tx Tx) error {
		if taken, err := emailsTable.get(tx, address); err != nil {
			return err
		} else if taken != nil {
			return badRequest("duplicate_email", "A user with this email address already exists.")
		}
		u, err := createUser(tx, address, in.Pending, s.now())
		if err != nil {
			return err
		}
		if err := s.apply(&in.userChange, u); err != nil {
			return err
		}
		out = createUserResponse{UserID: u.UserID, Status: u.Status, User: *u}
		if len(u.Emails) > 0 {
			out.EmailID = u.Emails[0].EmailID
		}
		return u.save(tx)
	})
	return &out, err
}

type updateUserResponse struct {
	meta
	UserID        string     `json:"user_id"`
	Emails        []email    `json:"emails"`
	PhoneNumbers  []struct{} `json:"phone_numbers"`
	CryptoWallets []struct{} `json:"crypto_wallets"`
	User          user       `json:"user"`
}

func (s *Server) updateUserEndpoint(r *http.Request, in *userChange) (response, error) {
	var out updateUserResponse
	err := s.update(r.Context(), func(tx Tx) error {
		u, err := getUser(tx, r.PathValue("user_id"))
		if err != nil {
			return err
		}
		if err := s.apply(in, u); err != nil {
			return err
		}
		out = updateUserResponse{UserID: u.UserID, Emails: u.Emails, User: *u}
		return u.save(tx)
	})
	return &out, err
}
