package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

const (
	// maxToken is what Secret Manager takes for one version, in bytes.
	maxToken = 64 << 10
	// tokenDeadline is how long a pipe may take to come to its end.
	tokenDeadline = 30 * time.Second
)

// readToken reads the token from a file, or from standard input for "-", to
// its end. It is one line, whose end is not part of the token, or several that
// hold a token in a known way. With asIs all of it is the token, except for the
// end of its last line.
func (a *app) readToken(ctx context.Context, path string, asIs bool) (token.Secret, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, tokenDeadline,
		&failure{text.New("it didn't end within %s", tokenDeadline)})
	defer cancel()
	name, open := "--token-file "+path, func() (*os.File, error) {
		return os.Open(path) //nolint:gosec // the person names the file
	}
	if path == "-" {
		name, open = "--token-file -", func() (*os.File, error) { return a.In, nil }
	} else if err := a.checkTokenFile(path); err != nil {
		return token.Secret{}, err
	}
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	// Opening and reading a pipe that nobody writes to can't be canceled;
	// where it takes too long the program is about to end.
	go func() {
		b, err := parallel.Guard(func() ([]byte, error) {
			f, err := open()
			if err != nil {
				return nil, err
			}
			if f != a.In {
				defer f.Close()
			}
			return readUpTo(f, maxToken+3) // a line end, and one byte that is too much
		})
		done <- result{b, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return token.Secret{}, &engine.Usage{Title: text.New("%s can't be read", name), Detail: plain(r.err)}
		}
		if asIs {
			return whole(name, r.b)
		}
		return fromFile(name, r.b)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) { // interrupted
			return token.Secret{}, ctx.Err()
		}
		if errors.Is(context.Cause(ctx), errTimeout) {
			return token.Secret{}, timedOut()
		}
		return token.Secret{}, &engine.Usage{Title: text.New("%s can't be read", name),
			Detail: plain(context.Cause(ctx))}
	}
}

// checkTokenFile rejects what is not a file, and warns of one that others can
// read.
func (a *app) checkTokenFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return &engine.Usage{Title: text.New("--token-file %s can't be read", path), Detail: plain(err)}
	case info.IsDir():
		return &engine.Usage{
			Title: text.New("--token-file %s is a directory", path),
			Hints: []check.Hint{{Says: text.New("name the file that holds the token, or - for standard input")}},
		}
	case info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		a.warn(text.New("others on this machine can read the token in %s; to stop that: chmod 600 %s", path,
			shell.Quote(path)))
	}
	return nil
}

// plain is an error without the path that the caller names anyway: what the
// system says, or a message of ours.
func plain(err error) text.Text {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.says
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return text.Verbatim(p.Err.Error())
	}
	return text.Verbatim(err.Error())
}

// readUpTo reads to the end, or until there are n bytes. It leaves no copies
// behind.
func readUpTo(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	read, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:read], err
}

// fromFile takes the only line of b, which becomes the secret's, or all of it
// where its lines belong together: a configuration file, a key in JSON. White
// space around the token is left for the question to remove and to report.
func fromFile(name string, b []byte) (token.Secret, error) {
	line, rest, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	refuse := func(u *engine.Usage) (token.Secret, error) {
		clear(b)
		return token.Secret{}, u
	}
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return refuse(&engine.Usage{Title: text.New("%s holds no token: it is empty", name)})
	case len(line) > maxToken || len(b) == maxToken+3:
		return refuse(&engine.Usage{Title: text.New("%s holds more than 64 KiB", name),
			Detail: text.New("Secret Manager keeps at most that much in one version")})
	case len(bytes.TrimSpace(rest)) > 0 && upstream.Holds(b):
		return token.New(b), nil
	case len(bytes.TrimSpace(rest)) > 0:
		return refuse(&engine.Usage{Title: text.New("%s holds more than one line", name),
			Detail: text.New("a token is a single line, and nothing may follow it")})
	}
	return token.New(line), nil
}

// whole takes all of b, which becomes the secret's, but for the end of its last
// line: that is the file's and not the token's.
func whole(name string, b []byte) (token.Secret, error) {
	all, ended := bytes.CutSuffix(b, []byte("\n"))
	if ended {
		all = bytes.TrimSuffix(all, []byte("\r"))
	}
	switch {
	case len(all) == 0:
		clear(b)
		return token.Secret{}, &engine.Usage{Title: text.New("%s holds no token: it is empty", name)}
	case len(all) > maxToken:
		clear(b)
		return token.Secret{}, &engine.Usage{Title: text.New("%s holds more than 64 KiB", name),
			Detail: text.New("Secret Manager keeps at most that much in one version")}
	}
	return token.New(all), nil
}
