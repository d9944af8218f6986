package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// flowFlags are the flags of a command that leads through a flow.
type flowFlags struct {
	cmd *cobra.Command
	// answers are the flags that answer a question, by the flag's name.
	answers   map[string]*string
	tokenFile string
	options   engine.Options

	yes, dryRun, plain bool
	list, wizard       bool
	bundle             string
	output             string
	timeout            time.Duration
	logFile, caFile    string
	connection         Connection
	remoteEmulator     bool
}

func newFlowFlags(c *cobra.Command) *flowFlags {
	return &flowFlags{cmd: c, answers: map[string]*string{}}
}

// common are the flags of all flows.
func (f *flowFlags) common() {
	f.shape()
	f.consenting()
	f.connecting()
}

// consenting are the flags that say whether anything may be changed.
func (f *flowFlags) consenting() {
	fs := f.cmd.Flags()
	fs.BoolVar(&f.yes, "yes", false, "apply the plan and accept warnings without asking")
	fs.BoolVar(&f.dryRun, "dry-run", false, "stop after the plan; change nothing")
}

// connecting are the flags that say how Google is reached.
func (f *flowFlags) connecting() {
	fs := f.cmd.Flags()
	fs.StringVar(&f.connection.Emulator, "emulator", "", "talk to the emulator at `HOST:PORT` instead of Google (also UPSTREAMAUTH_EMULATOR)")
	fs.BoolVar(&f.remoteEmulator, "allow-remote-emulator", false, "talk to an emulator on another machine, in clear text: tokens can be read on the way")
	fs.DurationVar(&f.timeout, "timeout", 0, "give up after this `DURATION`, as in 5m; what is being written is finished (default: no limit on the whole, a deadline on each call)")
	fs.StringVar(&f.connection.QuotaProject, "quota-project", "", "`PROJECT` that the calls are charged to")
	fs.StringVar(&f.connection.Impersonate, "impersonate-service-account", "", "act as the service account with this `EMAIL`")
	fs.StringVar(&f.connection.UniverseDomain, "universe-domain", "", "`DOMAIN` of Google's APIs (default googleapis.com)")
	fs.StringVar(&f.caFile, "ca-file", "", "PEM `FILE` of certificate authorities to trust beside the system's, for Google and for upstreams")
	fs.StringVar(&f.logFile, "log-file", "", "append a line of JSON for each call to `FILE`; never what is sent or answered")
}

// shape are the flags that choose a front end and an output.
func (f *flowFlags) shape() {
	fs := f.cmd.Flags()
	fs.StringVarP(&f.output, "output", "o", "text", "`FORMAT` of the result on standard output: text or json; json asks nothing")
	fs.BoolVar(&f.plain, "plain", false, "ask line by line, for screen readers; reads answers from a pipe, too (also ACCESSIBLE=1)")
	_ = f.cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// answer adds a flag that answers a question.
func (f *flowFlags) answer(name, help string) { f.answers[name] = f.cmd.Flags().String(name, "", help) }

// where are the flags that name a repository.
func (f *flowFlags) where() {
	f.answer("project", "`PROJECT` of the repository, by id or number")
	f.answer("repository", "remote `REPOSITORY`: NAME, LOCATION/NAME, or projects/P/locations/L/repositories/NAME")
	f.cmd.Flags().StringVar(&f.options.Location, "location", "", "`LOCATION` of the repository, as in us-central1")
}

// questions are the flags of setup.
func (f *flowFlags) questions() {
	fs := f.cmd.Flags()
	f.where()
	f.answer("secret", "`SECRET` that keeps the token, by name or full name; it is made if there is none")
	f.answer("secret-version", "`NUMBER` of an existing version to use; no token is needed then")
	fs.StringVar(&f.options.SecretProject, "secret-project", "", "`PROJECT` of the secret, where it is not the repository's")
	f.credential()
	f.publicSecret()
	fs.StringSliceVar(&f.options.ReplicationLocations, "replication-locations", nil, "`LOCATIONS` of a new secret, separated by commas (default: Google chooses)")
	fs.StringSliceVar(&f.options.KMSKeys, "kms-key", nil, "full name of the KMS `KEY` that encrypts a new secret: one in global, or one for each of --replication-locations")
}

// credential are the flags of a user name and a token, and of their proof.
func (f *flowFlags) credential() {
	fs := f.cmd.Flags()
	f.answer("username", "`USER` name at the upstream")
	fs.StringVar(&f.tokenFile, "token-file", "", "`PATH` of a file with the upstream's token, or - for standard input")
	fs.BoolVar(&f.options.TokenAsIs, "token-as-is", false, "take the token byte for byte, whatever it looks like")
	f.realms(&f.options.AllowRealms)
	fs.StringVar(&f.options.VerifyWith, "verify-with", "", "pull this `ARTIFACT` to prove the result, as in library/alpine:latest")
	fs.BoolVar(&f.options.SkipVerify, "skip-verify", false, "do not pull to prove the result")
	fs.BoolVar(&f.options.SkipTrial, "skip-trial", false, "do not try the credential on the upstream first")
}

// publicSecret is the flag that lets a token be stored where too many read it.
func (f *flowFlags) publicSecret() {
	f.cmd.Flags().BoolVar(&f.options.AllowPublicSecret, "allow-public-secret", false,
		"store the token even where everybody, or a whole domain, pool or project, can read the secret")
}

// realms is the flag that names foreign token servers.
func (f *flowFlags) realms(hosts *[]string) {
	f.cmd.Flags().StringSliceVar(hosts, "allow-realm", nil, "`HOST` of a token server, other than the upstream itself, that may be sent the credential")
}

// examination are the flags of doctor.
func (f *flowFlags) examination() {
	f.where()
	f.cmd.Flags().BoolVar(&f.options.Fix, "fix", false, "show the plan that mends what can be mended, and apply it after a yes")
	f.cmd.Flags().StringVar(&f.bundle, "bundle", "", "write a support bundle to `FILE`: the chain and the raw errors as JSON, and no token")
	f.credential()
}

// rotation are the flags of rotate.
func (f *flowFlags) rotation() {
	fs := f.cmd.Flags()
	f.where()
	fs.BoolVar(&f.options.KeepOld, "keep-old", false, "leave the old version enabled")
	fs.BoolVar(&f.options.DisableOld, "disable-old", false, "disable the old version even where Terraform or another tool manages the repository or the secret")
	f.publicSecret()
	fs.BoolVar(&f.options.AllUsers, "all-users", false, "switch the project's other repositories that use the same secret as well")
	f.credential()
}

// takingBack are the flags of undo.
func (f *flowFlags) takingBack() {
	fs := f.cmd.Flags()
	fs.BoolVar(&f.list, "list", false, "list the receipts, newest first, and change nothing")
	fs.BoolVar(&f.options.DeleteCreated, "delete-created", false, "delete a secret that the run created and nothing else uses; it is gone for good")
}

// receipt takes undo's argument.
func (f *flowFlags) receipt(name string) error {
	switch {
	case f.list:
		return usage(text.New("--list takes no receipt: it lists all"), check.Hint{Command: "upstreamauth undo --list"})
	case strings.TrimSpace(name) == "":
		return usage(text.New("the receipt's name is empty"), check.Hint{Says: text.New("leave it out to take the last run back")}, engine.ShowAll)
	}
	f.options.Receipt = name
	return nil
}

// consent tells whether changes may be made, or are not to be made at all.
func (f *flowFlags) consent(flow *engine.Flow) bool {
	return f.yes || f.dryRun || (flow.ID == doctor.Doctor().ID && !f.options.Fix)
}

// check refuses values and combinations that make no sense.
func (f *flowFlags) check() error {
	if !slices.Contains([]string{"text", "json"}, f.output) {
		return usage(text.New("--output takes text or json, not %s", f.output), check.Hint{Says: text.Verbatim("--output json")})
	}
	if f.options.KeepOld && f.options.DisableOld {
		return usage(text.New("--keep-old and --disable-old contradict each other"), check.Hint{Says: text.New("give one of them, or none")})
	}
	if err := f.checkForms(); err != nil {
		return err
	}
	return f.checkBundle()
}

// source is where a flag's value came from.
func (f *flowFlags) source(flag string) engine.Source {
	if f.cmd != nil && f.cmd.Flags().Lookup(flag).Annotations[fromEnvironment] != nil {
		return engine.Environment
	}
	return engine.Flag
}

// given are the answers that flags give, by step, without the token.
func (f *flowFlags) given(flow *engine.Flow) map[string]engine.Answer {
	given := map[string]engine.Answer{}
	for _, s := range flow.Steps {
		if v := f.answers[s.Flag]; s.Flag != "" && v != nil && *v != "" {
			given[s.ID] = engine.Answer{Text: *v, From: f.source(s.Flag)}
		}
	}
	// A full name speaks of its project, too.
	if a, ok := given[engine.StepRepository]; ok {
		if full, ok := cloud.ParseRepositoryName(a.Text); ok && given[engine.StepProject].Text == "" {
			given[engine.StepProject] = engine.Answer{Text: full.Project, From: a.From}
		}
	}
	return given
}
