package upstreams

import (
	"encoding/json"
	"sync"
)

// Media types of the Open Container Initiative's image format.
const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// image is a container image as a registry keeps it.
type image struct {
	manifest []byte
	digest   string
	blobs    map[string][]byte // configuration and layer, by digest
}

// demoImage is one layer with one text file.
var demoImage = sync.OnceValue(func() image {
	content := tarball(file{"hello.txt", "Hello from an embedded upstream.\n"})
	layer := gzipped(content)
	config := encoded(map[string]any{
		"architecture": "amd64",
		"os":           "linux",
		"created":      made,
		"config":       map[string]any{"Labels": map[string]string{"org.opencontainers.image.title": "hello"}},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{digest(content)}},
		"history":      []any{map[string]any{"created": made, "created_by": "upstreamauth demo"}},
	})
	manifest := encoded(map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        descriptor(configType, config),
		"layers":        []any{descriptor(layerType, layer)},
	})
	return image{manifest, digest(manifest), map[string][]byte{digest(config): config, digest(layer): layer}}
})

func digest(b []byte) string { return "sha256:" + sha256Hex(b) }

func descriptor(mediaType string, b []byte) map[string]any {
	return map[string]any{"mediaType": mediaType, "digest": digest(b), "size": len(b)}
}

// encoded is v as JSON; v holds only what can be encoded.
func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
