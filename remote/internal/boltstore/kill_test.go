package boltstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// kills is how often TestKill kills; ./test sets 1000.
func kills(t *testing.T) int {
	value := os.Getenv("TODO_TEST_KILLS")
	if value == "" {
		return 100
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("TODO_TEST_KILLS: %v", err)
	}
	return n
}

// lives is how many kills one database sees before the next begins anew.
const lives = 25

// TestKill kills the program under load, again and again: what was acknowledged is
// there after the next start, and the file is sound.
func TestKill(t *testing.T) {
	total := kills(t)
	var acks atomic.Int64
	var wg sync.WaitGroup
	databases := make(chan int)
	for range 4 {
		wg.Go(func() {
			for n := range databases {
				acks.Add(int64(killRepeatedly(t, min(lives, total-n*lives))))
			}
		})
	}
	for n := range (total + lives - 1) / lives {
		databases <- n
	}
	close(databases)
	wg.Wait()
	t.Logf("%d kills, %d acknowledged writes, none lost", total, acks.Load())
}

func killRepeatedly(t *testing.T, times int) (acks int) {
	path, known := temp(t), acked{}
	for life := range times {
		n, err := liveUntil(known, child("load", path, fmt.Sprint(life)), 1+rand.IntN(16))
		if err != nil {
			t.Errorf("life %d: %v", life, err)
			return acks
		}
		acks += n
		for _, wrong := range known.verify(t, path) {
			t.Error(wrong)
		}
	}
	return acks
}

// liveUntil kills a program after so many acknowledgements, or lets it die before,
// and notes all that it printed.
func liveUntil(known acked, cmd *exec.Cmd, acks int) (n int, err error) {
	out, err := lines(cmd)
	if err != nil {
		return 0, err
	}
	for out.Scan() {
		known.note(out.Text())
		if n++; n == acks {
			if err := cmd.Process.Kill(); err != nil {
				return n, err
			}
		}
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
		return n, nil
	}
	return n, errors.Join(errEnded, err)
}

var errEnded = errors.New("the program ended by itself")

// TestKillFindsHaste kills a program that answers before it has written, and wants
// the check of TestKill to find that.
func TestKillFindsHaste(t *testing.T) {
	for range 20 {
		path, known := temp(t), acked{}
		if _, err := liveUntil(known, child("hasty", path, "0"), 20); err != nil {
			t.Fatal(err)
		}
		if len(known.verify(t, path)) > 0 {
			return
		}
	}
	t.Error("20 kills of a program that answers too early went unnoticed")
}
