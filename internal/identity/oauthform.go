package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
)

// params are the parameters of an OAuth request. One that is empty counts as left out, RFC 6749 section 3.1.
type params url.Values

func (p params) get(name string) string { return url.Values(p).Get(name) }

var errOAuthBody = invalidRequest("The body is not a form, or a JSON object of text members, in which no parameter is repeated.")

// readParams reads the body of an OAuth request: a form, or JSON as Stytch also takes it. Only resource may be
// repeated (RFC 8707 section 2).
func readParams(r *http.Request) (params, error) {
	if r.URL.RawQuery != "" {
		return nil, errQueryParameter
	}
	data, err := readBody(r)
	if err != nil {
		return nil, oauthBodyError(err)
	}
	switch mediaType(r) {
	case "application/x-www-form-urlencoded":
		return parseForm(string(data))
	case "application/json":
		return parseJSONParams(data)
	}
	return nil, invalidRequest("The body must be application/x-www-form-urlencoded.")
}

func oauthBodyError(err error) error {
	if errors.Is(err, errInvalidBody) {
		return errOAuthBody
	}
	return err
}

func parseForm(body string) (params, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, errOAuthBody
	}
	for name, given := range values {
		if len(given) > 1 && name != "resource" {
			return nil, errOAuthBody
		}
	}
	return params(values), nil
}

func parseJSONParams(body []byte) (params, error) {
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, errOAuthBody
	}
	p := params{}
	for name, member := range members {
		given := []any{member}
		if list, ok := member.([]any); ok && name == "resource" {
			given = list
		}
		for _, one := range given {
			text, ok := one.(string)
			if !ok {
				return nil, errOAuthBody
			}
			p[name] = append(p[name], text)
		}
	}
	return p, nil
}

// clientAuth is how a client presents itself.
type clientAuth struct {
	id, secret string
	basic      bool
}

// readClientAuth takes the client from HTTP Basic or from the body, RFC 6749 section 2.3.1, but not from both.
func readClientAuth(r *http.Request, p params) (clientAuth, error) {
	auth := clientAuth{id: p.get("client_id"), secret: p.get("client_secret")}
	if r.Header.Get("Authorization") == "" {
		return auth, nil
	}
	id, secret, ok := r.BasicAuth()
	if !ok {
		return auth, invalidClient(true)
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil {
		return auth, invalidClient(true)
	}
	if auth.secret != "" || (auth.id != "" && auth.id != id) {
		return auth, invalidRequest("The client authenticates in more than one way.")
	}
	return clientAuth{id, secret, true}, nil
}

// authenticateClient returns the client of a request. A public one only names itself; one that has a secret must
// show it, and one that has none must not.
func (s *Server) authenticateClient(ctx context.Context, auth clientAuth) (c *client, err error) {
	if auth.id == "" {
		return nil, invalidClient(auth.basic)
	}
	err = s.view(ctx, func(tx Tx) error {
		c, err = clientsTable.get(tx, auth.id)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch {
	case c == nil && auth.secret == "":
		return nil, errClientGone
	case c == nil:
		return nil, invalidClient(auth.basic)
	case c.public() && auth.secret != "":
		return nil, invalidClient(auth.basic)
	case !c.public() && !sameSecret(hashToken(auth.secret), c.SecretHash):
		return nil, invalidClient(auth.basic)
	}
	return c, nil
}
