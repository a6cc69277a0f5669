//go:build unix

package oauthflow

import (
	"os"
	"syscall"
)

const (
	openNoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK // non-blocking: a FIFO must not hang the open
	modesMatter  = true
	lockReads    = false
)

// syncDir makes a rename in dir survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
