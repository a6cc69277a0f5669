package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/client"
)

type apiOptions struct {
	*global
	data    string
	headers []string
}

func newAPI(g *global) *cobra.Command {
	o := &apiOptions{global: g}
	cmd := &cobra.Command{
		Use:     "api [METHOD] PATH",
		Short:   "Call the REST API, signed in",
		GroupID: groupServe,
		Long: "Send one request to the server's REST API, signed as every command's, and print the body of the\n" +
			"answer. The method is GET, or POST where there is a body. What an answer other than 2xx says is an\n" +
			"error like another, and its body is printed all the same. The operations: " + "/api/docs on the server.",
		Example: "  todo api /api/overview\n  todo api '/api/todos?due=today'\n" +
			"  todo api POST /api/todos -d '{\"todoText\": \"Buy milk\"}' -H 'Prefer: return=minimal'",
		Args: args(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			method, path := "", a[len(a)-1]
			if len(a) == 2 {
				method = strings.ToUpper(a[0])
			}
			return o.run(cmd.Context(), method, path, cmd.Flags().Changed("data"))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.data, "data", "d", "", "the `BODY`; @FILE is a file's content, @- the input's")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "a header, as `'Name: value'`; may be repeated")
	return cmd
}

func (o *apiOptions) run(ctx context.Context, method, path string, hasBody bool) error {
	header, err := o.header()
	if err != nil {
		return err
	}
	body, err := o.body()
	if err != nil {
		return err
	}
	switch {
	case method == "" && hasBody:
		method = http.MethodPost
	case method == "":
		method = http.MethodGet
	}
	if hasBody && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	resp, err := c.Raw(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		return o.refused(resp)
	}
	_, err = io.Copy(o.cleaned(), resp.Body)
	return err
}

// refused prints the body of a failed answer and returns what it says.
func (o *apiOptions) refused(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if _, err := o.cleaned().Write(body); err != nil {
		return err
	}
	return client.Refusal(resp.StatusCode, body)
}

func (o *apiOptions) header() (http.Header, error) {
	header := http.Header{}
	for _, line := range o.headers {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, usagef("--header %q: write it like 'Prefer: return=minimal'", line)
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}

func (o *apiOptions) body() ([]byte, error) {
	switch name, ok := strings.CutPrefix(o.data, "@"); {
	case !ok:
		return []byte(o.data), nil
	case name == "-":
		return io.ReadAll(o.in)
	default:
		return os.ReadFile(name)
	}
}

// cleaned is the output, of which a terminal gets only what does not steer it. What is
// no UTF-8 by the way a stream is cut is shown as such.
func (e *environment) cleaned() io.Writer {
	if !e.terminal {
		return e.out
	}
	return cleanWriter{e.out}
}

type cleanWriter struct{ io.Writer }

// Write implements io.Writer.
func (w cleanWriter) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, harmless(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}
