// Upstreamauth sets up the credentials with which Artifact Registry's remote
// repositories pull from their upstreams.
package main

import (
	"context"
	"errors"
	"os"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/ui/cli"
	"example.com/upstreamauth/ui/tui"
)

// version, commit and date are set when a release is built; where they are
// empty, Go's own build information stands in for them.
var version, commit, date string

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, cli.Deps{
		Build: cli.ReadBuild(version, commit, date), Connect: connect, StartEmulator: startEmulator, FullScreen: fullScreen, AuditScreen: auditScreen,
	}))
}

// fullScreen leads through a flow on the whole terminal.
func fullScreen(ctx context.Context, s cli.Screen) error {
	o := tui.Options{In: s.In, Out: s.Out, Emulator: s.Emulator, Version: s.Version, Language: s.Language}
	if len(s.Demo) > 0 {
		o.Demo = &tui.Demo{Lines: s.Demo, Credential: s.DemoCredential}
	}
	return tui.Run(ctx, s.Machine, o)
}

// auditScreen shows an audit on the whole terminal.
func auditScreen(ctx context.Context, s cli.AuditScreen) ([]doctor.AuditRow, error) {
	return tui.Audit(ctx, tui.AuditOptions{
		Options: tui.Options{In: s.In, Out: s.Out, Emulator: s.Emulator,
			Version: s.Version, Language: s.Language}, Rows: s.Rows, Progress: s.Progress, Doctor: s.Doctor,
	})
}

// connect makes a client of Google, or of an emulator.
func connect(ctx context.Context, c cli.Connection) (cli.Cloud, error) {
	o := gcp.Options{
		QuotaProject: c.QuotaProject, Impersonate: c.Impersonate, UniverseDomain: c.UniverseDomain,
		CAs: c.CAs, Logger: c.Logger, Version: c.Version,
	}
	if c.Emulator != "" {
		return gcp.NewEmulator(ctx, c.Emulator, o)
	}
	return gcp.New(ctx, o)
}

// served adapts an emulator to what the command line asks of one.
type served struct{ *emulator.Server }

// startEmulator starts an emulator where the options say.
func startEmulator(ctx context.Context, c cli.EmulatorOptions) (cli.Emulator, error) {
	o := emulator.Options{
		Scenario: c.Scenario, SeedFile: c.SeedFile, Projects: c.Projects, Repositories: c.Repositories, Seed: c.Seed,
		Latency: c.Latency, IAMDelay: c.IAMDelay, Listen: c.Listen, AllowHosts: c.AllowHosts,
	}
	for _, given := range c.Faults {
		f, err := emulator.ParseFault(given)
		if err != nil {
			return nil, &engine.Usage{Title: text.New("--fault %s can't be used", given),
				Detail: text.Verbatim(err.Error())}
		}
		o.Faults = append(o.Faults, f)
	}
	s, err := emulator.Start(ctx, o)
	switch {
	case errors.Is(err, emulator.ErrListen):
		return nil, &engine.Problem{
			Title: text.New("The emulator can't listen on %s", c.Listen), Detail: text.Verbatim(err.Error()),
			Hints: []check.Hint{{Says: text.New("--listen 127.0.0.1:0 takes a free port")}},
		}
	case err != nil && c.SeedFile != "":
		return nil, &engine.Usage{
			Title: text.New("--seed-file %s can't be used", c.SeedFile), Detail: text.Verbatim(err.Error()),
			Hints: []check.Hint{{Says: text.New("docs/EMULATOR.md describes a seed file")}},
		}
	case err != nil:
		return nil, err
	}
	return served{s}, nil
}

func (s served) Env(credentials string) string { return emulator.PrintEnv(s.Addr(), "", credentials) }

func (s served) Credentials(email string) ([]byte, error) { return s.ExternalCredentialsFile(email) }

func (s served) Upstreams() []cli.DemoUpstream {
	var all []cli.DemoUpstream
	for _, r := range s.Server.Upstreams().All() {
		all = append(all, cli.DemoUpstream{Name: r.Name, Format: r.Format, StandsFor: r.StandsFor,
			Username: r.Username, Token: r.Token})
	}
	return all
}
