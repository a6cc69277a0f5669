package identity

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	firstParty       = "first_party"
	firstPartyPublic = "first_party_public"
	thirdParty       = "third_party"
	thirdPartyPublic = "third_party_public"

	defaultAccessMinutes = 60
	maxAccessMinutes     = 24 * 60
	maxRedirectURIs      = 20
	maxClientText        = 200  // bytes of a name
	maxClientDescription = 1000 // bytes
	maxClientURL         = 2000 // bytes

	// unusedClientLifetime is how long a self-registered client is kept that nobody has let in.
	unusedClientLifetime = 24 * time.Hour
)

// client is a connected app: an OAuth client.
type client struct {
	ID             string   `json:"client_id"`
	Name           string   `json:"client_name"`
	Description    string   `json:"client_description"`
	Type           string   `json:"client_type"`
	RedirectURIs   []string `json:"redirect_uris"`
	LogoURL        string   `json:"logo_url"`
	URL            string   `json:"client_uri"`
	AccessMinutes  int      `json:"access_token_expiry_minutes"`
	Audience       string   `json:"access_token_custom_audience"`
	BypassOffline  bool     `json:"bypass_consent_for_offline_access"`
	SecretHash     string   `json:"secret_hash"` // of a confidential client
	SecretLastFour string   `json:"secret_last_four"`
	MetadataHash   string   `json:"metadata_hash"` // of a self-registered public client
	SelfRegistered bool     `json:"self_registered"`
	Unused         bool     `json:"unused"` // self-registered, and nobody has let it in yet
	Created        int64    `json:"created"`
}

func (c *client) public() bool { return c.Type == firstPartyPublic || c.Type == thirdPartyPublic }

func (c *client) firstParty() bool { return c.Type == firstParty || c.Type == firstPartyPublic }

func (c *client) accessLifetime() time.Duration { return time.Duration(c.AccessMinutes) * time.Minute }

// save stores the client. One that nobody has let in expires.
func (c *client) save(tx Tx, now time.Time) error {
	var expires time.Time
	if c.Unused {
		expires = now.Add(unusedClientLifetime)
	}
	if c.MetadataHash != "" {
		if err := clientHashesTable.put(tx, c.MetadataHash, &c.ID, expires); err != nil {
			return err
		}
	}
	return clientsTable.put(tx, c.ID, c, expires)
}

// newSecret gives the client a secret and returns it; only its hash stays.
func (c *client) newSecret() string {
	secret := newToken()
	c.SecretHash = hashToken(secret)
	c.SecretLastFour = secret[len(secret)-4:]
	return secret
}

func getClient(tx Tx, id string) (*client, error) {
	c, err := clientsTable.get(tx, id)
	if err == nil && c == nil {
		err = errAppNotFound
	}
	return c, err
}

// connectedApp is Stytch's ConnectedApp object. The redirect URLs stand there twice because the SDKs up to
// stytch-go v16 look for another name than Stytch's documentation has.
type connectedApp struct {
	ClientID            string   `json:"client_id"`
	ClientName          string   `json:"client_name"`
	ClientDescription   string   `json:"client_description"`
	Status              string   `json:"status"`
	FullAccessAllowed   bool     `json:"full_access_allowed"`
	ClientType          string   `json:"client_type"`
	RedirectURLs        []string `json:"redirect_urls"`
	RedirectURLsOldName []string `json:"redirect_url_s"`
	AccessMinutes       int      `json:"access_token_expiry_minutes"`
	Audience            string   `json:"access_token_custom_audience"`
	AccessTemplate      string   `json:"access_token_template_content"`
	LogoutURLs          []string `json:"post_logout_redirect_urls"`
	BypassOffline       bool     `json:"bypass_consent_for_offline_access"`
	LogoURL             string   `json:"logo_url"`
	ClientSecret        string   `json:"client_secret,omitzero"` // only when it was just made
	SecretLastFour      string   `json:"client_secret_last_four"`
	NextClientSecret    string   `json:"next_client_secret_last_four"`
	ClientIDMetadataURL string   `json:"client_id_metadata_url"`
	CreationMethod      string   `json:"creation_method"`
}

func (c *client) app() connectedApp {
	method := "MANUAL"
	if c.SelfRegistered {
		method = "DYNAMIC"
	}
	return connectedApp{
		ClientID: c.ID, ClientName: c.Name, ClientDescription: c.Description, Status: statusActive, ClientType: c.Type,
		RedirectURLs: c.RedirectURIs, RedirectURLsOldName: c.RedirectURIs, AccessMinutes: c.AccessMinutes,
		Audience: c.Audience, BypassOffline: c.BypassOffline, LogoURL: c.LogoURL, SecretLastFour: c.SecretLastFour,
		CreationMethod: method,
	}
}

// clientChange is what a create and an update have in common. Nil members are not changed.
type clientChange struct {
	Name          *string  `json:"client_name"`
	Description   *string  `json:"client_description"`
	RedirectURLs  []string `json:"redirect_urls"`
	OldNameURLs   []string `json:"redirect_url_s"`
	AccessMinutes *int     `json:"access_token_expiry_minutes"`
	Audience      *string  `json:"access_token_custom_audience"`
	LogoURL       *string  `json:"logo_url"`
	BypassOffline *bool    `json:"bypass_consent_for_offline_access"`
}

func (change *clientChange) apply(c *client) error {
	set(&c.Name, change.Name)
	set(&c.Description, change.Description)
	set(&c.AccessMinutes, change.AccessMinutes)
	set(&c.Audience, change.Audience)
	set(&c.LogoURL, change.LogoURL)
	set(&c.BypassOffline, change.BypassOffline)
	if urls := append(change.RedirectURLs, change.OldNameURLs...); urls != nil {
		c.RedirectURIs = urls
	}
	return c.check()
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (c *client) check() error {
	switch {
	case c.BypassOffline && !c.firstParty():
		return badRequest("connected_app_bypass_consent_requires_first_party", "Only a first party app can bypass consent.")
	case c.AccessMinutes < 1 || c.AccessMinutes > maxAccessMinutes:
		return badRequest("invalid_access_token_expiry_minutes", "Access tokens may live from 1 to 1440 minutes.")
	case !isPlainText(c.Name, maxClientText) || !isPlainText(c.Description, maxClientDescription) || !isPlainText(c.Audience, maxClientURL):
		return badRequest("connected_app_invalid_text", "A name, description or audience is too long or has control characters.")
	case !isWebURL(c.LogoURL) || !isWebURL(c.URL):
		return badRequest("connected_app_invalid_url", "A URL of the app is not an http or https URL.")
	case len(c.RedirectURIs) > maxRedirectURIs:
		return badRequest("connected_app_too_many_redirect_urls", "An app may have 20 redirect URLs.")
	}
	for _, uri := range c.RedirectURIs {
		if err := checkRedirectURI(uri); err != nil {
			return err
		}
	}
	return nil
}

func isPlainText(text string, limit int) bool {
	return len(text) <= limit && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

// isWebURL accepts an empty text: every URL of a client is optional.
func isWebURL(text string) bool {
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxClientURL && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

type createClientRequest struct {
	clientChange
	Type string `json:"client_type"`
}

type clientResponse struct {
	meta
	App connectedApp `json:"connected_app"`
}

func (s *Server) createClient(r *http.Request, in *createClientRequest) (response, error) {
	now := s.now()
	c := &client{ID: newID("connected-app"), Type: in.Type, AccessMinutes: defaultAccessMinutes, Created: now.Unix()}
	switch in.Type {
	case firstParty, firstPartyPublic, thirdParty, thirdPartyPublic:
	default:
		return nil, badRequest("invalid_connected_app_client_type", "The client_type is not one of the four that exist.")
	}
	if err := in.apply(c); err != nil {
		return nil, err
	}
	var secret string
	if !c.public() {
		secret = c.newSecret()
	}
	out := &clientResponse{App: c.app()}
	out.App.ClientSecret = secret
	return out, s.update(r.Context(), func(tx Tx) error { return c.save(tx, now) })
}

func (s *Server) getClientEndpoint(r *http.Request) (response, error) {
	out := &clientResponse{}
	return out, s.view(r.Context(), func(tx Tx) error {
		c, err := getClient(tx, r.PathValue("client_id"))
		if err == nil {
			out.App = c.app()
		}
		return err
	})
}

func (s *Server) updateClient(r *http.Request, in *clientChange) (response, error) {
	out := &clientResponse{}
	return out, s.update(r.Context(), func(tx Tx) error {
		c, err := getClient(tx, r.PathValue("client_id"))
		if err != nil {
			return err
		}
		// From now on the client is not what a registration with its old metadata would make.
		if err := c.forgetHash(tx); err != nil {
			return err
		}
		if err := in.apply(c); err != nil {
			return err
		}
		out.App = c.app()
		return c.save(tx, s.now())
	})
}

func (c *client) forgetHash(tx Tx) error {
	if c.MetadataHash == "" {
		return nil
	}
	hash := c.MetadataHash
	c.MetadataHash = ""
	return clientHashesTable.delete(tx, hash)
}

type deleteClientResponse struct {
	meta
	ClientID string `json:"client_id"`
}

// deleteClient ends the app with all its grants: a grant lives only as long as its client.
func (s *Server) deleteClient(r *http.Request) (response, error) {
	id := r.PathValue("client_id")
	return &deleteClientResponse{ClientID: id}, s.update(r.Context(), func(tx Tx) error {
		c, err := getClient(tx, id)
		if err != nil {
			return err
		}
		if err := c.forgetHash(tx); err != nil {
			return err
		}
		return clientsTable.delete(tx, id)
	})
}

type searchClientsRequest struct {
	Cursor string `json:"cursor"`
	Limit  *int   `json:"limit"`
}

type resultsMetadata struct {
	Total      int    `json:"total"`
	NextCursor string `json:"next_cursor"`
}

type searchClientsResponse struct {
	meta
	Apps    []connectedApp  `json:"connected_apps"`
	Results resultsMetadata `json:"results_metadata"`
}

// searchClients pages through the clients by id; a cursor is the last id of the page before.
func (s *Server) searchClients(r *http.Request, in *searchClientsRequest) (response, error) {
	limit := 100
	set(&limit, in.Limit)
	if limit < 1 || limit > 1000 {
		return nil, badRequest("invalid_limit", "The limit must be between 1 and 1000.")
	}
	out := &searchClientsResponse{}
	return out, s.view(r.Context(), func(tx Tx) error {
		clients, err := clientsTable.list(tx, "")
		if err != nil {
			return err
		}
		out.Results.Total = len(clients)
		for _, c := range clients {
			if c.ID <= in.Cursor {
				continue
			}
			if len(out.Apps) == limit {
				out.Results.NextCursor = out.Apps[limit-1].ClientID
				break
			}
			out.Apps = append(out.Apps, c.app())
		}
		return nil
	})
}
