package identity

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxBody is the largest request body, in bytes.
const maxBody = 64 << 10

// response is the body of an answer. stamp gives it what every answer of Stytch has and returns its status code.
type response interface {
	stamp(requestID string) (status int)
}

// meta is embedded in every response.
type meta struct {
	RequestID  string `json:"request_id"`
	StatusCode int    `json:"status_code"`
}

func (m *meta) stamp(requestID string) int {
	m.RequestID = requestID
	if m.StatusCode == 0 {
		m.StatusCode = http.StatusOK
	}
	return m.StatusCode
}

// endpoint answers a request. An error that is neither an *apiError nor an *oauthError is a failure of the server:
// the log gets it, the caller does not.
type endpoint func(r *http.Request) (response, error)

// api serves an endpoint of Stytch's API: the caller is the project's own backend.
func (s *Server) api(fn endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.isProject(r) {
			s.answerAPI(w, r, nil, errCredentials)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := fn(r)
		s.answerAPI(w, r, answer, err)
	})
}

// public serves an endpoint of Stytch's API that anyone may read, from any origin.
func (s *Server) public(fn endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if preflight(w, r, http.MethodGet) {
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.answerAPI(w, r, nil, errRoute)
			return
		}
		answer, err := fn(r)
		s.answerAPI(w, r, answer, err)
	})
}

// oauth serves an OAuth endpoint: any origin, only the given methods, never cached.
func (s *Server) oauth(fn endpoint, methods ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if preflight(w, r, methods...) {
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if !slices.Contains(methods, r.Method) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			s.answerOAuth(w, r, nil, errNotOurMethod)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := fn(r)
		s.answerOAuth(w, r, answer, err)
	})
}

// preflight allows any origin, and answers the request if it is a CORS preflight. No endpoint behind it knows cookies.
func preflight(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodOptions {
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		return false
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, MCP-Protocol-Version")
	h.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

func (s *Server) answerAPI(w http.ResponseWriter, r *http.Request, answer response, err error) {
	requestID := newID("request-id")
	if err == nil {
		s.write(w, answer.stamp(requestID), answer)
		return
	}
	refusal, failed := toAPI(err)
	s.logFailure(r, requestID, failed, err)
	s.write(w, refusal.status, refusal.body(requestID))
}

func (s *Server) answerOAuth(w http.ResponseWriter, r *http.Request, answer response, err error) {
	requestID := newID("request-id")
	if err == nil {
		s.write(w, answer.stamp(requestID), answer)
		return
	}
	refusal, failed := toOAuth(err)
	s.logFailure(r, requestID, failed, err)
	if refusal.challenge != "" {
		w.Header().Set("WWW-Authenticate", refusal.challenge)
	}
	if refusal.status == http.StatusServiceUnavailable || refusal.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "5")
	}
	s.write(w, refusal.status, refusal.body(requestID))
}

func (s *Server) logFailure(r *http.Request, requestID string, failed bool, err error) {
	if failed && r.Context().Err() == nil {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "identity request failed",
			slog.String("request_id", requestID), slog.String("route", r.Pattern), slog.Any("error", err))
	}
}

func (s *Server) write(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil { // our own types: only a program error leads here
		s.cfg.Logger.Error("identity answer cannot be encoded", slog.Any("error", err))
		status, data = http.StatusInternalServerError, []byte(`{"status_code":500,"error_type":"internal_server_error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(data) // a client that went away is not our failure
}

// isProject checks the project's credentials in constant time.
func (s *Server) isProject(r *http.Request) bool {
	id, secret, _ := r.BasicAuth()
	return sameSecret(id, s.credentials.ProjectID) && sameSecret(secret, s.credentials.Secret)
}

// sameSecret compares in a time that tells nothing, not even of the lengths.
func sameSecret(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// takes makes an endpoint of a function that takes a JSON body. Members it does not know are ignored, as Stytch does;
// a member that appears twice, and text that is not UTF-8, are refused.
func takes[T any](fn func(r *http.Request, in *T) (response, error)) endpoint {
	return func(r *http.Request) (response, error) {
		in := new(T)
		if err := decodeJSON(r, in); err != nil {
			return nil, err
		}
		return fn(r, in)
	}
}

// decodeJSON reads the body into value. An empty body is an empty object.
func decodeJSON(r *http.Request, value any) error {
	data, err := readBody(r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, value); err != nil {
		return errInvalidBody
	}
	return nil
}

func readBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errBodyTooLarge
	}
	if err != nil {
		return nil, errInvalidBody
	}
	return data, nil
}

func mediaType(r *http.Request) string {
	name, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return name
}
