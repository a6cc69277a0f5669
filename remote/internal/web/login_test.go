package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSignInByCode(t *testing.T) {
	s := newSite(t)
	p := s.visitor(t)
	p.get("/todoapp").redirects("/login?return_to=%2Ftodoapp")
	page := p.get("/login?return_to=%2Fconnections")
	page.shows(`<label for="email">Email</label>`, ">Continue</button>", "todo serve")
	p.post("/login", url.Values{"email": {" " + ada + " "}, "return_to": {page.hidden("return_to")}}).redirects("/login/code")
	p.get("/login/code").shows(`<label for="code">Code</label>`, ">Sign in</button>", `autocomplete="one-time-code"`, `inputmode="numeric"`, ada)
	p.post("/login/code", url.Values{"code": {"000000"}}).status(http.StatusUnprocessableEntity).shows("This code is wrong or has expired.")
	code := s.identity.mailed(ada)
	a := p.post("/login/code", url.Values{"code": {code[:3] + " " + code[3:]}})
	a.redirects("/connections")
	for _, c := range a.Cookies() {
		if strings.HasPrefix(c.Name, "stytch_") && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode) {
			t.Errorf("cookie %s is readable by scripts or other sites", c.Name)
		}
	}
	p.get("/todoapp").status(http.StatusOK).shows(ada)
	p.get("/login?return_to=%2Fconnections").redirects("/connections")
}

func TestCodeCanBeSentAnew(t *testing.T) {
	s := newSite(t)
	p := s.visitor(t)
	p.get("/login/code").redirects("/login")
	p.post("/login/resend", nil).redirects("/login")
	p.post("/login", url.Values{"email": {ada}})
	first := s.identity.mailed(ada)
	p.post("/login/resend", nil).redirects("/login/code?resent=1")
	p.get("/login/code?resent=1").shows("A new code was sent.")
	p.post("/login/code", url.Values{"code": {first}}).status(http.StatusUnprocessableEntity)
	p.post("/login/code", url.Values{"code": {s.identity.mailed(ada)}}).redirects("/todoapp")
}

func TestWrongAddressIsShownAgain(t *testing.T) {
	p := newSite(t).visitor(t)
	p.post("/login", url.Values{"email": {"ada"}}).status(http.StatusUnprocessableEntity).
		shows("This is not an e-mail address.", `value="ada"`, `aria-invalid="true"`)
}

func TestProviderOutOfReach(t *testing.T) {
	s := newSite(t)
	s.identity.down = true
	a := s.visitor(t).post("/login", url.Values{"email": {ada}}).status(http.StatusServiceUnavailable)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestMagicLink(t *testing.T) {
	s := newSite(t)
	p := s.visitor(t)
	p.post("/login/link", url.Values{"email": {ada}, "return_to": {"/connections"}}).redirects("/login/link")
	p.get("/login/link").status(http.StatusOK).shows(ada)
	path := strings.TrimPrefix(s.identity.mailed(ada), s.URL)

	scanner := s.visitor(t) // opens links before people do
	scanner.get(path).status(http.StatusOK).shows("not asked for in this browser")

	page := p.get(path).status(http.StatusOK).hides("not asked for in this browser")
	if len(page.Cookies()) > 0 {
		t.Error("opening the link changed something")
	}
	form := url.Values{"stytch_token_type": {page.hidden("stytch_token_type")}, "token": {page.hidden("token")}}
	p.post("/authenticate", form).redirects("/connections")
	p.get("/todoapp").status(http.StatusOK)
	s.visitor(t).post("/authenticate", form).status(http.StatusUnprocessableEntity).shows("used already")
	p.get("/authenticate?token=x").status(http.StatusBadRequest)
}

func TestReturnOfAnotherProvider(t *testing.T) {
	s := newSite(t)
	p := s.visitor(t)
	p.get("/login").hides("Google")
	p.get("/login/google").status(http.StatusNotFound)
	s.identity.google = "https://accounts.example/start"
	p.get("/login?return_to=%2Fconnections").shows("/login/google?return_to=%2Fconnections")

	// A return that this browser was not sent for signs nobody in by itself.
	s.identity.links["token"] = "mallory@example.com"
	const back = "/authenticate?stytch_token_type=oauth&token=token"
	p.get(back).status(http.StatusOK).shows("not asked for in this browser")

	p.get("/login/google?return_to=%2Fconnections").redirects("https://accounts.example/start")
	p.get(back).redirects("/connections")
}

func TestSignOut(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	p.get("/logout").status(http.StatusNotFound)
	p.post("/logout", nil).redirects("/login")
	if n := len(s.identity.sessions); n != 0 {
		t.Errorf("%d sessions still stand at the provider", n)
	}
	p.get("/todoapp").redirects("/login")
	p.post("/logout", url.Values{"return_to": {"//evil.example"}}).redirects("/login?return_to=%2Ftodoapp")
}
