package oauthflow

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"strconv"
)

//go:embed page.css
var pageStyle string

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// pageCSP allows the page its one style sheet and nothing else; a response's text that got past the escaping could
// still neither run nor load anything.
var pageCSP = "default-src 'none'; style-src 'sha256-" + styleHash(pageStyle) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func styleHash(style string) string {
	sum := sha256.Sum256([]byte(style))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// page is what the browser shows at the end of its way.
type page struct {
	OK                  bool
	Title, Text, Detail string
}

var (
	pageSignedIn = page{OK: true, Title: "You are signed in", Text: "You can close this page and go back to where you came from."}
	pageUsed     = page{Title: "This link was used already", Text: "A sign-in link works once. If something is missing, start the sign-in again."}
	pageStray    = page{Title: "Nothing to see here", Text: "This address belongs to a sign-in on this computer, and the request is not part of it."}
)

// failurePage explains why a sign-in failed. What a server of the wrong issuer wrote is not shown: ErrUntrusted's
// messages hold none of it.
func failurePage(err error) page {
	p := page{Title: "The sign-in did not work", Text: "Go back to the program that started it and try again.", Detail: err.Error()}
	if refusal, ok := errors.AsType[*OAuthError](err); ok && refusal.Code == "access_denied" {
		p = page{Title: "Access was not allowed", Text: "Nothing was shared. You can close this page."}
	}
	return p
}

func writePage(w http.ResponseWriter, status int, p page) {
	var body bytes.Buffer
	err := pageTemplate.Execute(&body, struct {
		page
		Style template.CSS
	}{p, template.CSS(pageStyle)}) // our own file, not input
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Security-Policy", pageCSP)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser may be gone
}
