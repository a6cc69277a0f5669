package auth

import (
	"context"
	"slices"

	"todo.example/internal/todo"
)

// Account is what Guard.Check is asked for to manage a person's tokens, feed and
// webhooks. It is none of the actions on a list, and no scope opens it by itself.
const Account todo.Action = 1 << 7

// checkAccount lets the person in the browser manage the account, or an app that was
// granted all there is. A personal token may not, or one that leaks could be made to
// outlive its end.
func (g *Guard) checkAccount(ctx context.Context, p Principal) error {
	switch {
	case p.Subject == "":
		return errNoToken
	case p.Via == ViaWeb:
		return nil
	case p.Personal():
		return &todo.Error{Code: todo.CodeForbidden, Message: "a personal access token cannot manage tokens, feeds or webhooks", Hint: "do that in the browser"}
	case !slices.Contains(p.Scopes, ScopeRead) || !slices.Contains(p.Scopes, ScopeWrite):
		return &todo.Error{Code: todo.CodeForbidden, Action: todo.Edit, Message: "this access does not include to manage tokens, feeds or webhooks", Hint: "do that in the browser, or ask the person for both " + ScopeRead + " and " + ScopeWrite}
	}
	return g.standing(ctx, p.grant, 0)
}
