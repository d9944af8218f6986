package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// contents is what a remote repository has of its upstream: what was pulled
// through. A connector has none. It is listed and no more: a pull asks the
// upstream again (modelled).
type contents struct {
	packages index[*artifactregistrypb.Package] // by id
	versions index[*heldVersion]                // by package and id
	tags     index[*artifactregistrypb.Tag]     // by package and id
	files    index[*artifactregistrypb.File]    // by id
}

// heldVersion is a version and what formats say of it.
type heldVersion struct {
	pkg, id   string
	pb        *artifactregistrypb.Version
	mediaType string
	size      int64
}

// Limits of what one repository lists: what comes after is not remembered.
const (
	maxListed = 10_000
	maxPulled = 512     // bytes of a path
	maxRead   = 4 << 20 // bytes of a manifest that are read
)

// listed joins a package and what is in it to a key.
func listed(pkg, id string) string { return pkg + "\x00" + id }

// recorder passes an answer on and notes what it was.
type recorder struct {
	http.ResponseWriter
	status int
	size   int64
	sum    hash.Hash
	text   []byte // the beginning, of a manifest
	keep   bool
}

func newRecorder(w http.ResponseWriter, wanted pull) *recorder {
	return &recorder{
		ResponseWriter: w, status: http.StatusOK, sum: sha256.New(),
		keep: wanted.format == artifactregistrypb.Repository_DOCKER && strings.Contains(wanted.path, "/manifests/"),
	}
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.size += int64(n)
	r.sum.Write(b[:n])
	if r.keep && len(r.text)+n <= maxRead {
		r.text = append(r.text, b[:n]...)
	}
	return n, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) digest() string { return "sha256:" + hex.EncodeToString(r.sum.Sum(nil)) }

// pulled is one artifact that came through.
type pulled struct{ pkg, version, tag, file string }

// pulledOf reads from a path what it is of; not all paths are of an artifact.
func pulledOf(wanted pull, digest string) (pulled, bool) {
	switch wanted.format {
	case artifactregistrypb.Repository_DOCKER:
		image, reference, found := cutLast(wanted.path, "/manifests/")
		if !found {
			_, blob, isBlob := cutLast(wanted.path, "/blobs/")
			return pulled{file: blob}, isBlob
		}
		if strings.Contains(reference, ":") {
			reference = ""
		}
		return pulled{pkg: image, version: digest, tag: reference, file: digest}, true
	case artifactregistrypb.Repository_NPM:
		name, file, found := strings.Cut(wanted.path, "/-/")
		version, isTarball := strings.CutSuffix(file, ".tgz")
		version, named := strings.CutPrefix(version, name[strings.LastIndex(name, "/")+1:]+"-")
		return pulled{pkg: name, version: version, file: wanted.path}, found && isTarball && named && version != ""
	case artifactregistrypb.Repository_PYTHON:
		name, file, found := strings.Cut(wanted.path, "/")
		parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(file, ".tar.gz"), ".zip"), "-")
		if !found || name == "simple" || len(parts) < 2 {
			return pulled{}, false
		}
		version := parts[len(parts)-1] // of a source distribution
		if strings.HasSuffix(file, ".whl") {
			version = parts[1]
		}
		return pulled{pkg: name, version: version, file: file}, true
	case artifactregistrypb.Repository_MAVEN:
		parts := strings.Split(wanted.path, "/")
		if len(parts) < 4 || !strings.HasPrefix(parts[len(parts)-1], parts[len(parts)-3]+"-"+parts[len(parts)-2]) {
			return pulled{}, false
		}
		n := len(parts)
		return pulled{pkg: strings.Join(parts[:n-3], ".") + ":" + parts[n-3], version: parts[n-2], file: wanted.path}, true
	default:
		return pulled{}, false
	}
}

func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 1 {
		return "", "", false
	}
	return text[:i], text[i+len(sep):], true
}

// record notes what a pull through r brought.
func (c *contents) record(r *repository, wanted pull, rec *recorder, now time.Time) {
	what, ok := pulledOf(wanted, rec.digest())
	if !ok || len(wanted.path) > maxPulled {
		return
	}
	at := timestamppb.New(now)
	name := r.pb.GetName()
	owner := ""
	if what.pkg != "" {
		pkg := name + "/packages/" + url.PathEscape(what.pkg)
		put(&c.packages, what.pkg, &artifactregistrypb.Package{Name: pkg, CreateTime: at, UpdateTime: at})
		owner = pkg + "/versions/" + url.PathEscape(what.version)
		put(&c.versions, listed(what.pkg, what.version), &heldVersion{
			pkg: what.pkg, id: what.version, mediaType: rec.Header().Get("Content-Type"), size: imageSize(rec),
			pb: &artifactregistrypb.Version{Name: owner, CreateTime: at, UpdateTime: at},
		})
		if what.tag != "" { // a tag moves
			key := listed(what.pkg, what.tag)
			c.tags.remove(key)
			put(&c.tags, key, &artifactregistrypb.Tag{Name: pkg + "/tags/" + url.PathEscape(what.tag), Version: owner})
		}
	}
	put(&c.files, what.file, &artifactregistrypb.File{
		Name: name + "/files/" + url.PathEscape(what.file), SizeBytes: rec.size, CreateTime: at, UpdateTime: at, FetchTime: at, Owner: owner,
		Hashes: []*artifactregistrypb.Hash{{Type: artifactregistrypb.Hash_SHA256, Value: rec.sum.Sum(nil)}},
	})
}

// put adds what is not there yet, as long as there is room.
func put[T any](x *index[T], key string, v T) {
	if _, there := x.get(key); !there && len(x.keys) < maxListed {
		x.put(key, v)
	}
}

// imageSize is what a manifest's parts come to, or else what came.
func imageSize(rec *recorder) int64 {
	type part struct {
		Size int64 `json:"size"`
	}
	var manifest struct {
		Config part   `json:"config"`
		Layers []part `json:"layers"`
	}
	if json.Unmarshal(rec.text, &manifest) != nil || len(manifest.Layers) == 0 {
		return rec.size
	}
	size := manifest.Config.Size
	for _, l := range manifest.Layers {
		size += l.Size
	}
	return size
}
