package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestDoor(t *testing.T) {
	for _, test := range []struct {
		path string
		via  Via
		want string
	}{
		{"/api/todos", ViaWeb, "web"}, {"/todoapp", ViaWeb, "web"}, {"/api/todos", ViaBearer, "api"}, {"/mcp", ViaBearer, "mcp"}, {"/sse", ViaBearer, "mcp"}, {"/feeds/x.ics", ViaBearer, "feed"},
	} {
		r := httptest.NewRequest(http.MethodGet, test.path, nil)
		if got := door(r, Principal{Via: test.via}); got != test.want {
			t.Errorf("%s by %s: %q", test.path, test.via, got)
		}
	}
}
