// Package identitytest helps tests that need an identity server or a store for one: the contract of identity.Store
// as a suite, a store in memory, and a running server with a mailbox. It must never be imported by the program.
package identitytest
