package upstreams

import (
	"fmt"
	"sync"
)

// The one Python distribution: a wheel and a source archive.
const (
	pyWheel  = "/packages/hello_py-1.0.0-py3-none-any.whl"
	pySource = "/packages/hello_py-1.0.0.tar.gz"
)

// servePython serves a simple index (packaging.python.org, "Simple repository
// API") and its files.
var servePython = serveTree(sync.OnceValue(func() map[string][]byte {
	const (
		metadata = "Metadata-Version: 2.1\nName: hello-py\nVersion: 1.0.0\nSummary: A package of an embedded upstream\n"
		wheel    = "Wheel-Version: 1.0\nGenerator: upstreamauth\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
		code     = "GREETING = 'Hello from an embedded upstream.'\n"
		info     = "hello_py-1.0.0.dist-info/"
		record   = "hello_py/__init__.py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n"
		project  = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n" +
			"[project]\nname = \"hello-py\"\nversion = \"1.0.0\"\n"
	)
	files := map[string][]byte{
		pyWheel: zipped(file{"hello_py/__init__.py", code}, file{info + "METADATA", metadata}, file{info + "WHEEL", wheel}, file{info + "RECORD", record}),
		pySource: gzipped(tarball(
			file{"hello_py-1.0.0/PKG-INFO", metadata}, file{"hello_py-1.0.0/pyproject.toml", project}, file{"hello_py-1.0.0/hello_py/__init__.py", code})),
	}
	links := ""
	for _, path := range []string{pyWheel, pySource} {
		links += fmt.Sprintf("<a href=\"../..%s#sha256=%s\">%s</a><br>\n", path, sha256Hex(files[path]), path[len("/packages/"):])
	}
	files["/simple/hello-py/"] = page("Links for hello-py", links)
	files["/simple/"] = page("Simple index", "<a href=\"hello-py/\">hello-py</a><br>\n")
	return files
}))

func page(title, links string) []byte {
	return fmt.Appendf(nil, "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\"><title>%s</title></head>\n<body>\n%s</body></html>\n", title, links)
}
