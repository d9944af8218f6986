package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// scenarios are the emulator's built-in scenarios.
var scenarios = []string{"onboarding", "broken", "fleet", "empty"}

// maxFleet is how many projects and repositories of a fleet fit into the
// memory of a small machine.
const maxFleet = 100_000

// emulatorFlags are the flags of the emulator command.
type emulatorFlags struct {
	EmulatorOptions
	remote, printEnv bool
	caller           string
}

func (a *app) emulatorCommand() *cobra.Command {
	f := &emulatorFlags{}
	c := &cobra.Command{
		Use: "emulator", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c, f) },
	}
	a.describe(c, text.New("Serve the embedded emulator of Google's APIs on loopback"),
		text.New("Serve a stand-in for Artifact Registry, Secret Manager, Resource Manager and Service Usage, in memory, over gRPC"+
			" and REST on one port, with embedded upstreams to pull from. Once it serves, it prints one line, \"listening on"+
			" HOST:PORT\". It ends on SIGINT or SIGTERM."),
		text.New("upstreamauth emulator --listen 127.0.0.1:8085 --scenario onboarding\n"+
			"upstreamauth setup --emulator 127.0.0.1:8085\n\n"+
			"# Point gcloud at it\nupstreamauth emulator --listen 127.0.0.1:8085 --print-env\n\n"+
			"# Lose the answer to the first new version\n"+
			"upstreamauth emulator --fault 'SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1'"))
	fs := flagSet{c.Flags(), a}
	fs.StringVar(&f.Listen, "listen", "127.0.0.1:0", "")
	fs.usage("listen", text.New("`HOST:PORT` to serve on; port 0 is a free one"))
	fs.bool(&f.remote, "allow-remote",
		text.New("serve on an address that other machines can reach: anybody there can read and change everything in the emulator"))
	fs.StringArrayVar(&f.AllowHosts, "allow-host", nil, "")
	fs.usage("allow-host", text.New("also answer requests to this host `NAME`, besides loopback, --listen and Google's hosts; may be repeated"))
	fs.string(&f.Scenario, "scenario", text.New("`NAME` of the scenario to start with: onboarding, broken, fleet or empty (default: empty)"))
	fs.string(&f.SeedFile, "seed-file", text.New("YAML `FILE` with a scenario of your own"))
	fs.IntVar(&f.Projects, "projects", 0, "")
	fs.usage("projects", text.New("`NUMBER` of projects in the scenario fleet"))
	fs.IntVar(&f.Repositories, "repositories", 0, "")
	fs.usage("repositories", text.New("`NUMBER` of repositories in the scenario fleet"))
	fs.Int64Var(&f.Seed, "seed", 0, "")
	fs.usage("seed", text.New("`NUMBER` that all choices of the scenario fleet follow from"))
	fs.DurationVar(&f.Latency, "latency", 0, "")
	fs.usage("latency", text.New("`DURATION` to add to each request to an API, as in 50ms"))
	fs.DurationVar(&f.IAMDelay, "iam-delay", 0, "")
	fs.usage("iam-delay", text.New("`DURATION` until a grant takes effect, as in 5s"))
	fs.StringArrayVar(&f.Faults, "fault", nil, "")
	fs.usage("fault", text.New("make requests fail: `[SERVICE.]METHOD=CODE[@before|after][:times]`; may be repeated"))
	fs.bool(&f.printEnv, "print-env", text.New("also print the shell exports that point gcloud at it"))
	fs.string(&f.caller, "caller", text.New("with --print-env: write a credentials file of the caller with this `EMAIL`, and export its path"))
	_ = c.RegisterFlagCompletionFunc("scenario", cobra.FixedCompletions(scenarios, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// hostName is what a Host header holds: a name or an address, and perhaps a port.
var hostName = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)

// check rejects values that make no sense.
func (f *emulatorFlags) check() error {
	switch {
	case f.Scenario != "" && f.SeedFile != "":
		return usage(text.New("--scenario and --seed-file can't go together"))
	case f.Scenario != "" && !slices.Contains(scenarios, f.Scenario):
		return usage(text.New("unknown scenario: %s", f.Scenario),
			check.Hint{Says: text.New("the scenarios are %s", text.Words(scenarios))})
	case f.Projects > maxFleet || f.Repositories > maxFleet:
		return usage(text.New("a fleet has at most %d projects and as many repositories", maxFleet),
			check.Hint{Says: text.Verbatim("--projects 1000 --repositories 10000")})
	case f.Projects < 0 || f.Repositories < 0 || f.Latency < 0 || f.IAMDelay < 0:
		return usage(text.New("a number of projects or repositories, a latency or a delay can't be negative"))
	case f.Scenario != "fleet" && (f.Projects > 0 || f.Repositories > 0):
		return usage(text.New("--projects and --repositories need --scenario fleet"),
			check.Hint{Says: text.Verbatim("--scenario fleet --projects 200 --repositories 2000")})
	case f.caller != "" && !email.MatchString(f.caller):
		return usage(text.New("--caller: %s is not an email address", strconv.Quote(f.caller)),
			check.Hint{Says: text.New("for example %s", "--caller viewer@example.com")})
	case slices.ContainsFunc(f.AllowHosts, func(name string) bool { return !hostName.MatchString(name) }):
		return usage(text.New("--allow-host takes a host name"), check.Hint{Says: text.Verbatim("--allow-host emulator.test")})
	case f.caller != "" && !f.printEnv:
		return usage(text.New("--caller needs --print-env"))
	}
	if f.SeedFile != "" {
		if err := regular(f.SeedFile); err != nil {
			return &engine.Usage{
				Title: text.New("--seed-file %s can't be read", f.SeedFile), Detail: plain(err),
				Hints: []check.Hint{{Says: text.New("docs/EMULATOR.md describes a seed file")}},
			}
		}
	}
	host, port, err := net.SplitHostPort(f.Listen)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return usage(text.New("--listen %s is not a host and a port", f.Listen),
			check.Hint{Says: text.Verbatim("--listen 127.0.0.1:0")})
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && !f.remote {
		return usage(text.New("other machines may reach --listen %s", f.Listen),
			check.Hint{Says: text.New("listen on loopback: --listen 127.0.0.1:0")},
			check.Hint{Says: text.New("--allow-remote allows it: anybody who reaches the emulator can read and change everything in it")})
	}
	return nil
}

// serve runs an emulator until it is told to end.
func (a *app) serve(c *cobra.Command, f *emulatorFlags) error {
	if err := cmp.Or(checkEmpty(c.Flags()), f.check()); err != nil {
		return err
	}
	e, err := a.StartEmulator(c.Context(), f.EmulatorOptions)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.Out, "listening on %s\n", e.Addr()); err != nil {
		return errors.Join(unwritten(text.New("The address"), err), e.Close())
	}
	if f.printEnv {
		credentials, remove, err := credentialsOf(e, f.caller)
		if err != nil {
			return errors.Join(err, e.Close())
		}
		defer remove()
		_, _ = fmt.Fprint(a.Out, e.Env(credentials))
	}
	<-c.Context().Done()
	return e.Close()
}

// credentialsOf writes a credentials file of a caller, for as long as the
// emulator serves; without a caller there is none.
func credentialsOf(e Emulator, email string) (path string, remove func(), err error) {
	if email == "" {
		return "", func() {}, nil
	}
	content, err := e.Credentials(email)
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "upstreamauth-emulator-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "credentials.json")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return path, func() { _ = os.RemoveAll(dir) }, nil
}
