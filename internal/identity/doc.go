// Package identity is the embedded identity server: sign-in by emailed code and magic link, sessions, users, connected
// apps, and the OAuth 2.1 and OpenID Connect endpoints that go with them, all on the wire of Stytch's Consumer API, so
// that the official Stytch SDKs cannot tell the difference. It serves someone who tries the project, its tests, and a
// household on one machine.
//
// It imports nothing of this module but the contract of its Store, reads no environment, sends nothing by itself (Config.Deliver does), and keeps
// nothing but in its Store. It must never log or store a code, a token or a client secret: at rest they are hashes.
// The exceptions are what it must be able to use again: the project's credentials and its signing keys.
//
// JOSE comes from go-jose. The grants are our own, not those of zitadel/oidc's op, which cannot hold these cases:
//   - its storage splits one grant over several calls (look up the code, create tokens, delete the request), so that
//     "of 200 parallel uses never two win" and "a replayed code kills its tokens" would depend on luck;
//   - its handlers merge the query string into the form, answer GET at the token endpoint and take the first of
//     repeated parameters;
//   - its introspection refuses clients without a secret, which is how Stytch's SDK asks for public ones;
//   - its authorization endpoint is a page, while Stytch's is a JSON call behind the application's page.
//
// A refresh token of a public client works once, without a grace period: a second use cannot be told from a theft, and
// ends the whole family (RFC 9700 section 4.14.2). A client that loses the answer signs in again; clients that share a
// token among processes must lock.
package identity
