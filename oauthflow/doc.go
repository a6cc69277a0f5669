// Package oauthflow gives a program on a person's own machine access to one OAuth-protected resource.
//
// It finds the resource's authorization server (RFC 9728, RFC 8414), registers itself (RFC 7591), sends the person
// through their browser (RFC 8252, PKCE, RFC 9207), keeps the tokens in the operating system's keyring or in a private
// file, and refreshes them so that any number of processes sharing that store spend each refresh token once.
//
// Every document it reads is treated as hostile. It never follows a redirect, never runs a shell, never sends a token
// to an origin other than the resource's or to an authorization server other than the one that issued it, and never
// logs, prints or returns in an error a token, a code, a verifier or a client secret. It reads no environment and
// knows nothing of what the resource serves.
package oauthflow
