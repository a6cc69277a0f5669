package account_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"todo.example/internal/account"
	"todo.example/internal/todo"
)

// journalStore notes how many changes are read, and the most at once.
type journalStore struct {
	todo.Store
	read, most atomic.Int64
}

func (s *journalStore) View(ctx context.Context, ns todo.Namespace, see func(todo.Reader) error) error {
	return s.Store.View(ctx, ns, func(r todo.Reader) error { return see(journalReader{r, s}) })
}

type journalReader struct {
	todo.Reader
	store *journalStore
}

func (r journalReader) Changes(since uint64, limit int) ([]todo.Change, error) {
	changes, err := r.Reader.Changes(since, limit)
	n := int64(len(changes))
	r.store.read.Add(n)
	r.store.most.Store(max(r.store.most.Load(), n)) // one webhook asks after the other
	return changes, err
}

// TestWebhookBehindReadsFewAtOnce: a change may be an import of thousands, so what is
// not told next is not read with it.
func TestWebhookBehindReadsFewAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		const behind = 150
		for i := range behind {
			o.add(fmt.Sprint("todo ", i))
		}
		o.stop()
		journal := &journalStore{Store: o.todos}
		o.todos = journal
		o.start()
		o.hook(account.NewWebhook{})
		if got := o.receiver.take(); len(got) != behind {
			t.Errorf("%d messages", len(got))
		}
		if read := journal.read.Load(); read > 2*behind {
			t.Errorf("%d changes were read to tell of %d", read, behind)
		}
		o.hook(account.NewWebhook{Events: []string{"todo.deleted"}})
		if got := o.receiver.take(); len(got) != 0 || journal.most.Load() > 8 {
			t.Errorf("%d messages, %d changes at once", len(got), journal.most.Load())
		}
	})
}
