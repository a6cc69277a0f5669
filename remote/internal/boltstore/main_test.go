package boltstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"todo.example/internal/todo"
	"todo.example/remote/internal/boltstore"
)

// childEnv makes the test binary one of the programs below, to be killed.
const childEnv = "TODO_TEST_CHILD"

// children are programs that use a database, by name.
var children = map[string]func(path, life string) error{
	"load": func(path, life string) error { return load(path, life, false) },
	// hasty answers before the write is done. It is the test of the kill tests.
	"hasty": func(path, life string) error { return load(path, life, true) },
	"fsync": untilFailure,
	"open":  func(path, _ string) error { return openAndClose(path) },
}

func TestMain(m *testing.M) {
	program, ok := children[os.Getenv(childEnv)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := program(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child returns the command of a child, to be run by the given wrapper, if any.
func child(name, path, life string, wrapper ...string) *exec.Cmd {
	args := append(slices.Clone(wrapper), os.Args[0], path, life)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

func lines(cmd *exec.Cmd) (*bufio.Scanner, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return bufio.NewScanner(out), cmd.Start()
}

var ada = todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}

// steps are the life of a todo of load: each is an acknowledged write.
var steps = []todo.View{todo.ViewOpen, todo.ViewCompleted, todo.ViewTrash}

// load has workers make, complete and delete todos until it is killed, and prints
// "text step" as soon as a step is answered; if hasty, before.
func load(path, life string, hasty bool) error {
	db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	service := todo.NewService(db.Todos(), time.Now)
	failed := make(chan error)
	var mu sync.Mutex
	for worker := range 4 {
		go func() {
			for i := 0; ; i++ {
				text := fmt.Sprintf("%s-%d-%d", life, worker, i)
				ack := func(step int) {
					mu.Lock()
					defer mu.Unlock()
					fmt.Println(text, step)
				}
				if err := live(service, text, ack, hasty); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

func live(service *todo.Service, text string, ack func(int), hasty bool) error {
	ctx := context.Background()
	id := ""
	for step := range steps {
		if hasty {
			ack(step)
		}
		var c todo.Change
		var err error
		switch step {
		case 0:
			c, err = service.Create(ctx, "ada", ada, []todo.New{{Text: text}}, todo.Options{IdempotencyKey: text})
		case 1:
			_, err = service.SetCompleted(ctx, "ada", ada, []string{id}, true, todo.Options{})
		case 2:
			_, err = service.Delete(ctx, "ada", ada, []string{id}, todo.Options{})
		}
		if err != nil {
			return err
		}
		if step == 0 {
			id = c.Todos()[0].ID
		}
		if !hasty {
			ack(step)
		}
	}
	return nil
}

func openAndClose(path string) error {
	db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return db.Close()
}

// acked is the last acknowledged step of each text.
type acked map[string]int

func (a acked) note(line string) {
	text, step, ok := strings.Cut(line, " ")
	if n, err := strconv.Atoi(step); ok && err == nil {
		a[text] = n
	}
}

// verify opens the database as the next start would, and returns what is not as it
// was acknowledged: each todo must be there once, at its step or at the one that was
// under way, and a retry must not make another.
func (a acked) verify(t *testing.T, path string) (wrong []string) {
	t.Helper()
	db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)}) // reads it all through
	if err != nil {
		t.Errorf("open after a kill: %v", err)
		return nil
	}
	defer closeDB(t, db)
	found := todosByText(t, db)
	last := ""
	for text, step := range a {
		last = text
		if at := found[text]; len(at) != 1 || at[0] < step || at[0] > step+1 {
			wrong = append(wrong, fmt.Sprintf("%s was acknowledged at step %d and is at %v", text, step, at))
		}
	}
	if last == "" || len(wrong) > 0 {
		return wrong
	}
	service := todo.NewService(db.Todos(), time.Now)
	if _, err := service.Create(t.Context(), "ada", ada, []todo.New{{Text: last}}, todo.Options{IdempotencyKey: last}); err != nil {
		t.Errorf("a retry of %s after a kill: %v", last, err)
	}
	if at := todosByText(t, db)[last]; len(at) != 1 {
		wrong = append(wrong, fmt.Sprintf("after a retry there are %d todos %s", len(at), last))
	}
	return wrong
}

// todosByText returns at which steps there are todos of each text.
func todosByText(t *testing.T, db *boltstore.DB) map[string][]int {
	t.Helper()
	found := map[string][]int{}
	err := db.Todos().View(t.Context(), "ada", func(r todo.Reader) error {
		for step, view := range steps {
			todos, err := page(r, view, "", 0)
			if err != nil {
				return err
			}
			for _, todo := range todos {
				found[todo.Text] = append(found[todo.Text], step)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return found
}

// page returns at most limit todos of a view, after a SortKey in it; limit 0 means all.
func page(r todo.Reader, v todo.View, after string, limit int) ([]todo.Todo, error) {
	from, to := todo.ViewRange(v)
	if after != "" {
		from += after + "\x00"
	}
	keys, err := r.Keys(from, to, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = todo.KeyID(k)
	}
	return r.Todos(ids)
}

// untilFailure writes until a write fails, then on, and prints what each came to.
func untilFailure(path, _ string) error {
	failures := 0
	db, err := boltstore.Open(path, boltstore.Options{
		Logger:    slog.New(slog.DiscardHandler),
		OnFailure: func(error) { failures++ },
	})
	if err != nil {
		return err
	}
	service := todo.NewService(db.Todos(), time.Now)
	for i, after := 0, 0; after < 20; i++ {
		if i == 1000 {
			return errors.New("no write failed: is anything synced?")
		}
		text := fmt.Sprintf("0-0-%d", i)
		_, err := service.Create(context.Background(), "ada", ada, []todo.New{{Text: text}}, todo.Options{IdempotencyKey: text})
		switch {
		case err == nil && after == 0:
			fmt.Println(text, 0)
		case errors.Is(err, todo.ErrUnavailable) && errors.Is(err, syscall.EIO):
			after++
		default:
			return fmt.Errorf("write %d, %d after the failure: %w", i, after, err)
		}
	}
	if failures != 1 {
		return fmt.Errorf("OnFailure was called %d times", failures)
	}
	fmt.Println("refused")
	return nil
}
