package localmcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
)

// frameReader splits the host's input into lines.
type frameReader struct {
	r   *bufio.Reader
	max int
}

func newFrameReader(r io.Reader, maxBytes int) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, 64<<10), max: maxBytes}
}

// next returns the next line that is not blank, without its line end. A line
// over the limit is read to its end, dropped, and reported as *tooLongError, after
// which next can be called again. The last line need not end in a line feed.
func (f *frameReader) next() ([]byte, error) {
	for {
		line, err := f.line()
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			return trimmed, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (f *frameReader) line() ([]byte, error) {
	line, err := readLine(f.r, f.max+len("\r\n"))
	if errors.Is(err, errLineTooLong) || len(bytes.TrimSpace(line)) > f.max {
		return nil, f.skip(line)
	}
	return line, err
}

// errLineTooLong comes with the first bytes of a line that exceeds the limit.
var errLineTooLong = errors.New("the line is too long")

// readLine reads to the next line feed, which the result includes, holding no more
// than twice the line's length in memory.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var parts [][]byte
	for n := 0; ; {
		chunk, err := r.ReadSlice('\n')
		parts = append(parts, bytes.Clone(chunk))
		if n += len(chunk); n > limit {
			return bytes.Join(parts, nil), errLineTooLong
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(parts) == 1 {
			return parts[0], err
		}
		return bytes.Join(parts, nil), err
	}
}

// tailLen is how much of an over-long line's end is kept to find its id.
const tailLen = 512

// skip reads on to the end of an over-long line that begins with head.
func (f *frameReader) skip(head []byte) error {
	tail := bytes.Clone(head[max(0, len(head)-tailLen):])
	var err error
	for !bytes.HasSuffix(tail, []byte("\n")) && (err == nil || errors.Is(err, bufio.ErrBufferFull)) {
		var chunk []byte
		chunk, err = f.r.ReadSlice('\n')
		tail = append(tail, chunk...)
		tail = append(tail[:0], tail[max(0, len(tail)-tailLen):]...)
	}
	return &tooLongError{id: findID(head[:min(len(head), 4<<10)], tail), max: f.max}
}

// tooLongError is a line over the limit, with the id its sender waits for (nil if
// it could not be told).
type tooLongError struct {
	id  json.RawMessage
	max int
}

func (e *tooLongError) Error() string {
	return fmt.Sprintf("the message is longer than %d bytes", e.max)
}

// lastMember matches an id that is the last member of the whole frame, which is
// where the TypeScript SDK puts it.
var lastMember = regexp.MustCompile(`"id"\s*:\s*(-?\d+|"(?:[^"\\]|\\.)*")\s*\}\s*$`)

// findID looks for a frame's id in the first and last bytes of it.
func findID(head, tail []byte) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(head))
	if _, err := dec.Token(); err == nil {
		for {
			name, err := dec.Token()
			if err != nil {
				break
			}
			var value json.RawMessage
			if dec.Decode(&value) != nil {
				break
			}
			if name == "id" {
				return value
			}
		}
	}
	if m := lastMember.FindSubmatch(tail); m != nil {
		return m[1]
	}
	return nil
}

// frameWriter writes frames to the host, whole and one at a time.
type frameWriter struct {
	mu     sync.Mutex
	w      io.Writer
	failed func() // called at the first failure; nothing is written after it
	err    error
}

// write sends one frame, which is valid JSON, as one line.
func (f *frameWriter) write(frame []byte) {
	if bytes.ContainsAny(frame, "\r\n") {
		var line bytes.Buffer
		if json.Compact(&line, frame) != nil {
			return
		}
		frame = line.Bytes()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return
	}
	if _, err := f.w.Write(append(frame, '\n')); err != nil {
		f.err = fmt.Errorf("localmcp: write to the host: %w", err)
		f.failed()
	}
}

// failure is what made the host unreachable, if anything did.
func (f *frameWriter) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
