package client

import (
	"context"
	"net/http"

	"todo.example/internal/api"
)

// Settings returns the person's settings, presets where nothing was set.
func (c *Client) Settings(ctx context.Context) (api.Settings, error) {
	return do[api.Settings](ctx, c, read(api.PathSettings, nil))
}

// SetSettings changes what the patch says, and returns all of them.
func (c *Client) SetSettings(ctx context.Context, p api.SettingsPatch) (api.Settings, error) {
	return do[api.Settings](ctx, c, write(http.MethodPatch, api.PathSettings, p))
}

// Tokens returns the personal access tokens, the newest first, without their secrets.
func (c *Client) Tokens(ctx context.Context) ([]api.Token, error) {
	answer, err := do[api.Tokens](ctx, c, read(api.PathTokens, nil))
	return answer.Tokens, err
}

// CreateToken makes a personal access token. Only this answer has its secret.
func (c *Client) CreateToken(ctx context.Context, n api.NewToken) (api.Token, error) {
	return do[api.Token](ctx, c, write(http.MethodPost, api.PathTokens, n))
}

// DeleteToken takes a personal access token back.
func (c *Client) DeleteToken(ctx context.Context, id string) error {
	_, err := c.roundTrip(ctx, write(http.MethodDelete, api.PathTokens+"/"+segment(id), nil))
	return err
}
