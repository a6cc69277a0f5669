package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/remote/internal/httpx"
)

// settingsPatch is the body of a PATCH of settings as the document shows it.
type settingsPatch struct {
	Timezone  *string `json:"timezone" required:"false"`
	WeekStart *string `json:"weekStart" required:"false"`
	Theme     *string `json:"theme" required:"false"`
}

func (s *Server) settings(c *call) error {
	person, err := s.accounts.Person(c.r.Context(), c.principal.Subject)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, person.Settings)
}

func (s *Server) patchSettings(c *call) error {
	var zone, week, theme nullable[string]
	if err := c.body(fields{"timezone": &zone, "weekStart": &week, "theme": &theme}, mediaJSON, mediaPatch); err != nil {
		return err
	}
	person, err := s.accounts.SetSettings(c.r.Context(), c.principal.Subject, api.SettingsPatch{Timezone: zone.value, WeekStart: week.value, Theme: theme.value})
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, person.Settings)
}
