package upstreams

import (
	"fmt"
	"sync"
)

// serveApt serves the index files of an apt repository that holds no package
// (wiki.debian.org/DebianRepository/Format). Nothing is signed.
var serveApt = serveTree(sync.OnceValue(func() map[string][]byte {
	const packages = "main/binary-amd64/Packages"
	empty := []byte{}
	release := fmt.Appendf(nil, "Origin: Demo\nSuite: stable\nCodename: stable\nArchitectures: amd64\nComponents: main\n"+
		"Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n %s 0 %s\n", sha256Hex(empty), packages)
	return map[string][]byte{
		"/dists/stable/Release": release, "/dists/stable/InRelease": release, "/dists/stable/" + packages: empty,
	}
}))

// serveYum serves the index files of a yum repository that holds no package
// (createrepo.baseurl.org).
var serveYum = serveTree(sync.OnceValue(func() map[string][]byte {
	primary := []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata xmlns=\"http://linux.duke.edu/metadata/common\" packages=\"0\"></metadata>\n")
	repomd := fmt.Appendf(nil, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">"+
		"<revision>1767225600</revision><data type=\"primary\"><checksum type=\"sha256\">%s</checksum>"+
		"<location href=\"repodata/primary.xml\"/><size>%d</size></data></repomd>\n", sha256Hex(primary), len(primary))
	return map[string][]byte{"/repodata/repomd.xml": repomd, "/repodata/primary.xml": primary}
}))
