package account_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"todo.example/internal/account"
	"todo.example/internal/todo"
)

func TestWebhookHearsOfChangesInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.add("before there was a webhook")
		made := o.hook(account.NewWebhook{Rev: 1})
		o.add("one", "two", "three")
		got := o.receiver.take()
		o.wantTexts(got, "one", "two", "three")
		verifier, err := standardwebhooks.NewWebhook(made.Secret)
		if err != nil || !strings.HasPrefix(made.Secret, "whsec_") {
			t.Fatal(made.Secret, err)
		}
		ids := map[string]bool{}
		for _, d := range got {
			if err := verifier.Verify(d.body, d.header); err != nil {
				t.Error(err)
			}
			if err := verifier.Verify(append(d.body, ' '), d.header); err == nil {
				t.Error("another body has the same signature")
			}
			if kind, data := d.event(t); kind != "todo.created" || data.By != "web" || d.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %+v %v", kind, data, d.header)
			}
			ids[d.header.Get("webhook-id")] = true
		}
		if len(ids) != 3 {
			t.Errorf("three messages have the ids %v", ids)
		}
		if h := o.state(made.ID); h.Last == nil || !h.Last.Delivered || h.Last.Status != http.StatusNoContent || h.Secret != "" {
			t.Errorf("%+v", h)
		}
		o.wantQuiet(made.Secret)
	})
}

func TestWebhookIsTriedAgainAndAtLastDisabled(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.answers(http.StatusInternalServerError)
		o.add("one", "two")
		time.Sleep(24 * time.Hour)
		got := o.receiver.take()
		if len(got) != len(account.Retries)+1 {
			t.Fatalf("%d attempts, want %d", len(got), len(account.Retries)+1)
		}
		for i, wait := range account.Retries {
			if gap := got[i+1].at.Sub(got[i].at); gap < wait || gap > wait*6/5 {
				t.Errorf("attempt %d came after %v, want %v and a little", i+2, gap, wait)
			}
			if got[i+1].header.Get("webhook-id") != got[0].header.Get("webhook-id") || !bytes.Equal(got[i+1].body, got[0].body) {
				t.Errorf("attempt %d is of another message", i+2)
			}
			if got[i+1].header.Get("webhook-timestamp") == got[0].header.Get("webhook-timestamp") {
				t.Errorf("attempt %d has the time of the first", i+2)
			}
		}
		h := o.state(made.ID)
		if h.Enabled || !strings.Contains(h.DisabledReason, "7 times") || !strings.Contains(h.DisabledReason, "500") || h.Last == nil || h.Last.Delivered {
			t.Errorf("%+v", h)
		}
		o.receiver.answers(http.StatusOK)
		time.Sleep(24 * time.Hour)
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("disabled it was told %d messages", len(got))
		}
		yes := true
		if h, err := o.accounts.PatchWebhook(t.Context(), ns, web, made.ID, account.WebhookPatch{Enabled: &yes}); err != nil || !h.Enabled || h.DisabledReason != "" || h.Failures != 0 {
			t.Fatal(h, err)
		}
		o.wantTexts(o.receiver.take(), "one", "two")
		o.wantQuiet(made.Secret)
	})
}

// TestRetriesAreNotAllAtOnce: receivers that failed together are not asked together.
func TestRetriesAreNotAllAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		for range account.MaxWebhooks {
			o.hook(account.NewWebhook{})
		}
		o.receiver.answers(http.StatusServiceUnavailable)
		o.add("one")
		o.receiver.take()
		o.receiver.answers(http.StatusOK)
		time.Sleep(10 * time.Second)
		times := map[time.Time]bool{}
		for _, d := range o.receiver.take() {
			times[d.at] = true
		}
		if len(times) < account.MaxWebhooks/2 {
			t.Errorf("%d retries came at %d moments", account.MaxWebhooks, len(times))
		}
	})
}

func TestWebhookGoesOnAfterARestart(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.add("one")
		o.wantTexts(o.receiver.take(), "one")
		o.receiver.answers(http.StatusBadGateway)
		o.add("two")
		time.Sleep(30 * time.Second)
		before := o.receiver.take()
		if len(before) != 2 {
			t.Fatalf("%d attempts", len(before))
		}
		o.stop()
		o.add("three") // what a stop has just let through
		due := o.state(made.ID).NextAttemptAt

		o.receiver.answers(http.StatusOK)
		o.start()
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("the restart forgot to wait: %d messages", len(got))
		}
		time.Sleep(time.Until(due))
		got := o.receiver.take()
		o.wantTexts(got, "two", "three")
		if got[0].header.Get("webhook-id") != before[0].header.Get("webhook-id") {
			t.Error("the message has another id than before the restart")
		}
		o.stop()
		o.start()
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("what was delivered came again: %d messages", len(got))
		}
	})
}

// TestStopInTheMiddle: an attempt that we break off is no failure of the receiver's,
// and the message comes again.
func TestStopInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.fails(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		o.add("one")
		o.wantTexts(o.receiver.take(), "one")
		began := time.Now()
		o.stop()
		if took := time.Since(began); took != 0 {
			t.Errorf("the stop took %v", took)
		}
		if h := o.state(made.ID); h.Failures != 0 || h.Last != nil {
			t.Errorf("%+v", h)
		}
		o.receiver.answers(http.StatusOK)
		o.start()
		o.wantTexts(o.receiver.take(), "one")
	})
}

func TestReceiverThatHangs(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.fails(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		o.add("one")
		time.Sleep(10*time.Second + time.Millisecond)
		if h := o.state(made.ID); h.Failures != 1 || h.Last.Error != "the receiver did not answer in time" {
			t.Errorf("%+v %+v", h, h.Last)
		}
	})
}

func TestWebhookHearsOnlyWhatItWants(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{Events: []string{"todo.deleted"}})
		for i := range 150 {
			o.add(strings.Repeat("x", i+1))
		}
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("told of %d", len(got))
		}
		c, err := o.service.Create(t.Context(), ns, web, []todo.New{{Text: "gone"}}, todo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.service.Delete(t.Context(), ns, web, []string{c.Todos()[0].ID}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		got := o.receiver.take()
		o.wantTexts(got, "gone")
		if kind, _ := got[0].event(t); kind != "todo.deleted" {
			t.Error(kind)
		}
		all := []string{}
		if _, err := o.accounts.PatchWebhook(t.Context(), ns, web, made.ID, account.WebhookPatch{Events: &all}); err != nil {
			t.Fatal(err)
		}
		o.add("after")
		o.wantTexts(o.receiver.take(), "after")
	})
}

func TestReceiverThatWantsNoMore(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.answers(http.StatusGone)
		o.add("one")
		if got := o.receiver.take(); len(got) != 1 {
			t.Errorf("%d attempts", len(got))
		}
		if h := o.state(made.ID); h.Enabled || !strings.Contains(h.DisabledReason, "410") {
			t.Errorf("%+v", h)
		}
	})
}

// TestRedirectIsAFailure: it is not followed, and says so.
func TestRedirectIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.fails(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"http://169.254.169.254/"}}, Body: http.NoBody}, nil
		})
		o.add("one")
		got := o.receiver.take()
		if h := o.state(made.ID); len(got) != 1 || h.Failures != 1 || !strings.Contains(h.Last.Error, "redirect") {
			t.Errorf("%d requests, %+v", len(got), h.Last)
		}
	})
}

// TestResync: where the journal does not reach back, or a change is too large, the
// receiver is told to read the list.
func TestResync(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.add("one", "two")
		if err := o.todos.Prune(t.Context(), time.Now(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		o.hook(account.NewWebhook{})
		got := o.receiver.take()
		if len(got) != 1 || !strings.Contains(string(got[0].body), `"todo.resync"`) || !strings.Contains(string(got[0].body), `"data":{"rev":2}`) {
			t.Fatalf("%d messages", len(got))
		}
		o.add("three")
		o.wantTexts(o.receiver.take(), "three")
		var many []todo.New
		for range 50 {
			many = append(many, todo.New{Text: "x", Notes: strings.Repeat("n", todo.MaxNotes)})
		}
		if _, err := o.service.Create(t.Context(), ns, web, many, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		got = o.receiver.take()
		if len(got) != 1 || string(got[0].body[:22]) != `{"type":"todo.resync",` || !strings.Contains(string(got[0].body), `{"rev":4}`) {
			t.Errorf("%d messages", len(got))
		}
	})
}
