// Package cli is the command line: the commands and their flags, which front
// end leads through a flow, and what is printed when it is over.
package cli

import (
	"context"
	"crypto/x509"
	"io"
	"iter"
	"log/slog"
	"os"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Deps are what the command line depends on. None of it is used before a
// command needs it.
type Deps struct {
	Build
	// Connect makes a client of Google, or of an emulator. It makes no call.
	Connect func(ctx context.Context, c Connection) (Cloud, error)
	// StartEmulator starts an embedded emulator. An option that it doesn't
	// understand is an *engine.Usage.
	StartEmulator func(ctx context.Context, o EmulatorOptions) (Emulator, error)
	// FullScreen leads through a flow on the whole terminal, until the flow is
	// over or the person leaves. Nil: there is none.
	FullScreen func(ctx context.Context, s Screen) error
	// AuditScreen shows an audit on the whole terminal and returns its rows,
	// as they are when the person leaves. Nil: there is none.
	AuditScreen func(ctx context.Context, s AuditScreen) ([]doctor.AuditRow, error)
}

// Streams are the standard streams.
type Streams struct{ In, Out, Err *os.File }

// Connection says how to reach Google.
type Connection struct {
	// Emulator is the host and port of an emulator; empty: Google.
	Emulator       string
	QuotaProject   string
	Impersonate    string
	UniverseDomain string
	// CAs are the certificate authorities to trust; nil: the system's.
	CAs *x509.CertPool
	// Logger, if set, receives one line for each call, never its contents.
	Logger  *slog.Logger
	Version string
}

// Cloud is a client of Google.
type Cloud interface {
	cloud.Cloud
	// Warm opens connections ahead of the first call.
	Warm(ctx context.Context)
	io.Closer
}

// EmulatorOptions say what an emulator holds and how it behaves.
type EmulatorOptions struct {
	// Listen is the host and port to serve on; port 0 is a free one.
	Listen             string
	Scenario, SeedFile string
	// Projects, Repositories and Seed make the scenario "fleet".
	Projects, Repositories int
	Seed                   int64
	Latency, IAMDelay      time.Duration
	Faults                 []string
	// AllowHosts are further host names that it answers to.
	AllowHosts []string
}

// Emulator is one that serves.
type Emulator interface {
	// Addr is the host and port it serves on.
	Addr() string
	// Env are the shell lines that point gcloud at it, with the path of a
	// credentials file, or none.
	Env(credentials string) string
	// Credentials is a credentials file that makes its user the caller email.
	Credentials(email string) ([]byte, error)
	// Upstreams are the embedded upstreams.
	Upstreams() []DemoUpstream
	io.Closer
}

// DemoUpstream is an upstream that the emulator holds. Its credentials are
// published and open nothing else.
type DemoUpstream struct {
	Name, Format    string
	StandsFor       []string
	Username, Token string
}

// Screen is what the full-screen front end needs.
type Screen struct {
	Machine *engine.Machine
	In, Out *os.File
	// Demo are the credentials that work in a demonstration; empty elsewhere.
	Demo []string
	// DemoCredential is the one that works at an upstream, given by its URI.
	DemoCredential func(upstream string) string
	// Emulator is the host and port of the emulator; empty: Google.
	Emulator string
	Version  string
	Language text.Language
}

// AuditScreen is what the full-screen audit needs.
type AuditScreen struct {
	Rows     func(ctx context.Context) iter.Seq2[doctor.AuditRow, error]
	Progress func() doctor.AuditProgress
	// Doctor makes a machine that looks into one row.
	Doctor  func(doctor.AuditRow) *engine.Machine
	In, Out *os.File
	// Emulator is the host and port of the emulator; empty: Google.
	Emulator string
	Version  string
	Language text.Language
}
