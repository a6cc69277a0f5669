package oauthflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	fileLayout  = 1
	maxFileSize = 1 << 20
)

// File keeps items in one private JSON file, for machines without a keyring. The tokens in it are not encrypted: they
// are as safe as the person's account. It is readable by its owner only, and refused otherwise.
type File struct {
	path string
}

// fileContent is the layout of the file.
type fileContent struct {
	Version int               `json:"version"`
	Items   map[string]string `json:"items"`
}

// NewFile returns the store in the file at path. The file and its directory are created with the first Set.
func NewFile(path string) *File { return &File{path: path} }

// Get implements TokenStore.
func (s *File) Get(ctx context.Context, key string) ([]byte, error) {
	if lockReads {
		unlock, err := s.lock(ctx)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	content, err := s.read()
	if err != nil {
		return nil, err
	}
	value, ok := content.Items[key]
	if !ok {
		return nil, ErrNotFound
	}
	return []byte(value), nil
}

// Set implements TokenStore.
func (s *File) Set(ctx context.Context, key string, value []byte) error {
	return s.update(ctx, func(items map[string]string) { items[key] = string(value) })
}

// Delete implements TokenStore.
func (s *File) Delete(ctx context.Context, key string) error {
	if _, err := os.Lstat(s.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.update(ctx, func(items map[string]string) { delete(items, key) })
}

// update changes the file as a whole, so that a reader and a crash see the old content or the new, and alone among the
// processes that share it.
func (s *File) update(ctx context.Context, change func(items map[string]string)) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	content, err := s.read()
	if err != nil {
		return err
	}
	change(content.Items)
	raw, err := json.Marshal(content)
	if err != nil {
		return err
	}
	if len(raw) > maxFileSize {
		return ErrTooLarge
	}
	if err := replaceFile(s.path, raw); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func (s *File) lock(ctx context.Context) (unlock func(), err error) {
	if err := privateDir(filepath.Dir(s.path)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return lockFile(ctx, s.path+".lock", lockPoll)
}

// read returns the content of the file; a file that does not exist is empty.
func (s *File) read() (fileContent, error) {
	raw, err := readPrivate(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fileContent{Version: fileLayout, Items: map[string]string{}}, nil
	}
	if err != nil {
		return fileContent{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	content, err := decodeFile(raw)
	if err != nil {
		return fileContent{}, fmt.Errorf("%w: %s: %w", ErrUnavailable, s.path, err)
	}
	return content, nil
}

func decodeFile(raw []byte) (fileContent, error) {
	var content fileContent
	if err := json.Unmarshal(raw, &content); err != nil {
		// The parser's message could quote a piece of a token.
		return fileContent{}, errors.New("the file is damaged; remove it and sign in again")
	}
	if content.Version != fileLayout {
		return fileContent{}, fmt.Errorf("the file has layout %d, this program knows %d", content.Version, fileLayout)
	}
	if content.Items == nil {
		content.Items = map[string]string{}
	}
	return content, nil
}

// readPrivate reads a regular file that only its owner can read, and does not follow a symbolic link to it.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|openNoFollow, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// The opened file is what counts: the name may have been swapped since.
	info, err = file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if modesMatter && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	raw, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFileSize {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFileSize)
	}
	return raw, nil
}

// replaceFile puts raw at path with mode 0600: a temporary file beside it, on disk before it gets the name.
func replaceFile(path string, raw []byte) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".credentials-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(raw)
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// privateDir creates dir with mode 0700, or refuses one in which others could swap files.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if modesMatter && info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by others (mode %04o); run: chmod 700 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}
