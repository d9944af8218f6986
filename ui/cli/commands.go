package cli

import (
	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// flowSpec is a command that leads through a flow.
type flowSpec struct {
	use                  string
	short, long, example text.Text
	flow                 func() *engine.Flow
	// flags adds what this command alone takes.
	flags func(*flowFlags)
	// arg, if set, takes the command's only argument.
	arg func(f *flowFlags, arg string) error
}

// wizard is the bare command: its first question is what to do. Where nobody
// can be asked, that is a setup.
func wizard() flowSpec {
	return flowSpec{
		short: text.New("Set up credentials for the upstreams of Artifact Registry's remote repositories"),
		long: text.New("upstreamauth sets up the user name and token with which a Google Artifact Registry remote repository" +
			" pulls from its upstream: Docker Hub, npmjs, PyPI or any other registry. It stores the token in Secret Manager," +
			" grants Artifact Registry's service agent access to that one secret, updates the repository and verifies the" +
			" result by a pull. Everything is checked first. Nothing changes until you approve a plan.\n\n" +
			"Without a command, it asks what you would like to do. To try it without an account or a network:" +
			" upstreamauth demo"),
		example: text.Verbatim("upstreamauth\nupstreamauth demo\n" +
			"upstreamauth setup --project my-project --repository us-central1/dockerhub"),
		flow: change.Setup,
		flags: func(f *flowFlags) {
			f.questions()
			f.wizard = true
		},
	}
}

// commands are the commands that lead through a flow.
func commands() []flowSpec {
	return []flowSpec{
		{
			use: "setup", short: text.New("Set up a repository's upstream credentials"),
			long: text.New("Store an upstream's token in Secret Manager, grant Artifact Registry access to it, and update a remote" +
				" repository to use it. Running it again changes nothing that is right already. It asks for whatever no flag" +
				" answers; without a terminal, or with --output json, it asks nothing, and a missing flag is an error."),
			example: text.New("# Asks for everything that isn't given\nupstreamauth setup --project my-project\n\n" +
				"# Asks nothing; the token comes from standard input\n" +
				"pass docker-token | upstreamauth setup --project my-project --location us-central1 \\\n" +
				"    --repository dockerhub --secret dockerhub-token --username jane --token-file - --yes\n\n" +
				"# What would change?\nupstreamauth setup … --token-file token.txt --dry-run --output json"),
			flow: change.Setup, flags: (*flowFlags).questions,
		},
		{
			use: "rotate", short: text.New("Rotate a repository's token"),
			long: text.New("Try a new token on the upstream, store it as a new secret version, switch the repository to it and" +
				" verify it by a pull. Only then is the old version disabled. If the pull fails, the repository is switched" +
				" back. Pulls keep working the whole time."),
			example: text.Verbatim("upstreamauth rotate --project my-project --repository us-central1/dockerhub\n" +
				"pass docker-token | upstreamauth rotate … --all-users --token-file - --yes"),
			flow: change.Rotate, flags: (*flowFlags).rotation,
		},
		{
			use: "remove", short: text.New("Remove a repository's credentials"),
			long: text.New("Remove the credentials from a repository. The service agent's access to the secret is revoked, and the" +
				" secret version disabled, only if no other repository in the project uses them. Nothing is destroyed."),
			example: text.Verbatim("upstreamauth remove --project my-project --repository us-central1/dockerhub"),
			flow:    change.Remove, flags: (*flowFlags).where,
		},
		{
			use: "doctor", short: text.New("Diagnose why pulls fail, and fix it with --fix"),
			long: text.New("Check every link between a request and its upstream: the APIs, the repository, its credentials, the" +
				" secret and its version, the service agent and its access, the token, the upstream, the perimeter, and a real" +
				" pull. The result names what is broken, why, and the command that fixes it. Nothing changes without --fix."),
			example: text.Verbatim("upstreamauth doctor --project my-project --repository us-central1/dockerhub\n" +
				"upstreamauth doctor --project my-project --repository dockerhub --fix\n" +
				"upstreamauth doctor … --output json | jq -r .broken"),
			flow: doctor.Doctor, flags: (*flowFlags).examination,
		},
		{
			use: "undo [RECEIPT]", short: text.New("Undo the last run, or the one in a receipt"),
			long: text.New("Undo exactly what a run changed, newest change first, wherever the present state is still what the run" +
				" left. Whatever is left as it is gets named, with the reason."),
			example: text.Verbatim("upstreamauth undo\nupstreamauth undo --list\n" +
				"upstreamauth undo ~/.local/state/upstreamauth/receipts/20260301T120000.000000000Z-setup-1.json"),
			flow: change.Undo, flags: (*flowFlags).undoing,
			arg: (*flowFlags).receipt,
		},
	}
}

// describe gives a command its help.
func (a *app) describe(c *cobra.Command, short, long, example text.Text) {
	a.say(&c.Short, short)
	a.say(&c.Long, long)
	a.say(&c.Example, example)
}

// flowCommand makes the command of a flow.
func (a *app) flowCommand(s flowSpec) *cobra.Command {
	c := &cobra.Command{Use: s.use, Args: noArgs}
	a.describe(c, s.short, s.long, s.example)
	f := a.newFlowFlags(c)
	f.common()
	if s.flags != nil {
		s.flags(f)
	}
	if s.arg != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(text.New("%s takes one argument; %d were given", c.CommandPath(), len(args)))
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
