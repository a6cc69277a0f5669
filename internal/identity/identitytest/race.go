package identitytest

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"todo.example/internal/identity"
)

// Races are sized so that a store on disk runs them in seconds.
const (
	raceRounds   = 200
	raceParallel = 200
)

func newServer(t *testing.T, store identity.Store) *identity.Server {
	t.Helper()
	cfg := Config("http://127.0.0.1:1", &Mailbox{})
	cfg.Store = store
	server, err := identity.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// TestCodeRace uses one authorization code 200 times at once, for 200 rounds: never do two win, and since the losers
// are replays, what the winner got is dead afterwards.
func TestCodeRace(t *testing.T, open func(t *testing.T) identity.Store) {
	flow := NewFlow(t, newServer(t, open(t)), "ada@example.com")
	for range raceRounds {
		form := flow.CodeForm(flow.Authorize(t))
		flow.wantOneWinner(t, form)
	}
}

// TestRefreshRace is TestCodeRace for one refresh token.
func TestRefreshRace(t *testing.T, open func(t *testing.T) identity.Store) {
	flow := NewFlow(t, newServer(t, open(t)), "ada@example.com")
	for range raceRounds {
		form := flow.RefreshForm(flow.Tokens(t).Text("refresh_token"))
		flow.wantOneWinner(t, form)
	}
}

func (f *Flow) wantOneWinner(t *testing.T, form url.Values) {
	t.Helper()
	answers := make([]*Answer, raceParallel)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			<-start
			answers[i] = f.Token(t, form)
		})
	}
	close(start)
	wg.Wait()
	var winners []*Answer
	for _, answer := range answers {
		switch {
		case answer.Status == http.StatusOK:
			winners = append(winners, answer)
		case answer.Status != http.StatusBadRequest || answer.Text("error") != "invalid_grant":
			t.Fatalf("a loser got %d %s, want 400 invalid_grant", answer.Status, answer.Raw)
		}
	}
	if len(winners) != 1 {
		t.Fatalf("%d of %d parallel uses won, want 1", len(winners), raceParallel)
	}
	for _, member := range []string{"access_token", "refresh_token"} {
		if f.Active(t, winners[0].Text(member)) {
			t.Fatalf("the winner's %s outlives the replays", member)
		}
	}
}

// TestReuseAfterReopen checks that the memory of used tokens and codes outlives the process. open opens the same data
// each time it is called; close closes that opening.
func TestReuseAfterReopen(t *testing.T, open func(t *testing.T) (store identity.Store, close func())) {
	store, done := open(t)
	flow := NewFlow(t, newServer(t, store), "ada@example.com")
	first := flow.Tokens(t)
	second := flow.Token(t, flow.RefreshForm(first.Text("refresh_token")))
	code := flow.Authorize(t)
	exchanged := flow.Token(t, flow.CodeForm(code))
	if second.Status != http.StatusOK || exchanged.Status != http.StatusOK {
		t.Fatalf("cannot set up: %s %s", second.Raw, exchanged.Raw)
	}
	done()

	store, done = open(t)
	defer done()
	flow.Server = newServer(t, store)
	for _, token := range []string{second.Text("access_token"), second.Text("refresh_token"), exchanged.Text("access_token")} {
		if !flow.Active(t, token) {
			t.Error("a token did not outlive the restart")
		}
	}
	for name, form := range map[string]url.Values{
		"refresh token": flow.RefreshForm(first.Text("refresh_token")), "code": flow.CodeForm(code),
	} {
		if answer := flow.Token(t, form); answer.Status != http.StatusBadRequest || answer.Text("error") != "invalid_grant" {
			t.Errorf("reuse of a %s after a restart: %d %s", name, answer.Status, answer.Raw)
		}
	}
	for _, answer := range []*Answer{first, second, exchanged} {
		for _, member := range []string{"access_token", "refresh_token"} {
			if flow.Active(t, answer.Text(member)) {
				t.Errorf("a family's %s outlives its reuse", member)
			}
		}
	}
}
