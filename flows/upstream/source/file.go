package source

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// maxFile is more than any of these files has.
const maxFile = 4 << 20

// contents are a file's bytes, in one buffer; nil where there is no such file,
// or what is there isn't one.
func contents(path string) ([]byte, *engine.Problem) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info.Size() > maxFile {
		return nil, unreadable(path, nil)
	}
	f, err := os.Open(path) //nolint:gosec // a tool's own configuration
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	b := make([]byte, info.Size()+1) // one more, to meet the end
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		clear(b)
		return nil, unreadable(path, err)
	}
	return b[:n], nil
}

// unreadable explains a file that can't be read; nil where there is none.
func unreadable(path string, err error) *engine.Problem {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		return problem(check.SourceUnreadable, text.New("%s is too large to be read", clean.Text(path)), text.Text{})
	}
	return problem(check.SourceUnreadable, text.New("%s can't be read", clean.Text(path)),
		text.Verbatim(clean.Text(reason(err))))
}

// malformed explains a file that its tool couldn't read either. What is wrong
// in it isn't told: it may stand next to a token.
func malformed(f file) *engine.Problem {
	return problem(check.SourceMalformed,
		text.New("%s has a mistake, and %s can't read it either", clean.Text(f.path), f.tool), text.Text{})
}
