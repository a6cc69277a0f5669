//go:build !unix || darwin

package oauthflow

// probeKeyring has nothing to check: the keyring is part of the system.
func probeKeyring() error { return nil }
