package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"todo.example/internal/api"
)

const (
	// silence is how long a stream may say nothing: the server lets itself be heard
	// every 20 seconds.
	silence = time.Minute
	// maxEvent is how long the data of one event may be, in bytes: the largest import
	// is one change.
	maxEvent = 64 << 20
)

// errSilent ends a stream of which nothing is heard any more.
var errSilent = errors.New("the stream is silent")

// Event is something that a stream tells of. Rev is where to go on after it.
type Event struct {
	Rev    uint64
	Reset  bool // what happened up to Rev is to be read from the list: Change is empty
	Change api.Change
}

// Events is an open stream of changes. It is for one goroutine.
type Events struct {
	c      *Client
	body   io.Closer
	lines  *bufio.Reader
	since  uint64
	alarm  *time.Timer
	cancel context.CancelCauseFunc
	cause  func() error // why it was ended from this side
}

// Events opens the stream of all changes after revision since. The caller closes it.
// When it ends, another goes on from the revision of the last event.
func (c *Client) Events(ctx context.Context, since uint64) (*Events, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	r, err := c.request(ctx, read(api.PathEvents, nil), nil)
	if err != nil {
		cancel(err)
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream, application/problem+json")
	r.Header.Set("Last-Event-ID", strconv.FormatUint(since, 10))
	alarm := time.AfterFunc(silence, func() { cancel(errSilent) })
	endless := *c.http
	endless.Timeout = 0
	resp, err := endless.Do(r) //nolint:bodyclose // Events.Close does
	if err != nil {
		alarm.Stop()
		cancel(err)
		return nil, c.explain(err)
	}
	e := &Events{c: c, body: resp.Body, lines: bufio.NewReader(resp.Body), since: since, alarm: alarm, cancel: cancel}
	e.cause = func() error { return context.Cause(ctx) }
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode == http.StatusOK && media == "text/event-stream" {
		return e, nil
	}
	defer e.Close()
	if _, err = c.answer(resp); err == nil {
		err = c.notOurs(errors.New("the answer is no stream"))
	}
	return nil, c.explain(err)
}

// Close ends the stream.
func (e *Events) Close() {
	e.alarm.Stop()
	e.cancel(context.Canceled)
	e.body.Close()
}

// Next waits for the next event. Where the stream ends, or breaks, or is silent for
// longer than the server ever is, it fails with todo.ErrUnavailable.
func (e *Events) Next() (Event, error) {
	event, err := e.next()
	if err != nil {
		if errors.Is(e.cause(), errSilent) {
			err = errSilent
		}
		err = e.c.unreachable(err, "broke the connection", "try again in a moment")
	}
	return event, err
}

// next reads lines up to the end of an event that has data (HTML standard, §9.2.6);
// the others only say how to go on.
func (e *Events) next() (Event, error) {
	event, kind, data := Event{}, "", ""
	for size := 0; ; {
		line, err := e.line(maxEvent - size)
		if err != nil {
			return event, err
		}
		size += len(line)
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			kind = value
		case "data":
			data += value
		case "id":
			if rev, err := strconv.ParseUint(value, 10, 64); err == nil {
				e.since = rev
			}
		}
		if line != "" {
			continue
		}
		if event.Rev, event.Reset = e.since, kind == api.StreamResync; event.Reset {
			return event, nil
		}
		if strings.HasPrefix(kind, api.EventPrefix) {
			return event, json.Unmarshal([]byte(data), &event.Change)
		}
		kind, data, size = "", "", 0
	}
}

// line reads a line of at most limit bytes, without its end.
func (e *Events) line(limit int) (string, error) {
	var line []byte
	for {
		part, err := e.lines.ReadSlice('\n')
		e.alarm.Reset(silence)
		if line = append(line, part...); len(line) > limit {
			return "", errors.New("an event is too long")
		}
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
	}
}
