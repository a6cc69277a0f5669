package identity

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// consent is what a user has agreed to let one client do. All codes and grants of the two hang on its id, so that
// deleting it ends them at once.
type consent struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	ClientID  string    `json:"client_id"`
	Scopes    []string  `json:"scopes"`
	Redirects []string  `json:"redirects"` // the registered URIs it was given for
	Granted   time.Time `json:"granted"`
}

func consentKey(userID, clientID string) string { return userID + "/" + clientID }

// needsConsent decides whether the user has to be asked. A client of someone else that asks to stay is asked about
// each time, and so is one that comes with more scopes, or with another redirect, than was agreed to.
func (a *authorization) needsConsent(prompt string) bool {
	switch {
	case slices.Contains(strings.Fields(prompt), "consent"):
		return true
	case slices.Contains(a.scopes, "offline_access") && !(a.client.firstParty() && a.client.BypassOffline):
		return true
	case a.client.firstParty():
		return false
	}
	return a.consent == nil || !slices.Contains(a.consent.Redirects, a.redirect) || !subset(a.scopes, a.consent.Scopes)
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// recordConsent adds this authorization to what the user has agreed to.
func (a *authorization) recordConsent(tx Tx, now time.Time) (*consent, error) {
	agreed := a.consent
	if agreed == nil {
		agreed = &consent{ID: newToken(), UserID: a.user.UserID, ClientID: a.client.ID}
	}
	for _, scope := range a.scopes {
		if !slices.Contains(agreed.Scopes, scope) {
			agreed.Scopes = append(agreed.Scopes, scope)
		}
	}
	if !slices.Contains(agreed.Redirects, a.redirect) {
		agreed.Redirects = append(agreed.Redirects, a.redirect)
	}
	agreed.Granted = now
	return agreed, consentsTable.put(tx, consentKey(agreed.UserID, agreed.ClientID), agreed, time.Time{})
}

type userApp struct {
	ConnectedAppID string `json:"connected_app_id"`
	Name           string `json:"name"`
	Description    string `json:"description"`
	ClientType     string `json:"client_type"`
	ScopesGranted  string `json:"scopes_granted"`
	LogoURL        string `json:"logo_url"`
}

type userAppsResponse struct {
	meta
	Apps []userApp `json:"connected_apps"`
}

func (s *Server) listUserApps(r *http.Request) (response, error) {
	userID := r.PathValue("user_id")
	out := &userAppsResponse{}
	return out, s.view(r.Context(), func(tx Tx) error {
		if _, err := getUser(tx, userID); err != nil {
			return err
		}
		consents, err := consentsTable.list(tx, consentKey(userID, ""))
		if err != nil {
			return err
		}
		for _, agreed := range consents {
			c, err := clientsTable.get(tx, agreed.ClientID)
			if err != nil {
				return err
			}
			if c == nil { // deleted
				continue
			}
			out.Apps = append(out.Apps, userApp{c.ID, c.Name, c.Description, c.Type, strings.Join(agreed.Scopes, " "), c.LogoURL})
		}
		return nil
	})
}

// revokeUserApp withdraws the consent, and with it every code and token of the app for the user.
func (s *Server) revokeUserApp(r *http.Request) (response, error) {
	key := consentKey(r.PathValue("user_id"), r.PathValue("connected_app_id"))
	return &meta{}, s.update(r.Context(), func(tx Tx) error {
		if _, err := getUser(tx, r.PathValue("user_id")); err != nil {
			return err
		}
		agreed, err := consentsTable.get(tx, key)
		if err != nil {
			return err
		}
		if agreed == nil {
			return errAppNotFound
		}
		return consentsTable.delete(tx, key)
	})
}
