package cli

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"todo.example/localmcp"
	"todo.example/oauthflow"
)

const (
	clientBridge = "todo bridge" // the name under which 'todo mcp' registers
	mcpPath      = "/mcp"        // of our own servers
)

func newMCP(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "mcp",
		Short:   "Be a stdio MCP server that bridges to a remote one",
		GroupID: groupServe,
		Long: "Be a stdio MCP server for Claude Desktop and the like, and bridge to a remote MCP server: the\n" +
			"one of --server, or any other whose whole URL it is. It signs in through the browser when the\n" +
			"remote server asks for it, and ends when its input does.",
		Example: "  todo mcp\n  todo mcp --server https://todo.example.com\n  todo mcp --server https://mcp.example.com/v1/mcp",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runMCP(cmd.Context(), g) },
	}
}

func runMCP(ctx context.Context, g *global) error {
	u, err := g.target()
	if err != nil {
		return err
	}
	if u.Path == "" {
		u.Path = mcpPath
	}
	transport, err := g.bridgeTransport(u)
	if err != nil {
		return err
	}
	in, ok := g.in.(io.ReadCloser)
	if !ok {
		in = io.NopCloser(g.in)
	}
	return localmcp.Run(ctx, localmcp.Config{
		Endpoint: u.String(), Client: &http.Client{Transport: transport},
		In: in, Out: g.out, Name: "todo", Version: version, Logger: g.debugLogger(),
	})
}

// bridgeTransport signs requests like every command's, and asks the person to
// sign in when the remote server wants that.
func (g *global) bridgeTransport(endpoint *url.URL) (http.RoundTripper, error) {
	if token, err := g.secret("TODO_TOKEN"); err != nil || token != "" {
		return g.transport(endpoint.String(), clientBridge, endpoint)
	}
	flow, err := g.flow(endpoint.String(), clientBridge, false)
	if err != nil {
		return nil, err
	}
	return flow.Transport(http.DefaultTransport, func(ctx context.Context, _ oauthflow.Challenge) error {
		return localmcp.SignIn(ctx, func(ctx context.Context) error {
			if err := g.signIn(ctx, flow); err != nil {
				return g.explain(err)
			}
			return nil
		})
	}), nil
}
