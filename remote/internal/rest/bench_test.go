package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// BenchmarkAdd is an add with return=minimal, through everything but the network:
// bearer check, permission, decoding, the Service and a store in memory.
func BenchmarkAdd(b *testing.B) {
	for _, size := range []int{10, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := newHandler(b)
			add := func() {
				r := httptest.NewRequest(http.MethodPost, "/api/todos", strings.NewReader(`{"todoText":"Buy milk"}`))
				r.Header = http.Header{"Authorization": {"Bearer " + ada}, "Content-Type": {"application/json"}, "Prefer": {"return=minimal"}, "Idempotency-Key": {fmt.Sprint(time.Now().UnixNano())}}
				w := httptest.NewRecorder()
				s.handler.ServeHTTP(w, r)
				if w.Code != http.StatusCreated {
					b.Fatal(w.Code, w.Body)
				}
			}
			for range size {
				add()
			}
			b.ReportAllocs()
			for b.Loop() {
				add()
			}
		})
	}
}
