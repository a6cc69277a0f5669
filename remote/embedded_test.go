package remote_test

import (
	"context"
	"strings"
	"testing"

	"todo.example/remote"
)

// TestEmbeddedIdentityStaysHome is the start matrix: the embedded identity reaches
// the network only when it is told to, and the world only with https and a relay.
func TestEmbeddedIdentityStaysHome(t *testing.T) {
	const relay = "smtp://user:password@mail.example:587?from=todo@example.com"
	for _, tt := range []struct {
		addr, public string
		allowed      bool
		relay        string
		refusal      string // "": it starts
	}{
		{addr: "127.0.0.1:0"},
		{addr: "localhost:0"},
		{addr: "127.0.0.1:0", public: "http://localhost:3000"},
		{addr: ":0", refusal: "--addr localhost:3000"},
		{addr: "0.0.0.0:0", refusal: "give --embedded-identity"},
		{addr: "0.0.0.0:0", public: "http://localhost:3000", refusal: "--addr localhost:3000"},
		{addr: "0.0.0.0:0", public: "http://localhost:3000", allowed: true},
		{addr: "127.0.0.1:0", public: "https://todo.example.com", refusal: "give --embedded-identity"},
		{addr: "127.0.0.1:0", public: "https://localhost.example.com", refusal: "give --embedded-identity"},
		{addr: "127.0.0.1:0", public: "http://todo.example.com", allowed: true, relay: relay, refusal: "needs https"},
		{addr: "127.0.0.1:0", public: "https://todo.example.com", allowed: true, refusal: "TODO_SMTP_URL"},
		{addr: "127.0.0.1:0", public: "https://todo.example.com", allowed: true, relay: relay},
	} {
		c := config(t, &output{})
		c.Addr, c.PublicURL, c.EmbeddedIdentity, c.SMTPURL = tt.addr, tt.public, tt.allowed, tt.relay
		server, err := remote.New(t.Context(), c)
		switch {
		case tt.refusal == "" && err != nil:
			t.Errorf("%+v: %v", tt, err)
		case tt.refusal != "" && err == nil:
			t.Errorf("%+v: it starts", tt)
		case err != nil && !strings.Contains(err.Error(), tt.refusal):
			t.Errorf("%+v: %v", tt, err)
		}
		if err == nil {
			ended, end := context.WithCancel(t.Context())
			end()
			if err := server.Run(ended); err != nil {
				t.Errorf("%+v: Run: %v", tt, err)
			}
		}
	}
}
