package cli_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// person is somebody in front of a browser without scripts.
type person struct {
	email    string
	codes    string // the file in which they find their sign-in codes
	decision string // allow or deny
}

// browserMain is the program that $BROWSER names in scripts. It leaves the address
// in the file VISITED.
func browserMain() {
	p := person{email: "ada@example.com", codes: os.Getenv("CODES"), decision: os.Getenv("DECISION")}
	address := os.Args[1]
	err := errors.Join(os.WriteFile(os.Getenv("VISITED"), []byte(address), 0o600), p.visit(address))
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

// visit opens the address that a sign-in begins with, and does what it takes.
func (p person) visit(address string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	b := &browser{http: &http.Client{Jar: jar, Timeout: 10 * time.Second}}
	if err := b.open(address); err != nil {
		return err
	}
	if err := b.submit("email", p.email); err != nil {
		return err
	}
	code, err := p.code()
	if err != nil {
		return err
	}
	if err := b.submit("code", code); err != nil {
		return err
	}
	if err := b.submit("decision", p.decision); err != nil {
		return err
	}
	if start, err := url.Parse(address); err != nil || b.at.Host == start.Host {
		return fmt.Errorf("the sign-in ends on %s, not with the program:\n%s", b.at, b.page)
	}
	return nil
}

func (p person) code() (string, error) {
	mail, err := os.ReadFile(p.codes)
	if err != nil {
		return "", err
	}
	all := regexp.MustCompile(`(?m)^sign-in code for `+regexp.QuoteMeta(p.email)+`: (\d{6})$`).FindAllStringSubmatch(string(mail), -1)
	if len(all) == 0 {
		return "", fmt.Errorf("no code for %s in %q", p.email, mail)
	}
	return all[len(all)-1][1], nil
}

// browser shows one page.
type browser struct {
	http *http.Client
	at   *url.URL
	page string
}

func (b *browser) open(address string) error { return b.show(b.http.Get(address)) }

var (
	forms  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]+)".*?</form>`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// submit fills in a field of the page and sends the form that it is in.
func (b *browser) submit(name, value string) error {
	all := forms.FindAllStringSubmatch(b.page, -1)
	i := slices.IndexFunc(all, func(form []string) bool { return strings.Contains(form[0], `name="`+name+`"`) })
	if i < 0 {
		return fmt.Errorf("%s asks for no %s:\n%s", b.at, name, b.page)
	}
	form := url.Values{name: {value}}
	for _, field := range hidden.FindAllStringSubmatch(all[i][0], -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	to, err := b.at.Parse(html.UnescapeString(all[i][1]))
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.at.Scheme+"://"+b.at.Host)
	return b.show(b.http.Do(r))
}

func (b *browser) show(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	b.at, b.page = resp.Request.URL, string(page)
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answers %s:\n%s", b.at, resp.Status, page)
	}
	return nil
}
