package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// flowSpec is a command that leads through a flow.
type flowSpec struct {
	use, short, long, example string
	flow                      func() *engine.Flow
	// flags adds what this command alone takes.
	flags func(*flowFlags)
	// arg, if set, takes the command's only argument.
	arg func(f *flowFlags, arg string) error
}

// wizard is the bare command: its first question is what to do. Where nobody
// can be asked, that is a setup.
func wizard() flowSpec {
	return flowSpec{
		short: "Give Artifact Registry's remote repositories the credentials for their upstreams",
		long: `upstreamauth gives a Google Artifact Registry remote repository the user name and
token it needs to pull from its upstream: Docker Hub, npmjs, PyPI or any other
registry. It stores the token in Secret Manager, lets Artifact Registry's
service agent read that one secret, points the repository at it, and proves the
result. Everything is checked first, and nothing is written before you have
seen the plan.

Without a command it is a wizard that asks. To look around without an account
or a network: upstreamauth demo`,
		example: `  upstreamauth
  upstreamauth demo
  upstreamauth setup --project my-project --repository us-central1/dockerhub`,
		flow: change.Setup,
		flags: func(f *flowFlags) {
			f.questions()
			f.wizard = true
		},
	}
}

// commands are the flows by name, in the order of the help text.
func commands() []flowSpec {
	return []flowSpec{
		{
			use: "setup", short: "Give a repository its upstream credentials",
			long: `Store an upstream's token in Secret Manager, let Artifact Registry read it, and
point a remote repository at it. Running it again changes nothing that is as it
should be. Whatever no flag answers is asked for; without a terminal, or with
--output json, nothing is asked, and missing flags are an error.`,
			example: `  # asks for everything that is not given
  upstreamauth setup --project my-project

  # without questions; the token comes from standard input
  pass docker-token | upstreamauth setup --project my-project --location us-central1 \
      --repository dockerhub --secret dockerhub-token --username jane --token-file - --yes

  # what would be changed?
  upstreamauth setup … --token-file token.txt --dry-run --output json`,
			flow: change.Setup, flags: (*flowFlags).questions,
		},
		{
			use: "doctor", short: "Say what is broken, and mend it with --fix",
			long: `Look at every link between a request and its upstream: the APIs, the
repository, its credentials, the secret and its version, the service agent and
its access, the token, the upstream, the perimeter, and a real pull. Say which
is broken, why, and the command that mends it. Nothing is changed without --fix.`,
			example: `  upstreamauth doctor --project my-project --repository us-central1/dockerhub
  upstreamauth doctor --project my-project --repository dockerhub --fix
  upstreamauth doctor … --output json | jq -r .broken`,
			flow: doctor.Doctor, flags: (*flowFlags).examination,
		},
		{
			use: "rotate", short: "Replace the token by a new one",
			long: `Try a new token on the upstream, store it as a new version, switch the
repository to it and prove it by a pull; only then disable the old version. If
the pull fails, the repository is switched back. A pull works at every moment.`,
			example: `  upstreamauth rotate --project my-project --repository us-central1/dockerhub
  pass docker-token | upstreamauth rotate … --all-users --token-file - --yes`,
			flow: change.Rotate, flags: (*flowFlags).rotation,
		},
		{
			use: "remove", short: "Take the credentials away, and what only they needed",
			long: `Take the credentials off a repository. The service agent's access to the secret
is revoked and the version disabled only if no other repository of the project
uses them; nothing is destroyed.`,
			example: `  upstreamauth remove --project my-project --repository us-central1/dockerhub`,
			flow:    change.Remove, flags: (*flowFlags).where,
		},
		{
			use: "undo [RECEIPT]", short: "Take the last run, or that one, back",
			long: `Take back exactly what a run changed, newest first, and only where the present
state is still what the run left. What is left alone is said, with the reason.`,
			example: `  upstreamauth undo
  upstreamauth undo --list
  upstreamauth undo ~/.local/state/upstreamauth/receipts/20260301T120000.000000000Z-setup-1.json`,
			flow: change.Undo, flags: (*flowFlags).takingBack,
			arg: (*flowFlags).receipt,
		},
	}
}

// flowCommand makes the command of a flow.
func (a *app) flowCommand(s flowSpec) *cobra.Command {
	c := &cobra.Command{Use: s.use, Short: s.short, Long: s.long, Example: s.example, Args: noArgs}
	f := newFlowFlags(c)
	f.common()
	if s.flags != nil {
		s.flags(f)
	}
	if s.arg != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(text.New("%s takes one argument, %d given", c.CommandPath(), len(args)))
			}
			return nil
		}
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 && s.arg != nil {
			if err := s.arg(f, args[0]); err != nil {
				return err
			}
		}
		if f.list {
			return a.listReceipts(f)
		}
		return a.runFlow(c.Context(), s.flow(), f)
	}
	return c
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.Out, "upstreamauth %s (%s, %s/%s)\n", a.Version, strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH)
			return unwritten("The version", err)
		},
	}
}
