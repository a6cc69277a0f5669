//go:build unix && !darwin

package oauthflow

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// probeKeyring fails when there is no session bus. go-keyring would start one with dbus-launch and leave it, and a
// keyring daemon, behind.
func probeKeyring() error {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return fmt.Errorf("no session bus: %w", err)
	}
	return conn.Close()
}
