package cli

import (
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"syscall"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// maxFile is the most that is read of a file that a person names, in bytes:
// certificates, or an emulator's world.
const maxFile = 16 << 20

// regular refuses a file that may have no end, or nobody to write to it:
// reading it could not be cancelled.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() > maxFile:
		return errors.New("it is larger than 16 MiB")
	}
	return nil
}

// callLog is the log of calls. A call does not fail because its line cannot be
// written; that is told when all is over.
type callLog struct {
	file io.WriteCloser

	mu     sync.Mutex
	failed error
}

func (l *callLog) Write(b []byte) (int, error) {
	n, err := l.file.Write(b)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failed = err
	}
	return n, err
}

// openLog opens the log of calls for its owner alone.
func (a *app) openLog(f *flowFlags) (closeLog func(), err error) {
	path := f.logFile
	if path == "" {
		return func() {}, nil
	}
	file, err := openOwned(path, os.O_APPEND)
	if err != nil {
		return nil, &engine.Usage{Title: text.New("--log-file %s cannot be written", path), Detail: text.Verbatim(plain(err)), Hints: []check.Hint{{Says: text.New("name a file in a folder that you may write to")}}}
	}
	l := &callLog{file: file}
	f.connection.Logger = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return func() {
		err := file.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		if err = errors.Join(l.failed, err); err != nil {
			warn(a.Err, "--log-file %s is not complete: %s", path, plain(err))
		}
	}, nil
}

// openOwned opens a file to write to, for its owner alone. A pipe that nobody
// reads is refused instead of waited for.
func openOwned(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK|how, 0o600) //nolint:gosec // the person names the file
	switch {
	case errors.Is(err, syscall.ENXIO):
		return nil, errors.New("it is a pipe that nobody reads")
	case err != nil:
		return nil, err
	}
	if err := ownersOnly(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// ownersOnly takes the right to read from others where it is a regular file.
func ownersOnly(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return f.Chmod(0o600)
}

// roots are the certificate authorities to trust; nil: the system's.
func (f *flowFlags) roots() (*x509.CertPool, error) {
	path := f.caFile
	if path == "" {
		return nil, nil
	}
	var pem []byte
	err := regular(path)
	if err == nil {
		pem, err = os.ReadFile(path) //nolint:gosec // the person names the file
	}
	if err != nil {
		return nil, &engine.Usage{Title: text.New("--ca-file %s cannot be read", path), Detail: text.Verbatim(plain(err)), Hints: []check.Hint{{Says: text.New("name a file of certificates in PEM form")}}}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usage(text.New("--ca-file %s holds no certificate", path), check.Hint{Says: text.New("it must be in PEM form: -----BEGIN CERTIFICATE-----")})
	}
	return pool, nil
}
