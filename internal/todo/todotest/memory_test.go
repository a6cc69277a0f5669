package todotest_test

import (
	"testing"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

func TestMemory(t *testing.T) {
	todotest.TestStore(t, func(*testing.T) todo.Store { return todotest.NewStore() })
}
