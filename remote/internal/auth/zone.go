package auth

import (
	"net/http"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/api"
)

// localized gives the principal its zone and the start of its week.
func (g *Guard) localized(r *http.Request, p Principal) (Principal, error) {
	p.WeekStart = time.Monday
	if g.accounts != nil {
		person, err := g.accounts.Person(r.Context(), p.Subject)
		if err != nil {
			return Principal{}, err
		}
		p.Zone, p.WeekStart = person.Zone, person.Week
	}
	if p.Zone == nil {
		p.Zone = g.zone(callerZone(r))
	}
	return p, nil
}

// zoneCookie is where a page's script leaves the zone of the browser: forms and links
// carry no header of ours.
const zoneCookie = "timezone"

// callerZone returns the name of the zone in which a request says that it was made.
func callerZone(r *http.Request) string {
	if name := r.Header.Get(api.HeaderTimezone); name != "" {
		return name
	}
	if c, err := r.Cookie(zoneCookie); err == nil {
		return c.Value
	}
	return ""
}

// zone returns the zone of an IANA name, nil for any other.
func (g *Guard) zone(name string) *time.Location {
	if name == "" {
		return nil
	}
	if zone, ok := g.zones.Get(name); ok {
		return zone
	}
	zone, err := account.Zone(name)
	if err != nil {
		return nil
	}
	g.zones.Add(name, zone)
	return zone
}
