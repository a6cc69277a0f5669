package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/http"
	"time"
)

const (
	defaultOTPMinutes = 2
	maxOTPMinutes     = 10

	otpAttempts = 5 // wrong guesses that one code survives, less one
)

// otpRecord is the code that was last sent to an address. A newer one replaces it.
type otpRecord struct {
	UserID   string    `json:"user_id"`
	Hash     []byte    `json:"hash"`
	Failures int       `json:"failures"`
	Expires  time.Time `json:"expires"`
}

func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return fmt.Sprintf("%06d", n)
}

// hashCode binds a code to its address, and keys the hash with the project's secret because six digits alone are
// found from a plain hash at once.
func (s *Server) hashCode(methodID, code string) []byte {
	mac := hmac.New(sha256.New, []byte(s.credentials.Secret))
	mac.Write([]byte("one-time code\x00" + methodID + "\x00" + code))
	return mac.Sum(nil)
}

// addressee is what a request for a code or a link says about who is to get it.
type addressee struct {
	Email   string `json:"email"`
	Pending bool   `json:"create_user_as_pending"`
	UserID  string `json:"user_id"`
}

type sendRequest struct {
	addressee
	Minutes *int `json:"expiration_minutes"`
}

type sendResponse struct {
	meta
	UserID  string `json:"user_id"`
	EmailID string `json:"email_id"`
}

type loginOrCreateResponse struct {
	meta
	UserID      string `json:"user_id"`
	EmailID     string `json:"email_id"`
	UserCreated bool   `json:"user_created"`
}

// sends makes an endpoint of a function that sends a code or a link to a user who exists.
func sends[T any](send func(ctx context.Context, in *T, create bool) (recipient, error)) endpoint {
	return takes(func(r *http.Request, in *T) (response, error) {
		to, err := send(r.Context(), in, false)
		return &sendResponse{UserID: to.userID, EmailID: to.emailID}, err
	})
}

// sendsOrCreates is sends, and who does not exist yet is made.
func sendsOrCreates[T any](send func(ctx context.Context, in *T, create bool) (recipient, error)) endpoint {
	return takes(func(r *http.Request, in *T) (response, error) {
		to, err := send(r.Context(), in, true)
		return &loginOrCreateResponse{UserID: to.userID, EmailID: to.emailID, UserCreated: to.created}, err
	})
}

// recipient is who gets a code or a link.
type recipient struct {
	userID, emailID string
	created         bool
}

// find counts a message to the address, which is normal, and returns whose it is. Someone new is made if create says so.
func (to *addressee) find(tx Tx, address string, create bool, now time.Time) (recipient, error) {
	if err := sendsPerMinute.take(tx, address, now); err != nil {
		return recipient{}, err
	}
	if err := sendsPerHour.take(tx, address, now); err != nil {
		return recipient{}, err
	}
	u, e, err := findByEmail(tx, address)
	switch {
	case err != nil:
		return recipient{}, err
	case u != nil && (to.UserID == "" || to.UserID == u.UserID):
		return recipient{userID: u.UserID, emailID: e.EmailID}, nil
	case u != nil || !create || to.UserID != "":
		return recipient{}, errEmailNotFound
	}
	u, err = createUser(tx, address, to.Pending, now)
	if err != nil {
		return recipient{}, err
	}
	return recipient{userID: u.UserID, emailID: u.Emails[0].EmailID, created: true}, nil
}

func (s *Server) sendOTP(ctx context.Context, in *sendRequest, create bool) (recipient, error) {
	address, err := normalEmail(in.Email)
	if err != nil {
		return recipient{}, err
	}
	lifetime, err := minutes(in.Minutes, defaultOTPMinutes, 1, maxOTPMinutes)
	if err != nil {
		return recipient{}, err
	}
	code := newCode()
	var to recipient
	err = s.update(ctx, func(tx Tx) error {
		now := s.now()
		var err error
		if to, err = in.find(tx, address, create, now); err != nil {
			return err
		}
		record := &otpRecord{UserID: to.userID, Hash: s.hashCode(to.emailID, code), Expires: now.Add(lifetime)}
		return otpsTable.put(tx, to.emailID, record, record.Expires)
	})
	if err != nil {
		return recipient{}, err
	}
	return to, s.deliver(ctx, Message{To: address, Code: code, ExpiresIn: lifetime})
}

func (s *Server) deliver(ctx context.Context, message Message) error {
	if err := s.cfg.Deliver(ctx, message); err != nil {
		return fmt.Errorf("deliver sign-in message: %w", err)
	}
	return nil
}

// minutes reads an optional number of minutes with its default and bounds.
func minutes(given *int, otherwise, least, most int) (time.Duration, error) {
	n := otherwise
	if given != nil {
		n = *given
	}
	if n < least || n > most {
		return 0, badRequest("invalid_expiration", fmt.Sprintf("Expiration must be between %d and %d minutes.", least, most))
	}
	return time.Duration(n) * time.Minute, nil
}

// errOTP is the one answer for a code that is wrong, expired, used, or for a method that does not exist.
var errOTP = notFound("otp_code_not_found", "One-time passcode could not be found or is expired.")

type authenticateOTPRequest struct {
	sessionInput
	MethodID string `json:"method_id"`
	Code     string `json:"code"`
}

func (s *Server) otpAuthenticate(r *http.Request, in *authenticateOTPRequest) (response, error) {
	if in.MethodID == "" {
		return nil, badRequest("invalid_method_id", "Method ID is missing.")
	}
	if in.Code == "" {
		return nil, badRequest("invalid_code", "Code is missing.")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	var u *user
	var started *session
	err := s.update(r.Context(), func(tx Tx) error {
		now := s.now()
		record, err := s.checkOTP(tx, in.MethodID, in.Code, now)
		if err != nil {
			return err
		}
		if err := otpsTable.delete(tx, in.MethodID); err != nil {
			return err
		}
		u, started, err = s.completeSignIn(tx, record.UserID, in.MethodID, "otp", &in.sessionInput, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.signedIn(u, in.MethodID, started)
}

// checkOTP returns the record of the code. A wrong guess is counted, also when the answer is a refusal.
func (s *Server) checkOTP(tx Tx, methodID, code string, now time.Time) (*otpRecord, error) {
	if err := guesses.check(tx, methodID, now); err != nil {
		return nil, err
	}
	record, err := otpsTable.get(tx, methodID)
	if err != nil {
		return nil, err
	}
	if record == nil || !now.Before(record.Expires) {
		return nil, errOTP
	}
	if hmac.Equal(record.Hash, s.hashCode(methodID, code)) {
		return record, nil
	}
	if err := guesses.count(tx, methodID, now); err != nil {
		return nil, err
	}
	record.Failures++
	if record.Failures >= otpAttempts {
		err = otpsTable.delete(tx, methodID)
	} else {
		err = otpsTable.put(tx, methodID, record, record.Expires)
	}
	if err != nil {
		return nil, err
	}
	return nil, afterCommit(errOTP)
}

// completeSignIn notes that the user has the address and starts the session.
func (s *Server) completeSignIn(tx Tx, userID, emailID, kind string, in *sessionInput, now time.Time) (*user, *session, error) {
	u, err := getUser(tx, userID)
	if err != nil {
		return nil, nil, err
	}
	address := u.emailByID(emailID)
	if address == nil {
		return nil, nil, errEmailNotFound
	}
	if !address.Verified || u.Status != statusActive {
		address.Verified = true
		u.Status = statusActive
		if err := u.save(tx); err != nil {
			return nil, nil, err
		}
	}
	started, err := s.startSession(tx, u, newEmailFactor(kind, address, now), in, now)
	return u, started, err
}
