// Upstreamauth gives Artifact Registry's remote repositories the credentials
// for their upstreams.
package main

import (
	"context"
	"errors"
	"net"
	"os"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
	"example.com/upstreamauth/ui/cli"
	"example.com/upstreamauth/ui/tui"
)

// version is set when a release is built.
var version = "dev"

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, cli.Deps{
		Version: version, Connect: connect, StartEmulator: startEmulator, FullScreen: fullScreen,
	}))
}

// fullScreen leads through a flow on the whole terminal.
func fullScreen(ctx context.Context, s cli.Screen) error {
	o := tui.Options{In: s.In, Out: s.Out, Version: s.Version}
	if len(s.Demo) > 0 {
		o.Demo = &tui.Demo{Lines: s.Demo}
	}
	return tui.Run(ctx, s.Machine, o)
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

// served is an emulator and the goroutine that serves it.
type served struct {
	server    *emulator.Server
	upstreams *upstreams.Set
	addr      string
	done      chan error
}

// startEmulator starts an emulator where the options say.
func startEmulator(ctx context.Context, c cli.EmulatorOptions) (cli.Emulator, error) {
	o := emulator.Options{
		Scenario: c.Scenario, SeedFile: c.SeedFile, Projects: c.Projects, Repositories: c.Repositories, Seed: c.Seed,
		Latency: c.Latency, IAMDelay: c.IAMDelay,
	}
	for _, text := range c.Faults {
		f, err := emulator.ParseFault(text)
		if err != nil {
			return nil, &flows.Usage{Title: err.Error()}
		}
		o.Faults = append(o.Faults, f)
	}
	set, err := upstreams.Start() //nolint:contextcheck // they serve until they are closed, whatever becomes of the command
	if err != nil {
		return nil, err
	}
	o.Upstreams = set
	s, err := emulator.New(ctx, o)
	if err != nil {
		if c.SeedFile != "" {
			err = &flows.Usage{Title: "--seed-file " + c.SeedFile + " cannot be used", Detail: err.Error(), Hints: []string{"docs/EMULATOR.md describes a seed file"}}
		}
		return nil, errors.Join(err, set.Close())
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, errors.Join(&flows.Problem{Title: "The emulator cannot listen on " + c.Listen, Detail: err.Error(),
			Hints: []string{"--listen 127.0.0.1:0 takes a free port"}}, s.Close(), set.Close())
	}
	e := &served{s, set, l.Addr().String(), make(chan error, 1)}
	go func() { e.done <- s.Serve(l) }()
	return e, nil
}

func (e *served) Addr() string { return e.addr }

func (e *served) Env() string { return emulator.PrintEnv(e.addr, "", "") }

func (e *served) Upstreams() []cli.DemoUpstream {
	var all []cli.DemoUpstream
	for _, r := range e.upstreams.All() {
		all = append(all, cli.DemoUpstream{Name: r.Name, Format: r.Format, StandsFor: r.StandsFor, Username: r.Username, Token: r.Token})
	}
	return all
}

// Close ends the emulator and waits for it.
func (e *served) Close() error {
	return errors.Join(e.server.Close(), <-e.done, e.upstreams.Close())
}
