package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"todo.example/remote/internal/durable"
)

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	write := func(text string, err error) error {
		return durable.WriteFile(path, func(w io.Writer) error {
			_, errWrite := io.WriteString(w, text)
			return errors.Join(errWrite, err)
		})
	}
	wantAlone := func(text string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("the file is %q, %v; want %q", got, err, text)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("beside the file there are %v, %v", entries, err)
		}
	}
	if err := os.WriteFile(path+".part", []byte("what a crash left, and longer"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write("first", nil); err != nil {
		t.Fatal(err)
	}
	wantAlone("first")
	if err := write("second", nil); err != nil {
		t.Fatal(err)
	}
	wantAlone("second")

	errWanted := errors.New("wanted failure")
	if err := write("half", errWanted); !errors.Is(err, errWanted) {
		t.Errorf("error %v, want that of the writing", err)
	}
	wantAlone("second")
}

func TestWriteFileIsTheOwners(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes there")
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := durable.WriteFile(path, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestWriteFileNowhere(t *testing.T) {
	err := durable.WriteFile(filepath.Join(t.TempDir(), "missing", "key"), func(io.Writer) error { return nil })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in no directory: %v", err)
	}
}
