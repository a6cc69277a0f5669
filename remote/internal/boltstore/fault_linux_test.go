package boltstore_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"todo.example/internal/identity"
	"todo.example/internal/todo"
	"todo.example/remote/internal/boltstore"
)

// replaceFile puts another file under the descriptor of the database, below bbolt.
func replaceFile(t *testing.T, path, by string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(by, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, e := range entries {
		var fd int
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err != nil || target != path {
			continue
		}
		if _, err := fmt.Sscan(e.Name(), &fd); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(f.Fd()), fd, 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("%s is not open", path)
}

// TestFailedSync makes fdatasync fail: it does on /dev/null, which takes every
// write before.
func TestFailedSync(t *testing.T) {
	path := temp(t)
	var failures atomic.Int32
	db, err := boltstore.Open(path, boltstore.Options{
		Logger:    slog.New(slog.DiscardHandler),
		OnFailure: func(error) { failures.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	service := todo.NewService(db.Todos(), time.Now)
	if _, err := service.Create(t.Context(), "ada", ada, []todo.New{{Text: "kept"}}, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	replaceFile(t, path, os.DevNull)

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := service.Create(t.Context(), "ada", ada, []todo.New{{Text: "lost"}}, todo.Options{}); !errors.Is(err, todo.ErrUnavailable) {
				t.Errorf("a write whose fsync failed: %v, want ErrUnavailable", err)
			}
		})
	}
	wg.Wait()
	if err := db.Identity().Update(t.Context(), func(tx identity.Tx) error { return tx.Delete("k", "x") }); !errors.Is(err, todo.ErrUnavailable) {
		t.Errorf("an identity write after it: %v, want ErrUnavailable", err)
	}
	if _, err := service.List(t.Context(), "ada", ada, todo.Query{}); !errors.Is(err, todo.ErrUnavailable) {
		t.Errorf("a read after it: %v, want ErrUnavailable", err)
	}
	if n := failures.Load(); n != 1 {
		t.Errorf("OnFailure was called %d times, want 1", n)
	}
	closeDB(t, db)

	page, err := todo.NewService(open(t, path).Todos(), time.Now).List(t.Context(), "ada", ada, todo.Query{})
	if err != nil || len(page.Todos) != 1 || page.Todos[0].Text != "kept" {
		t.Errorf("after a new start: %+v, %v; want only what was answered", page.Todos, err)
	}
}

// strace returns the command that runs another one and tampers with one of its
// system calls.
func strace(t *testing.T, call, how string) []string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace, which makes system calls fail, is not installed")
	}
	return []string{path, "-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call, "-e", "inject=" + call + ":" + how}
}

// TestEIO makes single fdatasyncs fail with EIO. bbolt, and the kernel, would take
// the next ones.
func TestEIO(t *testing.T) {
	for _, nth := range []int{6, 7, 12} { // Open needs three; then each commit one for pages, one for its meta page
		path, known := temp(t), acked{}
		cmd := child("fsync", path, "0", strace(t, "fdatasync", fmt.Sprintf("error=EIO:when=%d", nth))...)
		out, err := lines(cmd)
		if err != nil {
			t.Fatal(err)
		}
		refused := false
		for out.Scan() {
			refused = refused || out.Text() == "refused"
			known.note(out.Text())
		}
		if err := cmd.Wait(); err != nil || !refused {
			t.Errorf("fdatasync %d: %v; all writes after it refused: %t", nth, err, refused)
		}
		for _, wrong := range known.verify(t, path) {
			t.Error(wrong)
		}
	}
}

// TestKillAtEachWrite kills the program exactly when it writes for the nth time.
func TestKillAtEachWrite(t *testing.T) {
	for nth := 1; nth <= 30; nth++ {
		path, known := temp(t), acked{}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := liveUntil(known, child("load", path, "0", strace(t, "pwrite64", fmt.Sprintf("signal=KILL:when=%d", nth))...), -1); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range known.verify(t, path) {
			t.Errorf("killed at write %d: %s", nth, wrong)
		}
	}
}

// TestKillWhileConverting kills the program at each of the writes with which it
// brings a file of the first format up to date.
func TestKillWhileConverting(t *testing.T) {
	data, want := golden(t, "format1.db"), wantFormat1(t)
	for _, calls := range []string{"pwrite64", "write,fsync,rename,renameat"} {
		killed := 0
		for survived := false; !survived; killed++ {
			path := makeDir(t, temp(t))
			write(t, path, data)
			_, err := liveUntil(acked{}, child("open", path, "0", strace(t, calls, fmt.Sprintf("signal=KILL:when=%d", killed+1))...), -1)
			survived = err != nil && errors.Is(err, errEnded)
			if err != nil && !survived {
				t.Fatal(err)
			}
			if diff := converted(t, open(t, path), want); diff != "" {
				t.Errorf("killed at %s %d (-before +after):\n%s", calls, killed+1, diff)
			}
		}
		t.Logf("%s: killed %d times", calls, killed-1)
		if killed < 4 {
			t.Errorf("%s: there were only %d to kill at", calls, killed-1)
		}
	}
}

// TestFullDisk fills a small disk. It runs itself again in a mount namespace of its
// own, where that disk is.
func TestFullDisk(t *testing.T) {
	const env = "TODO_TEST_DISK"
	if dir := os.Getenv(env); dir != "" {
		if err := errors.Join(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""), syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m")); err != nil {
			t.Fatal(err)
		}
		fillDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), env+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || strings.Contains(string(out), "operation not permitted") {
		t.Skip("this machine lets only root make a mount namespace")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestFullDisk") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	db := open(t, filepath.Join(dir, "todo.db"))
	now := time.Now()
	service := todo.NewService(db.Todos(), func() time.Time { return now })
	create := func() error {
		_, err := service.Create(t.Context(), "ada", ada, []todo.New{{Text: "a", Notes: strings.Repeat("n", 4000)}}, todo.Options{})
		return err
	}
	fill := func() (n int) {
		for ; ; n++ {
			switch err := create(); {
			case errors.Is(err, todo.ErrStorageFull):
				return n
			case err != nil || n > 10_000:
				t.Fatalf("filling the disk, after %d: %v", n, err)
			}
		}
	}
	made := fill()
	page, err := service.List(t.Context(), "ada", ada, todo.Query{})
	if err != nil || len(page.Todos) != made {
		t.Fatalf("reading on a full disk: %d of %d todos, %v", len(page.Todos), made, err)
	}
	for _, victim := range page.Todos {
		if _, err := service.Delete(t.Context(), "ada", ada, []string{victim.ID}, todo.Options{}); err != nil {
			t.Fatalf("deleting on a full disk: %v", err)
		}
		if victim.ID == page.Todos[9].ID {
			break
		}
	}
	if err := create(); !errors.Is(err, todo.ErrStorageFull) {
		t.Errorf("a write after few deletions: %v, want still ErrStorageFull", err)
	}
	testIdentityOnFullDisk(t, db)

	if err := os.Remove(filler); err != nil { // somebody else makes room
		t.Fatal(err)
	}
	if n := fill(); n == 0 {
		t.Error("no write went through after there was room again")
	}
	if page, err = service.List(t.Context(), "ada", ada, todo.Query{}); err != nil {
		t.Fatal(err)
	}
	var ids []string // or we do
	for _, victim := range page.Todos[:40] {
		ids = append(ids, victim.ID)
	}
	for some := range slices.Chunk(ids, 10) {
		if _, err := service.Delete(t.Context(), "ada", ada, some, todo.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Todos().Prune(t.Context(), now, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := fill(); n == 0 {
		t.Error("no write went through after the trash was emptied")
	}
	check(t, db)
}

// testIdentityOnFullDisk wants an access to be revocable then, and none to be made.
func testIdentityOnFullDisk(t *testing.T, db *boltstore.DB) {
	t.Helper()
	err := db.Identity().Update(t.Context(), func(tx identity.Tx) error { return tx.Put("session", "new", []byte("x"), time.Time{}) })
	if !errors.Is(err, todo.ErrStorageFull) {
		t.Errorf("a new record on a full disk: %v, want ErrStorageFull", err)
	}
	err = db.Identity().Update(t.Context(), func(tx identity.Tx) error {
		if _, err := tx.Get("session", "new"); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("the refused record: %v, want ErrNotFound", err)
		}
		return tx.Delete("session", "old")
	})
	if err != nil {
		t.Errorf("a deletion on a full disk: %v", err)
	}
}
