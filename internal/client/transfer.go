package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// transferTimeout is how long a file may take on its way, where the http.Client has
// less.
const transferTimeout = 10 * time.Minute

// Export writes the todos that the query selects, in a format such as "json" or
// "csv", to w. Cursor and limit do not count: it is all of them. What was written
// before an error is to be thrown away.
func (c *Client) Export(ctx context.Context, w io.Writer, format string, q todo.Query) error {
	q.Cursor, q.Limit = "", 0
	values := queryValues(q)
	values.Set("format", format)
	r, err := c.request(ctx, read(api.PathExport, values), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "*/*")
	resp, err := c.patient().http.Do(r)
	if err != nil {
		return c.explain(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Disposition") == "" {
		if _, err = c.answer(resp); err == nil {
			err = c.notOurs(errors.New("the export is no file"))
		}
		return err
	}
	if _, err := io.Copy(destinationOf{w}, resp.Body); err != nil {
		return c.broke(err)
	}
	return nil
}

// destinationOf marks the failures to write, which are not the server's.
type destinationOf struct{ io.Writer }

type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// Write writes to the destination.
func (d destinationOf) Write(b []byte) (int, error) {
	n, err := d.Writer.Write(b)
	if err != nil {
		return n, writeError{err}
	}
	return n, nil
}

// broke explains why a file did not arrive whole.
func (c *Client) broke(err error) error {
	if local, ok := errors.AsType[writeError](err); ok {
		return local.error
	}
	return c.explain(err)
}

// patient returns a client that waits as long as a file may take.
func (c *Client) patient() *Client {
	p, hc := *c, *c.http
	hc.Timeout = max(hc.Timeout, transferTimeout)
	p.http = &hc
	return &p
}

// ImportOptions say how a file is read.
type ImportOptions struct {
	Format      string // "" lets the server find out
	DryRun      bool   // say what would happen, and change nothing
	SkipInvalid bool   // import the rest where lines are broken
}

// Import adds the todos of a file, as one change. Where lines are broken, and they
// are not to be skipped, it fails with todo.ErrInvalid and Imported.Lines says which.
func (c *Client) Import(ctx context.Context, from io.Reader, o ImportOptions) (api.Imported, error) {
	data, err := io.ReadAll(io.LimitReader(from, api.MaxImportBytes+1))
	if err != nil {
		return api.Imported{}, err
	}
	if len(data) > api.MaxImportBytes {
		return api.Imported{}, &todo.Error{Code: todo.CodeTooLarge, Message: "the file is over " + strconv.Itoa(api.MaxImportBytes>>20) + " MiB", Hint: "import it in parts"}
	}
	values := said(map[string]string{"format": o.Format})
	for name, on := range map[string]bool{"dryRun": o.DryRun, "skipInvalid": o.SkipInvalid} {
		if on {
			values.Set(name, "1")
		}
	}
	target := api.PathImport
	if len(values) > 0 {
		target += "?" + values.Encode()
	}
	answer, err := do[api.Imported](ctx, c.patient(), write(http.MethodPost, target, file{"application/octet-stream", data}))
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return api.Imported{Lines: refused.lines}, refused.error
	}
	return answer, err
}

// refusedError is a problem that has more to say of an import.
type refusedError struct {
	error
	lines []api.LineError
}

func (e *refusedError) Unwrap() error { return e.error }
