package localmcp // the framing has no exported surface of its own

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzFrames reads any bytes as a host's input, in any portions: the frames are
// the lines, none is over the limit, and each parses or is refused.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r\n\n \x00\nlast"))
	f.Add([]byte(strings.Repeat("x", 300) + `"id":7}` + "\n{}"))
	f.Fuzz(func(t *testing.T, input []byte) {
		const limit = 100
		var want []string
		for line := range bytes.SplitSeq(input, []byte("\n")) {
			if line = bytes.TrimSpace(line); len(line) > limit {
				want = append(want, "too long")
			} else if len(line) > 0 {
				want = append(want, string(line))
			}
		}
		r := newFrameReader(iotest.HalfReader(bytes.NewReader(input)), limit)
		var got []string
		for {
			line, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if tooLong, ok := errors.AsType[*tooLongError](err); ok {
				if tooLong.id != nil && !json.Valid(tooLong.id) {
					t.Errorf("id %q", tooLong.id)
				}
				got = append(got, "too long")
				continue
			}
			if m, err := parse(line); err == nil && !json.Valid(m.raw) {
				t.Errorf("parsed %q", line)
			}
			got = append(got, string(line))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("frames %q, want %q", got, want)
		}
	})
}

// FuzzParse takes any line for a message: one that parses is exactly one of a
// request, a notification and a response, and can be given another id.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":"m"}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := parse(line)
		if err != nil {
			return
		}
		if !utf8.Valid(line) || !json.Valid(line) {
			t.Fatalf("parsed %q", line)
		}
		_ = m.version()
		if m.isNotification() {
			return
		}
		other, err := parse(m.withID(json.RawMessage("9")).raw)
		if err != nil || other.isRequest() != m.isRequest() || other.isResponse() != m.isResponse() || string(other.id) != "9" {
			t.Errorf("%q under another id: %q, %v", line, other.raw, err)
		}
	})
}

// FuzzEvents reads any bytes as an event stream: it ends, and no event is over the
// limit.
func FuzzEvents(f *testing.F) {
	f.Add([]byte(": comment\r\nid: 1\nretry: 10\ndata: a\ndata: b\n\ndata\n\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		const limit = 50
		r := newEventReader(iotest.OneByteReader(bytes.NewReader(input)), limit)
		for {
			ev, err := r.next()
			if err != nil {
				return
			}
			if len(ev.data) > limit+len("data: \r\n") || ev.retry < 0 {
				t.Errorf("event %+v", ev)
			}
		}
	})
}

func TestEvents(t *testing.T) {
	r := newEventReader(strings.NewReader(": c\nevent: message\nid: 7\nretry: 250\ndata: a\ndata:b\n\n\n\ndata: cut"), 100)
	ev, err := r.next()
	if err != nil || string(ev.data) != "a\nb" || ev.id != "7" || ev.retry.Milliseconds() != 250 {
		t.Errorf("event %q, %+v, %v", ev.data, ev, err)
	}
	if ev, err := r.next(); !errors.Is(err, io.EOF) {
		t.Errorf("an event that was cut off: %+v, %v", ev, err)
	}
}
