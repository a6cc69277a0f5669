// Command todo is a todo list for a person and their assistants: a server, a
// terminal client and a bridge for MCP clients.
package main

import (
	"os"

	"todo.example/cli"
)

func main() { os.Exit(cli.Main()) }
