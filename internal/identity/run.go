package identity

import (
	"context"
	"log/slog"
	"time"
)

const (
	collectEvery = time.Minute
	reloadEvery  = time.Hour // how soon a key that another process made is known here

	collectBatch = 500 // records that one transaction deletes
)

// Run deletes expired records and keeps the signing keys turning until ctx ends, and then returns nil. What fails is
// logged and tried again at its next turn.
func (s *Server) Run(ctx context.Context) error {
	collect := time.NewTicker(collectEvery)
	defer collect.Stop()
	reload := time.NewTicker(reloadEvery)
	defer reload.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-collect.C:
			err = s.collect(ctx)
		case <-reload.C:
			err = s.loadKeys(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.cfg.Logger.Error("identity upkeep failed", slog.Any("error", err))
		}
	}
}

// collect deletes what has expired, in transactions that are short for the others' sake.
func (s *Server) collect(ctx context.Context) error {
	for {
		var deleted int
		err := s.update(ctx, func(tx Tx) (err error) {
			deleted, err = tx.DeleteExpired(s.now(), collectBatch)
			return err
		})
		if err != nil || deleted < collectBatch {
			return err
		}
	}
}
