package httpx

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"todo.example/internal/api"
)

// request is what the outermost middleware keeps of one request.
type request struct {
	id    string
	path  string // as the log may show it
	log   *slog.Logger
	cause error
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{log: slog.New(slog.DiscardHandler)}
}

// RequestID returns the id that the client is given with each answer.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Logger returns a logger that writes the request's id with each line.
func Logger(ctx context.Context) *slog.Logger { return requestOf(ctx).log }

// Cause notes why a request failed, for its line in the log; it is not shown.
func Cause(r *http.Request, err error) { requestOf(r.Context()).cause = err }

// Log gives each request an id and writes one line about it when it has ended:
// never the query, a header or a body, which may hold secrets.
func Log(log *slog.Logger, now func() time.Time) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := now()
			q := &request{id: rand.Text()[:16], path: r.URL.Path}
			q.log = log.With("request", q.id)
			w.Header().Set(api.HeaderRequestID, q.id)
			rec := &recorder{ResponseWriter: w}
			defer func() { q.write(r, rec, now().Sub(began)) }()
			next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), requestKey{}, q)))
		})
	}
}

// HidePath keeps out of the log what follows prefix in a path, because it is a secret.
// It stands next to Log.
func HidePath(prefix string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if i := strings.Index(strings.ToLower(r.URL.Path), prefix); i >= 0 {
				requestOf(r.Context()).path = r.URL.Path[:i+len(prefix)] + "…"
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (q *request) write(r *http.Request, rec *recorder, took time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", q.path), slog.Int("status", rec.code()), slog.Duration("took", took)}
	if q.cause != nil {
		attrs = append(attrs, slog.Any("error", causes{q.cause}))
	}
	if rec.code() >= 500 {
		level = slog.LevelError
	}
	q.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// causes prints an error with everything it wraps: the public text of a
// todo.Error leaves the cause out.
type causes struct{ error }

func (c causes) LogValue() slog.Value {
	chain := []string{}
	for err := c.error; err != nil; err = errors.Unwrap(err) {
		chain = append(chain, err.Error())
	}
	return slog.StringValue(strings.Join(chain, ": "))
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
}

// Started reports whether an answer was begun.
func Started(w http.ResponseWriter) bool {
	rec := recorderOf(w)
	return rec != nil && rec.status != 0
}

// Status returns the status that was answered, 200 if none was said.
func Status(w http.ResponseWriter) int {
	if rec := recorderOf(w); rec != nil {
		return rec.code()
	}
	return http.StatusOK
}

func recorderOf(w http.ResponseWriter) *recorder {
	for {
		if rec, ok := w.(*recorder); ok {
			return rec
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
}

func (rec *recorder) code() int {
	if rec.status == 0 {
		return http.StatusOK
	}
	return rec.status
}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= 200 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	return rec.ResponseWriter.Write(b)
}

// Flush sends what is buffered; streams need it. FlushError is what
// http.ResponseController looks for.
func (rec *recorder) Flush() { _ = rec.FlushError() }

// FlushError sends what is buffered.
func (rec *recorder) FlushError() error {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	return http.NewResponseController(rec.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }
