package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

var (
	//go:embed page/docs.html
	docsTemplate string
	//go:embed page/docs.css
	docsStyle string
)

// docsPage returns the OpenAPI document as a page for people. It needs no script and
// nothing from elsewhere.
func docsPage(doc *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	err = page.Execute(&html, newManual(doc))
	return html.Bytes(), err
}

func (s *Server) showDocs(w http.ResponseWriter, _ *http.Request) error {
	page, err := s.docs()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash()+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, err = w.Write(page)
	return err
}

// styleHash lets the page's one style through the policy, and no other.
func styleHash() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// prose renders the document's descriptions: text, with code between backquotes.
func prose(text string) template.HTML {
	var html strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		html.WriteString(part)
	}
	return template.HTML(html.String())
}
