package cli

import (
	"bufio"
	"fmt"
	"strings"

	"todo.example/internal/todo"
)

// confirm asks the person, who is there if they see the question and can answer, and
// takes nothing but y for a yes. Where nobody is there, nobody is asked: it can be undone.
func (e *environment) confirm(question string) error {
	if !e.asks || !e.watched {
		return nil
	}
	fmt.Fprintf(e.err, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(e.in).ReadString('\n') // without an answer it is no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return &todo.Error{Code: todo.CodeConflict, Message: "nothing was changed", Hint: "answer y, or give --yes"}
}
