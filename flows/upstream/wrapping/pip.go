package wrapping

import (
	"bytes"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// pipConfig is pip's configuration, or a line of it or of a requirements file:
// an index address with the credential in it. Poetry's and uv's files name
// theirs alike.
var pipConfig = wrapping{
	Layer: Layer{"pip-config", text.New("a line of pip's configuration")},
	read: func(b []byte, a About) (found, bool) {
		var f found
		lines := 0
		for line := range bytes.Lines(b) {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			lines++
			key, value, ok := cutIndex(line)
			if !ok && len(f.parts) > 0 {
				key, value, ok = "index-url", line, true // one more address of a list
			}
			if !ok || !strings.HasSuffix(key, "index-url") && key != "repository" && key != "url" && key != "find-links" && key != "pip_index_url" {
				continue
			}
			if in, ok := address.read(unquoted(value), a); ok {
				f.parts = append(f.parts, in.parts...)
			}
		}
		if lines > 1 {
			f.is = text.New("pip's configuration")
		}
		return f, len(f.parts) > 0
	},
}

// cutIndex cuts "index-url = ADDRESS", "--index-url ADDRESS" and their like.
func cutIndex(line []byte) (key string, value []byte, ok bool) {
	line = bytes.TrimPrefix(line, []byte("export "))
	line = bytes.TrimPrefix(line, []byte("pip install "))
	line = bytes.TrimPrefix(line, []byte("pip config set "))
	line = bytes.TrimLeft(line, "-")
	i := bytes.IndexAny(line, "= \t")
	if i <= 0 {
		return "", nil, false
	}
	key = strings.ReplaceAll(strings.ToLower(string(line[:i])), "_", "-")
	return key[strings.LastIndexByte(key, '.')+1:], bytes.TrimLeft(line[i:], "= \t"), true
}
