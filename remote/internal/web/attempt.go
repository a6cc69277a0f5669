package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

const (
	attemptCookie = "todo_signin"
	attemptLife   = time.Hour // as long as a magic link is good
)

// attempt is a sign-in under way. It travels in a cookie, so that neither the
// address nor where the person was going shows in a URL, and so that what comes
// back by mail or from another provider meets the browser that asked for it. It
// proves nothing: what it says is checked again when it is used.
type attempt struct {
	Email    string `json:"email,omitempty"`
	Method   string `json:"method,omitempty"` // what the code is checked against
	ReturnTo string `json:"returnTo"`
	External bool   `json:"external,omitempty"` // the browser was sent to another provider
}

func (p *Pages) keepAttempt(w http.ResponseWriter, a attempt) error {
	value, err := json.Marshal(a)
	if err != nil {
		return err
	}
	p.setAttempt(w, base64.RawURLEncoding.EncodeToString(value), int(attemptLife.Seconds()))
	return nil
}

func (p *Pages) endAttempt(w http.ResponseWriter) { p.setAttempt(w, "", -1) }

func (p *Pages) setAttempt(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: attemptCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: p.config.PublicURL.Scheme == "https", SameSite: http.SameSiteLaxMode,
	})
}

// attemptOf returns the browser's sign-in under way; a zero one, which leads to
// the list, if there is none.
func attemptOf(r *http.Request) (attempt, bool) {
	none := attempt{ReturnTo: pathList}
	cookie, err := r.Cookie(attemptCookie)
	if err != nil {
		return none, false
	}
	value, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return none, false
	}
	var a attempt
	if json.Unmarshal(value, &a) != nil {
		return none, false
	}
	a.ReturnTo = returnTo(a.ReturnTo)
	return a, true
}
