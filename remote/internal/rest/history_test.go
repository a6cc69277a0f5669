package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

func TestHistory(t *testing.T) {
	s := newSite(t)
	ctx, began := t.Context(), time.Now()
	item := s.add(t, ada, "one")
	s.add(t, cli, "two")
	if _, err := s.as(t, cli).Complete(ctx, item.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.as(t, ada).Delete(ctx, item.ID); err != nil {
		t.Fatal(err)
	}
	c := s.as(t, ada)
	for name, test := range map[string]struct {
		q    todo.HistoryQuery
		want string
	}{
		"all":         {todo.HistoryQuery{}, "c4 c3 c2 c1"},
		"by":          {todo.HistoryQuery{By: "CLI"}, "c3 c2"},
		"kind":        {todo.HistoryQuery{Kind: todo.Created}, "c2 c1"},
		"of one todo": {todo.HistoryQuery{TodoID: item.ID}, "c4 c3 c1"},
		"since":       {todo.HistoryQuery{Since: began.Add(time.Hour)}, ""},
		"until":       {todo.HistoryQuery{Until: began.Add(-time.Hour)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := c.History(ctx, test.q)
			var ids []string
			for _, change := range page.Changes {
				ids = append(ids, change.ChangeID)
			}
			if got := strings.Join(ids, " "); err != nil || got != test.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	var pages int
	q := todo.HistoryQuery{Limit: 3}
	for {
		page, err := c.History(ctx, q)
		if pages++; err != nil || pages > 5 {
			t.Fatal(pages, err)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	dated := s.send(t, exchange{method: "GET", target: "/api/history?since=2000-01-01&until=2100-01-01T00:00:00%2B01:00&limit=1"})
	if page := decode[api.History](t, dated.body); dated.status != 200 || len(page.Changes) != 1 || !strings.HasPrefix(dated.header.Get("Link"), "</api/history?cursor=") {
		t.Errorf("by dates: %d %v %s", dated.status, dated.header, dated.body)
	}
}

func TestBadHistory(t *testing.T) {
	s := newSite(t)
	for query, want := range map[string]string{
		"since=yesterday":  `422 invalid_date /since: "yesterday" is not a date or a time`,
		"until=2026-02-30": `422 invalid_date /until: "2026-02-30" is not a date or a time`,
		"kind=made":        `422 invalid_argument /kind: "made" is not something a change does`,
		"limit=0":          `422 invalid_argument /limit: "0" is not a limit`,
		"action=created":   `400 bad_request /action: the query has an unknown parameter "action"`,
	} {
		if got := summary(t, s.send(t, exchange{method: "GET", target: "/api/history?" + query})); got != want {
			t.Errorf("?%s\n got %s\nwant %s", query, got, want)
		}
	}
}

// TestLargeChanges: of changes with thousands of todos one answer has few, and the
// rest comes to whoever asks on.
func TestLargeChanges(t *testing.T) {
	s := newSite(t)
	c, ctx := s.as(t, ada), t.Context()
	var file strings.Builder
	for range 2000 {
		file.WriteString("x\n")
	}
	const imports = 4
	for i := range imports {
		lines := strings.ReplaceAll(file.String(), "x", "x"+strings.Repeat("y", i+1)) // else they are there already
		numbered, n := strings.Builder{}, 0
		for line := range strings.Lines(lines) {
			n++
			fmt.Fprintf(&numbered, "%d %s", n, line)
		}
		if _, err := c.Import(ctx, strings.NewReader(numbered.String()), client.ImportOptions{Format: "todotxt"}); err != nil {
			t.Fatal(err)
		}
	}
	var since uint64
	for answers := 1; ; answers++ {
		log, err := c.Changes(ctx, since, todo.MaxPage)
		if err != nil || log.Reset || len(log.Changes) == 0 || len(log.Changes) == imports {
			t.Fatalf("answer %d has %d changes, reset %t, %v", answers, len(log.Changes), log.Reset, err)
		}
		if since = log.Changes[len(log.Changes)-1].Rev; since == log.Rev {
			return
		}
	}
}
