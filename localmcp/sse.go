package localmcp

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"time"
)

// event is one server-sent event (WHATWG HTML §9.2.6).
type event struct {
	data []byte
	id   string
	// retry is the pause the server wants before a reconnect; zero if unsaid.
	retry time.Duration
}

// eventReader reads an event stream whose lines end in LF or CRLF.
type eventReader struct {
	r   *bufio.Reader
	max int
}

func newEventReader(r io.Reader, maxBytes int) *eventReader {
	return &eventReader{r: bufio.NewReaderSize(r, 16<<10), max: maxBytes}
}

// next returns the next event that carries data, an id or a retry. An event cut
// off by the end of the stream is dropped, as the standard says.
func (s *eventReader) next() (event, error) {
	var ev event
	for {
		line, err := readLine(s.r, s.max-len(ev.data)+len("data: \r\n"))
		if err != nil {
			return event{}, err
		}
		line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
		if len(line) == 0 {
			if ev.data != nil || ev.id != "" || ev.retry != 0 {
				return ev, nil
			}
			continue
		}
		ev.add(line)
	}
}

func (ev *event) add(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "data":
		if ev.data == nil {
			ev.data = value // the line is ours, and a message is nearly always one line
			return
		}
		ev.data = append(append(ev.data, '\n'), value...)
	case "id":
		ev.id = string(value)
	case "retry":
		if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
			ev.retry = time.Duration(ms) * time.Millisecond
		}
	}
}
