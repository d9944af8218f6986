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

// failure is an error that is said in the reader's language.
type failure struct{ says text.Text }

// Error implements error, in English.
func (f *failure) Error() string { return f.says.In(text.English) }

// Text is what the error says.
func (f *failure) Text() text.Text { return f.says }

var errDirectory = &failure{text.New("it is a directory")}

// maxFile is the most that is read of a file that a person names, in bytes:
// certificates, or an emulator's world.
const maxFile = 16 << 20

// regular rejects a file that may have no end, or nobody to write to it:
// reading it couldn't be canceled.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errDirectory
	case !info.Mode().IsRegular():
		return &failure{text.New("it is not a regular file")}
	case info.Size() > maxFile:
		return &failure{text.New("it is larger than 16 MiB")}
	}
	return nil
}

// callLog is the log of calls. A call doesn't fail because its line can't be
// written; that is reported at the end.
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
		return nil, &engine.Usage{
			Title: text.New("--log-file %s can't be written", path), Detail: plain(err),
			Hints: []check.Hint{{Says: text.New("name a file in a folder that you may write to")}},
		}
	}
	l := &callLog{file: file}
	f.connection.Logger = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return func() {
		err := file.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		if err = errors.Join(l.failed, err); err != nil {
			a.warn(text.New("--log-file %s is incomplete: %s", path, plain(err)))
		}
	}, nil
}

// openOwned opens a file to write to, for its owner alone. A pipe that nobody
// reads is rejected instead of waited for.
func openOwned(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK|how, //nolint:gosec // the person names the file
		0o600)
	switch {
	case errors.Is(err, syscall.ENXIO):
		return nil, &failure{text.New("it is a pipe that nobody reads")}
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

// roots are the certificate authorities to trust; nil means the system's.
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
		return nil, &engine.Usage{
			Title: text.New("--ca-file %s can't be read", path), Detail: plain(err),
			Hints: []check.Hint{{Says: text.New("name a file of certificates in PEM format")}},
		}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usage(text.New("--ca-file %s holds no certificate", path),
			check.Hint{Says: text.New("it must be in PEM format: -----BEGIN CERTIFICATE-----")})
	}
	return pool, nil
}
