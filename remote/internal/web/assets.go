package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"todo.example/remote/internal/httpx"
)

//go:embed assets
var assetFiles embed.FS

// asset is one file of the pages.
type asset struct {
	body        []byte
	contentType string
	etag        string
	hashed      string // its name with its hash in it
}

// assets serves the files by two names: one with the content's hash, which pages
// link to and browsers keep for good, and the plain one, which the manifest uses.
type assets map[string]asset

const assetsPath = "/assets/"

func loadAssets() (assets, error) {
	files := assets{}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		body, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:6])
		ext := path.Ext(name)
		a := asset{body: body, contentType: contentTypes(ext), etag: `"` + hash + `"`, hashed: strings.TrimSuffix(name, ext) + "." + hash + ext}
		files[name], files[a.hashed] = a, a
	}
	return files, nil
}

// contentTypes does not ask the machine's own table, which differs.
func contentTypes(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return "application/octet-stream"
}

// path returns where a page finds the file.
func (a assets) path(name string) string { return assetsPath + a[name].hashed }

// ServeHTTP serves the file that the pattern's {name} names.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	file, ok := a[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", file.etag)
	h.Set("Cache-Control", "no-cache")
	if name == file.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == file.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if _, err := w.Write(file.body); err != nil {
		httpx.Cause(r, err)
	}
}
