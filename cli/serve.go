package cli

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
	"todo.example/remote"
)

// The collector's settings for a server. Decoding MCP messages makes much
// short-lived garbage, so the heap may grow to five times what lives before it is
// collected; the limit keeps that from becoming much memory.
const (
	serveGCPercent   = 400
	serveMemoryLimit = 1 << 30
)

type serveOptions struct {
	*environment
	config    remote.Config
	logFormat string
	rateLimit string
}

func newServe(e *environment) *cobra.Command {
	o := &serveOptions{environment: e}
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run the server: browser app, REST API and MCP",
		GroupID: groupServe,
		Long: "Run the server: the browser app, the REST API and the remote MCP server.\n\n" +
			"Without any configuration it stores in the user's data directory and signs people in by itself;\n" +
			"the codes it would mail appear here. With STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_DOMAIN\n" +
			"in the environment it uses that Stytch project. Each secret can also be given as the path of a\n" +
			"file, in the variable of the same name with _FILE at its end.",
		Example: "  todo serve\n  todo serve --addr 127.0.0.1:8080 --data-dir ./data",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&o.config.Addr, "addr", or(e.getenv("TODO_ADDR"), remote.DefaultAddr), "`host:port` to listen on; port 0 picks one (TODO_ADDR)")
	f.StringVar(&o.config.PublicURL, "public-url", e.getenv("TODO_PUBLIC_URL"), "`URL` that people reach the server at; default: the address (TODO_PUBLIC_URL)")
	f.StringVar(&o.config.DataDir, "data-dir", or(e.getenv("TODO_DATA_DIR"), defaultDataDir(e)), "`directory` for the data (TODO_DATA_DIR)")
	f.StringVar(&o.logFormat, "log-format", or(e.getenv("TODO_LOG_FORMAT"), "text"), "of the log on stderr: `text|json` (TODO_LOG_FORMAT)")
	f.StringVar(&o.rateLimit, "rate-limit", or(e.getenv("TODO_RATE_LIMIT"), strconv.Itoa(remote.DefaultRateLimit)), "requests a minute of one person at one door, `number|off` (TODO_RATE_LIMIT)")
	f.BoolVar(&o.config.EmbeddedIdentity, "embedded-identity", false, "sign people in by the embedded identity also on a public URL")
	complete(cmd, "log-format", "text", "json")
	return cmd
}

func (o *serveOptions) run(cmd *cobra.Command) error {
	logger, err := newLogger(o.environment, o.logFormat)
	if err != nil {
		return err
	}
	o.config.Logger, o.config.Codes, o.config.Now, o.config.Version = logger, o.err, o.now, version
	if err := o.secrets(); err != nil {
		return err
	}
	if o.config.RateLimit, err = requestsPerMinute(o.rateLimit); err != nil {
		return err
	}
	if err := o.config.Validate(); err != nil {
		return usageError{error: err}
	}
	o.tuneCollector()
	ctx := cmd.Context()
	server, err := remote.New(ctx, o.config)
	if err != nil {
		return notServed(err)
	}
	if err := server.Banner(o.out); err != nil {
		return err
	}
	for _, missing := range server.CheckSetup(ctx) {
		logger.Warn("Stytch project: " + missing)
	}
	return notServed(server.Run(ctx))
}

// notServed keeps the server's own words: what is out of reach here is not what a
// client command means by it.
func notServed(err error) error {
	if err == nil {
		return nil
	}
	return &todo.Error{Code: todo.CodeInternal, Message: err.Error(), Cause: err}
}

// secrets reads what must not stand on a command line.
func (o *serveOptions) secrets() error {
	c := &o.config
	for _, v := range []struct {
		name  string
		value *string
	}{
		{"STYTCH_PROJECT_ID", &c.Stytch.ProjectID},
		{"STYTCH_SECRET", &c.Stytch.Secret},
		{"STYTCH_DOMAIN", &c.Stytch.Domain},
		{"STYTCH_PUBLIC_TOKEN", &c.Stytch.PublicToken},
		{"STYTCH_VERTICAL", &c.Stytch.Vertical},
		{"TODO_SMTP_URL", &c.SMTPURL},
		{"TODO_DATABASE_URL", &c.DatabaseURL},
	} {
		var err error
		if *v.value, err = o.secret(v.name); err != nil {
			return err
		}
	}
	return nil
}

// secret returns a variable, or the content of the file that its _FILE twin names.
func (e *environment) secret(name string) (string, error) {
	path := e.getenv(name + "_FILE")
	if path == "" || e.getenv(name) != "" {
		return e.getenv(name), nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", usagef("%s_FILE: %w", name, err)
	}
	return strings.TrimSpace(string(content)), nil
}

func (o *serveOptions) tuneCollector() {
	if o.getenv("GOGC") == "" {
		debug.SetGCPercent(serveGCPercent)
	}
	if o.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(serveMemoryLimit)
	}
}

func requestsPerMinute(s string) (int, error) {
	if s == "off" {
		return -1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, usagef("--rate-limit %q: use a number of requests a minute, or off", s)
	}
	return n, nil
}

func newLogger(e *environment, format string) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(e.err, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(e.err, nil)), nil
	}
	return nil, usagef("--log-format %q: use text or json", format)
}

// defaultDataDir is the platform's directory for a user's data, ours below it;
// empty where there is no home.
func defaultDataDir(e *environment) string {
	switch runtime.GOOS {
	case "windows":
		return below(e.getenv("LOCALAPPDATA"), "todo")
	case "darwin":
		return below(e.getenv("HOME"), "Library", "Application Support", "todo")
	}
	if dir := e.getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "todo")
	}
	return below(e.getenv("HOME"), ".local", "share", "todo")
}

func below(dir string, elem ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}
