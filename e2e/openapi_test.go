package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenAPILint lets a linter that others wrote, at its strictest, read the
// document that the server publishes.
func TestOpenAPILint(t *testing.T) {
	p := findPeers(t)
	s := serve(t)
	file := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(file, download(t, s.URL+"/api/openapi.json", "application/json"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Its own address, which the document names, is on loopback here.
	cmd := p.command("@redocly/cli/bin/cli.js", "lint", "--extends", "recommended-strict", "--skip-rule", "no-server-example.com", "--format", "stylish", file)
	cmd.Env = append(cmd.Env, "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is valid") {
		t.Errorf("%v\n%s", err, out)
	}
}

func download(t *testing.T, url, media string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != media {
		t.Fatalf("GET %s: %s %v %v", url, resp.Status, resp.Header, err)
	}
	return body
}
