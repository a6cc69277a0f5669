package oauthflow_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/oauthflow"
)

// testStore is what every TokenStore does.
func testStore(t *testing.T, s oauthflow.TokenStore) {
	t.Helper()
	ctx := t.Context()
	get := func(key string) string {
		t.Helper()
		value, err := s.Get(ctx, key)
		if err != nil {
			t.Fatalf("Get(%q): %v", key, err)
		}
		return string(value)
	}
	set := func(key, value string) {
		t.Helper()
		if err := s.Set(ctx, key, []byte(value)); err != nil {
			t.Fatalf("Set(%q): %v", key, err)
		}
	}
	_, err := s.Get(ctx, "grant https://a")
	wantError(t, err, oauthflow.ErrNotFound)
	if err := s.Delete(ctx, "grant https://a"); err != nil {
		t.Errorf("Delete of nothing: %v", err)
	}
	long := strings.Repeat("x", 2500)
	set("grant https://a", `{"quoted":"\u0000 <&> é"}`)
	set("client https://b name", long)
	set("grant https://a", "second")
	if diff := cmp.Diff([]string{"second", long}, []string{get("grant https://a"), get("client https://b name")}); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if err := s.Delete(ctx, "grant https://a"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Get(ctx, "grant https://a")
	wantError(t, err, oauthflow.ErrNotFound)
	get("client https://b name")
	if err := s.Delete(ctx, "client https://b name"); err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "credentials.json")
	testStore(t, oauthflow.NewFile(path))
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %04o, want %04o", name, got, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".credentials-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFileRefuses what it must neither believe nor overwrite.
func TestFileRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are Unix's; Windows guards the profile directory by its access list")
	}
	good := []byte(`{"version":1,"items":{"k":"v"}}`)
	write := func(t *testing.T, path string, content []byte, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, content, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]func(t *testing.T, path string){
		"readable by its group": func(t *testing.T, path string) { write(t, path, good, 0o640) },
		"readable by all":       func(t *testing.T, path string) { write(t, path, good, 0o604) },
		"a symbolic link": func(t *testing.T, path string) {
			write(t, path+".target", good, 0o600)
			if err := os.Symlink(path+".target", path); err != nil {
				t.Fatal(err)
			}
		},
		"a directory": func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"damaged":           func(t *testing.T, path string) { write(t, path, good[:20], 0o600) },
		"empty":             func(t *testing.T, path string) { write(t, path, nil, 0o600) },
		"of a later layout": func(t *testing.T, path string) { write(t, path, []byte(`{"version":2}`), 0o600) },
		"too large":         func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat(" ", 2<<20)), 0o600) },
		"in a directory others can write": func(t *testing.T, path string) {
			write(t, path, good, 0o600)
			if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "credentials.json")
			spoil(t, path)
			before, _ := os.ReadFile(path)
			s := oauthflow.NewFile(path)
			wantError(t, s.Set(t.Context(), "k", []byte("new")), oauthflow.ErrUnavailable)
			if !strings.Contains(name, "directory others") {
				_, err := s.Get(t.Context(), "k")
				wantError(t, err, oauthflow.ErrUnavailable)
			}
			after, _ := os.ReadFile(path)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the file changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestFileLosesNoUpdate: writers of different items in one file do not overwrite each other's.
func TestFileLosesNoUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials.json")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := oauthflow.NewFile(path).Set(context.Background(), fmt.Sprint(i), []byte("v")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range 20 {
		if _, err := oauthflow.NewFile(path).Get(t.Context(), fmt.Sprint(i)); err != nil {
			t.Errorf("item %d: %v", i, err)
		}
	}
}
