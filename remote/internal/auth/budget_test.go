package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"todo.example/remote/internal/httpx"
)

func TestCaller(t *testing.T) {
	for _, test := range []struct {
		path string
		via  Via
		want string
	}{
		{"/api/todos", ViaWeb, "web"}, {"/api/todos", ViaBearer, "api"}, {"/mcp", ViaBearer, "mcp"}, {"/sse", ViaBearer, "mcp"},
	} {
		r := httptest.NewRequest(http.MethodGet, test.path, nil)
		r = r.WithContext(NewContext(r.Context(), Principal{Subject: "ada", Via: test.via}))
		if got := caller(r); got != (httpx.Caller{Door: test.want, Person: "ada"}) {
			t.Errorf("%s by %s: %+v", test.path, test.via, got)
		}
	}
}
