package auth

import (
	"errors"
	"net/http"

	"todo.example/internal/account"
	"todo.example/internal/todo"
)

// Feed lets in who brings the secret of a calendar feed, to read; events says whether
// the feed is to have them. A secret that is no good is not found.
func (g *Guard) Feed(w http.ResponseWriter, r *http.Request, secret string) (p Principal, events bool, err error) {
	f, err := g.accounts.OpenFeed(r.Context(), secret)
	if errors.Is(err, account.ErrBadToken) {
		return Principal{}, false, NoSuchFeed()
	}
	if err != nil {
		return Principal{}, false, err
	}
	p, err = g.admit(w, r, reader(f.Namespace, f.Subject))
	return p, f.Events, err
}

// NoSuchFeed is the answer for the address of a feed that is not there.
func NoSuchFeed() error {
	return &todo.Error{Code: todo.CodeNotFound, Message: "there is no such calendar feed", Hint: "it was turned off or got another address: copy the address anew"}
}
