package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/exchange"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// importTimeout is how long a file may take to arrive.
const importTimeout = 2 * time.Minute

// What may arrive may also be read: this does not compile otherwise.
const _ = uint(exchange.MaxBytes - api.MaxImportBytes)

// LargeBody returns the one path whose bodies may be longer than others'.
func LargeBody() httpx.LargeBody {
	return httpx.LargeBody{Path: api.PathImport, Limit: api.MaxImportBytes}
}

// export streams the todos that the query selects, as a file.
func (s *Server) export(c *call) error {
	name := string(exchange.JSON)
	if c.query.Has("format") {
		name = c.query.Get("format")
	}
	format, err := exchange.ForWriting(name)
	if err != nil {
		return err
	}
	page, err := s.svc.List(c.r.Context(), c.ns, c.actor, c.filter())
	if err != nil {
		return err
	}
	now := s.now().In(c.actor.Location())
	h := c.w.Header()
	h.Set("Content-Type", format.MediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "todos-" + now.Format(time.DateOnly) + format.Extension}))
	err = exchange.Write(c.w, format.Format, page.Todos, exchange.Options{Now: now, Zone: c.actor.Location(), Name: "Todos"})
	if err != nil && httpx.Started(c.w) {
		httpx.Cause(c.r, err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return err
}

// importFile adds the todos of a file. Unless the caller wants the rest without
// them, broken lines keep everything out.
func (s *Server) importFile(c *call) error {
	dry, err := flag(c.query, "dryRun", false)
	if err != nil {
		return err
	}
	skip, err := flag(c.query, "skipInvalid", false)
	if err != nil {
		return err
	}
	file, err := s.readFile(c)
	if err != nil {
		return err
	}
	o := c.options()
	o.Request = file.fingerprint
	try := todo.ImportOptions{DryRun: true}
	if skip && !dry {
		try = todo.ImportOptions{Options: o} // no need to try first
	}
	answer, err := s.importItems(c, file, try)
	if err != nil {
		return err
	}
	if broken := brokenLines(answer.Lines); len(broken) > 0 && !skip && !dry {
		return &brokenFileError{answer, broken}
	}
	if try.DryRun && !dry {
		o.Atomic = true
		if answer, err = s.importItems(c, file, todo.ImportOptions{Options: o}); err != nil {
			return err
		}
	}
	return httpx.WriteJSON(c.w, http.StatusOK, answer)
}

// importItems imports, or tries to, and says what it did.
func (s *Server) importItems(c *call, f file, o todo.ImportOptions) (api.Imported, error) {
	var result todo.ImportResult
	if len(f.items) > 0 {
		var err error
		result, err = s.svc.Import(c.r.Context(), c.ns, c.actor, f.items, o)
		if item, ok := errors.AsType[*todo.ItemError](err); ok {
			err = item.Err
		}
		if err != nil {
			return api.Imported{}, renamed(err, "todos", "file")
		}
	}
	answer := imported(f, result)
	if answer.DryRun = o.DryRun; o.DryRun {
		answer.ChangeID = "" // there is none
	}
	c.markReplay(result.Change.Replayed)
	return answer, nil
}

// file is a file as it was read.
type file struct {
	items       []todo.Import
	broken      []exchange.LineError
	fingerprint string // of its bytes
}

// readFile reads the todos of the body, and what is wrong with its lines.
func (s *Server) readFile(c *call) (file, error) {
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(fileMedia(), media) {
		return file{}, unsupportedMedia("as "+todo.Cut(c.r.Header.Get("Content-Type")), fileMedia())
	}
	deadline := s.now().Add(importTimeout)
	if err := supported(http.NewResponseController(c.w).SetReadDeadline(deadline)); err != nil {
		return file{}, err
	}
	raw, err := io.ReadAll(c.r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return file{}, err
	}
	if err != nil {
		return file{}, badRequest(err, "the file did not arrive whole", "send it again")
	}
	format, err := c.fileFormat(media, raw)
	if err != nil {
		return file{}, err
	}
	sum := sha256.Sum256(raw)
	f := file{fingerprint: string(format) + " " + hex.EncodeToString(sum[:])}
	f.items, f.broken, err = exchange.Read(bytes.NewReader(raw), format, exchange.Options{Now: s.now(), Zone: c.actor.Location()})
	if err == nil && len(f.items)+len(f.broken) == 0 {
		err = invalid("file", "the file has no todos", "check that it is the right one, and of the format "+string(format))
	}
	return f, err
}

// fileFormat returns the format that the query names, or that the file is of by its
// first bytes or its media type.
func (c *call) fileFormat(media string, raw []byte) (exchange.Format, error) {
	if c.query.Has("format") {
		return exchange.ParseFormat(c.query.Get("format"))
	}
	const head = 4 << 10
	if format, ok := exchange.Detect("", raw[:min(len(raw), head)]); ok {
		return format, nil
	}
	for _, f := range exchange.Formats() {
		if t, _, err := mime.ParseMediaType(f.MediaType); err == nil && t == media && f.Read {
			return f.Format, nil
		}
	}
	return "", invalid("format", "the file does not show its format", "name it: "+strings.Join(exchange.Readable(), ", "))
}

// fileMedia returns the media types that a file may come as.
func fileMedia() []string {
	all := []string{"application/octet-stream"}
	for _, f := range exchange.Formats() {
		if t, _, err := mime.ParseMediaType(f.MediaType); err == nil && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// imported says what an import did, with the lines of what it did not do.
func imported(f file, r todo.ImportResult) api.Imported {
	a := api.Imported{ChangeID: r.Change.ID(), Created: r.Created, Skipped: r.Skipped}
	for _, b := range f.broken {
		a.Lines = append(a.Lines, api.LineError(b))
		if !b.Kept {
			a.Failed++
		}
	}
	for _, failed := range r.Change.Failures {
		a.Lines = append(a.Lines, api.LineError{Line: f.items[failed.Item].Line, Message: failed.Message, Hint: failed.Hint})
		a.Failed++
	}
	slices.SortStableFunc(a.Lines, func(x, y api.LineError) int { return x.Line - y.Line })
	return a
}

// brokenLines returns what is wrong with a file so that it is not imported without
// being asked for: a todo to a line.
func brokenLines(all []api.LineError) (broken []api.LineError) {
	for _, l := range all {
		again := len(broken) > 0 && l.Kept && l.Line == broken[len(broken)-1].Line
		if (!l.Kept || l.Lost) && !again {
			broken = append(broken, l)
		}
	}
	return broken
}

// brokenFileError refuses a file because of some of its lines.
type brokenFileError struct {
	api.Imported
	broken []api.LineError
}

func (e *brokenFileError) Error() string { return todo.AsError(e.Unwrap()).Message }

// Unwrap returns the error for a client that wants to know no more.
func (e *brokenFileError) Unwrap() error {
	first := e.broken[max(slices.IndexFunc(e.broken, func(l api.LineError) bool { return l.Line > 0 }), 0)]
	message := fmt.Sprintf("%d todos of the file are not valid, the first in line %d: %s", len(e.broken), first.Line, first.Message)
	if len(e.broken) == 1 {
		message = fmt.Sprintf("a todo of the file is not valid, in line %d: %s", first.Line, first.Message)
	}
	return invalid("file", message, "mend the lines, or import the rest with skipInvalid; nothing was imported")
}
