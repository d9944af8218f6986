package upstreams

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

// made is the time in all archives: the same bytes, and so the same digests,
// on every start.
var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// file is one member of an archive, or one file of a tree.
type file struct {
	name, text string
}

// tarball packs files; writing to memory cannot fail.
func tarball(files ...file) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		_ = w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.text)), ModTime: made, Format: tar.FormatUSTAR})
		_, _ = w.Write([]byte(f.text))
	}
	_ = w.Close()
	return out.Bytes()
}

// gzipped compresses b; writing to memory cannot fail.
func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// zipped packs files; writing to memory cannot fail.
func zipped(files ...file) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		member, _ := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: made})
		_, _ = member.Write([]byte(f.text))
	}
	_ = w.Close()
	return out.Bytes()
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// contentTypes are those that clients look at.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".xml": "application/xml", ".pom": "application/xml",
	".jar": "application/java-archive", ".tgz": "application/octet-stream", ".gz": "application/gzip",
}

// serveFile answers with b as the file at the request's path, with ranges and
// conditions.
func serveFile(w http.ResponseWriter, r *http.Request, b []byte) {
	if kind := contentTypes[path.Ext(r.URL.Path)]; kind != "" {
		w.Header().Set("Content-Type", kind)
	} else {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	w.Header().Set("ETag", `"`+sha256Hex(b)+`"`)
	http.ServeContent(w, r, "", made, bytes.NewReader(b))
}

// serveTree serves the files of a tree by their whole path; a folder without
// its final slash redirects to the one with it, as web servers do.
func serveTree(files func() map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tree := files()
		if b, ok := tree[r.URL.Path]; ok {
			serveFile(w, r, b)
		} else if _, folder := tree[r.URL.Path+"/"]; folder {
			http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
		} else {
			http.NotFound(w, r)
		}
	}
}
