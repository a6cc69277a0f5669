package cli_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"todo.example/oauthflow"
	"todo.example/remote"
)

// site is a server with its data in dir, whose clock a test can put forward.
type site struct {
	url   string
	dir   string
	codes string // the file that sign-in codes go to
	ahead atomic.Int64
	stop  func() error // ends it and returns what Run said
}

// startSite starts a server on a free port, with its data below dir.
func startSite(dir string) (*site, error) {
	s := &site{dir: filepath.Join(dir, "server"), codes: filepath.Join(dir, "codes")}
	return s, s.start("127.0.0.1:0")
}

func (s *site) start(addr string) error {
	codes, err := os.OpenFile(s.codes, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	server, err := remote.New(ctx, remote.Config{
		Addr: addr, DataDir: s.dir, Codes: codes, Version: "test", RateLimit: -1, Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
	})
	if err != nil {
		cancel()
		return err
	}
	s.url = server.URL()
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	s.stop = func() error {
		cancel()
		defer codes.Close()
		return <-ended
	}
	return nil
}

// person returns somebody with a browser who allows what they are asked for.
func (s *site) person() person {
	return person{email: "ada@example.com", codes: s.codes, decision: "allow"}
}

// token returns an access token, for which the person signs in in their browser.
func (s *site) token(ctx context.Context, dir string) (string, error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	flow, err := oauthflow.New(oauthflow.Config{
		Resource: s.url, ClientName: "todo CLI", Scopes: []string{"openid", "email", "todos:read", "todos:write"},
		Store: oauthflow.NewFile(filepath.Join(dir, "tokens")), LockDir: filepath.Join(dir, "locks"),
		OpenURL: func(address string) error {
			err := s.person().visit(address)
			if err != nil {
				giveUp(err)
			}
			return err
		},
	})
	if err != nil {
		return "", err
	}
	if _, err := flow.Login(ctx); err != nil {
		return "", errors.Join(err, context.Cause(ctx))
	}
	return flow.Token(ctx)
}
