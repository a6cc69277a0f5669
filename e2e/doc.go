// Package e2e drives the built binary from outside, as the people and programs do
// that will use it: a person in a real browser and a real terminal, and other
// people's MCP clients. It has tests only, knows the binary by its flags, output
// and routes, and must never reach into the server.
//
// ./test provides what the tests need and names it: TODO_TEST_CHROMIUM a browser's
// binary, TODO_TEST_NODE and TODO_TEST_PEERS Node.js and a folder of npm packages
// (internal/peertest), TODO_TEST_KEYRING=require a session with a keyring. A test
// whose variable is not set is skipped, and ./test always sets them. The failing
// disks want strace and mount, on Linux; TODO_TEST_SERVER_KILLS says how often the
// server is killed.
package e2e
