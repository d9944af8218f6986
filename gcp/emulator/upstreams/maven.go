package upstreams

import (
	"crypto/sha1" //nolint:gosec // the checksum that Maven clients ask for
	"encoding/hex"
	"net/http"
	"sync"
)

// serveMaven serves a Maven tree with one artifact, com.example:hello:1.0.0
// (maven.apache.org/repositories/layout.html).
func serveMaven(root string) http.HandlerFunc {
	return serveTree(sync.OnceValue(func() map[string][]byte {
		const (
			coordinates = "<groupId>com.example</groupId><artifactId>hello</artifactId>"
			pom         = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>" + coordinates + "<version>1.0.0</version></project>\n"
			metadata    = "<metadata>" + coordinates + "<versioning><latest>1.0.0</latest><release>1.0.0</release>" +
				"<versions><version>1.0.0</version></versions><lastUpdated>20260101000000</lastUpdated></versioning></metadata>\n"
		)
		jar := zipped(file{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n"}, file{"hello.txt", "Hello from an embedded upstream.\n"})
		folder := root + "com/example/hello/"
		files := map[string][]byte{root: []byte("<html><body><a href=\"com/\">com/</a></body></html>\n")}
		for name, content := range map[string][]byte{
			"maven-metadata.xml": []byte(metadata), "1.0.0/hello-1.0.0.pom": []byte(pom), "1.0.0/hello-1.0.0.jar": jar,
		} {
			sum := sha1.Sum(content) //nolint:gosec // see above
			files[folder+name] = content
			files[folder+name+".sha1"] = []byte(hex.EncodeToString(sum[:]))
		}
		return files
	}))
}
