package todo_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/todo"
)

var update = flag.Bool("update", false, "write the golden file of the index anew, where todo.IndexVersion was raised")

// TestIndexVersion holds IndexKeys and CounterKeys to what they answered when
// IndexVersion was last raised: a store that is of that version keeps what it has, and
// would not find by other keys what it stored under these.
func TestIndexVersion(t *testing.T) {
	const golden = "testdata/index.txt"
	first := fmt.Sprintf("IndexVersion %d\n", todo.IndexVersion)
	got := first + indexOf(indexSamples())
	raw, err := os.ReadFile(golden)
	want := string(raw)
	raised := err == nil && !strings.HasPrefix(want, first)
	switch {
	case *update && (raised || err != nil):
		want, err = got, os.WriteFile(golden, []byte(got), 0o644)
	case raised:
		t.Fatal("IndexVersion was raised: run this package's tests with -update, and look at the difference")
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("raise todo.IndexVersion, so that stores make their index anew, and then run with -update (-kept +made):\n%s", diff)
	}
}

// indexSamples are todos with something in every member that has to do with the index.
func indexSamples() []todo.Todo {
	day := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	plain := todo.Todo{ID: "a0000001", Text: "Buy milk", Position: "h0000000", CreatedAt: day}
	rich := todo.Todo{
		ID: "b0000002", Text: "Straße CAFÉ ﬁx 東京タワー e-mail #1", Notes: "two\tlines\nof " + strings.Repeat("ä", 40), Position: "h0000001h",
		Due: "2026-11-27T17:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "FREQ=DAILY", Priority: todo.PriorityHigh,
		List: "Große Liste", Tags: []string{"home", "Łódź"}, ParentID: "a0000001", UID: "uid-1", CreatedAt: day,
	}
	done := rich
	done.ID, done.Due, done.Timezone, done.Priority = "c0000003", "2026-11-27", "", todo.PriorityLow
	done.Completed, done.CompletedAt = true, day.Add(time.Hour)
	gone := done
	gone.ID, gone.DeletedAt = "d0000004", day.Add(2*time.Hour)
	return []todo.Todo{plain, rich, done, gone}
}

// indexOf writes down the keys and counters of todos, and a digest for one whose notes
// have more words than count.
func indexOf(todos []todo.Todo) string {
	var b strings.Builder
	for _, a := range todos {
		fmt.Fprintf(&b, "\n%s\n", a.ID)
		for _, key := range todo.IndexKeys(a) {
			fmt.Fprintf(&b, "key %q\n", key)
		}
		for _, name := range todo.CounterKeys(a) {
			fmt.Fprintf(&b, "counter %q\n", name)
		}
	}
	long := todos[0]
	for i := range 600 {
		long.Notes += fmt.Sprintf("word%d ", i)
	}
	keys := todo.IndexKeys(long)
	fmt.Fprintf(&b, "\nlong notes: %d keys, %x\n", len(keys), sha256.Sum256([]byte(strings.Join(keys, "\n"))))
	return b.String()
}
