package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"todo.example/internal/api"
)

// BenchmarkEvent is a change over loopback until a stream has told of it.
func BenchmarkEvent(b *testing.B) {
	s := newSite(b)
	l, _ := s.listen(b, ada, "", "")
	c := s.as(b, ada)
	for b.Loop() {
		if _, err := c.Create(b.Context(), api.Create{TodoText: "x"}); err != nil {
			b.Fatal(err)
		}
		l.next()
	}
}

// BenchmarkWrite is what a write costs before and after the store: bearer check,
// permission, decoding, the Service's checks, the answer with return=minimal. The
// store answers it from its record of the idempotency key.
func BenchmarkWrite(b *testing.B) {
	s := newHandler(b)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/api/todos", strings.NewReader(`{"todoText":"Buy milk"}`))
		r.Header = http.Header{"Authorization": {"Bearer " + ada}, "Content-Type": {"application/json"}, "Prefer": {"return=minimal"}, "Idempotency-Key": {"key"}}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != http.StatusCreated {
			b.Fatal(w.Code, w.Body)
		}
	}
}
