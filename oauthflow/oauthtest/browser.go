package oauthtest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// Browser stands in for a person's browser: it visits a URL and follows where that leads.
type Browser struct {
	// Opened counts the calls of Open.
	Opened atomic.Int64
	// Page receives the last page of each visit, if not nil.
	Page chan Page
}

// Page is what a visit ended on.
type Page struct {
	Status int
	Header http.Header
	Body   string
}

// Open visits the URL, as a browser that this program opened does, and returns when the visit is over.
func (b *Browser) Open(location string) error {
	b.Opened.Add(1)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, location, nil)
	if err != nil {
		return fmt.Errorf("visit: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("visit: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("visit: %w", err)
	}
	if b.Page != nil {
		b.Page <- Page{resp.StatusCode, resp.Header, string(body)}
	}
	return nil
}
