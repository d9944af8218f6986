package cli

import (
	"slices"
	"strconv"
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
	app *app
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

func (a *app) newFlowFlags(c *cobra.Command) *flowFlags {
	return &flowFlags{app: a, cmd: c, answers: map[string]*string{}}
}

func (f *flowFlags) set() flagSet { return flagSet{f.cmd.Flags(), f.app} }

// common are the flags of all flows.
func (f *flowFlags) common() {
	f.shape()
	f.consenting()
	f.connecting()
}

// consenting are the flags that say whether anything may be changed.
func (f *flowFlags) consenting() {
	fs := f.set()
	fs.bool(&f.yes, "yes", text.New("apply the plan and accept warnings without asking"))
	fs.bool(&f.dryRun, "dry-run", text.New("stop after the plan; change nothing"))
}

// connecting are the flags that say how Google is reached.
func (f *flowFlags) connecting() {
	fs := f.set()
	fs.string(&f.connection.Emulator, "emulator", text.New("call the emulator at `HOST:PORT` instead of Google"))
	fs.bool(&f.remoteEmulator, "allow-remote-emulator",
		text.New("call an emulator on another machine, in clear text: tokens can be read on the way"))
	fs.DurationVar(&f.timeout, "timeout", 0, "")
	fs.usage("timeout", text.New("stop after this `DURATION`, as in 5m; a write that has begun is finished"+
		" (default: no limit for the run, a deadline for each call)"))
	fs.string(&f.connection.QuotaProject, "quota-project", text.New("`PROJECT` that API calls are charged to"))
	fs.string(&f.connection.Impersonate, "impersonate-service-account",
		text.New("act as the service account with this `EMAIL`"))
	fs.string(&f.connection.UniverseDomain, "universe-domain",
		text.New("`DOMAIN` of Google's APIs (default: googleapis.com)"))
	fs.string(&f.caFile, "ca-file",
		text.New("PEM `FILE` of certificate authorities to trust in addition to the system's, for Google and for upstreams"))
	fs.string(&f.logFile, "log-file", text.New("append a line of JSON for each API call to `FILE`, without its contents"))
}

// shape are the flags that choose a front end and an output.
func (f *flowFlags) shape() {
	fs := f.set()
	fs.StringVarP(&f.output, "output", "o", "text", "")
	fs.usage("output", text.New("`FORMAT` of the result on standard output: text or json; json asks nothing"))
	fs.bool(&f.plain, "plain", text.New("ask line by line, for screen readers; also reads answers from a pipe (or set ACCESSIBLE=1)"))
	_ = f.cmd.RegisterFlagCompletionFunc("output",
		cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// answer adds a flag that answers a question.
func (f *flowFlags) answer(name string, says text.Text) {
	f.answers[name] = f.cmd.Flags().String(name, "", "")
	f.set().usage(name, says)
}

// where are the flags that name a repository.
func (f *flowFlags) where() {
	f.answer("project", text.New("`PROJECT` of the repository, by ID or number"))
	f.answer("repository", text.New("remote `REPOSITORY`: NAME, LOCATION/NAME, or projects/P/locations/L/repositories/NAME"))
	f.set().string(&f.options.Location, "location", text.New("`LOCATION` of the repository, as in us-central1"))
}

// questions are the flags of setup.
func (f *flowFlags) questions() {
	fs := f.set()
	f.where()
	f.answer("secret", text.New("`SECRET` that keeps the token, by name or full name; it is created if it doesn't exist"))
	f.answer("secret-version", text.New("`NUMBER` of an existing version to use; no token is needed then"))
	fs.string(&f.options.SecretProject, "secret-project",
		text.New("`PROJECT` of the secret, if it isn't the repository's"))
	f.credential()
	f.publicSecret()
	fs.list(&f.options.ReplicationLocations, "replication-locations",
		text.New("`LOCATIONS` of a new secret, separated by commas (default: Google chooses)"))
	fs.list(&f.options.KMSKeys, "kms-key",
		text.New("full name of the KMS `KEY` that encrypts a new secret: one in global, or one for each of --replication-locations"))
}

// credential are the flags of a user name and a token, and of their check.
func (f *flowFlags) credential() {
	fs := f.set()
	f.answer("username", text.New("your `USER` name at the upstream"))
	fs.string(&f.tokenFile, "token-file", text.New("`PATH` of a file with the upstream's token, or - for standard input"))
	fs.bool(&f.options.TokenAsIs, "token-as-is", text.New("take the token byte for byte, whatever it looks like"))
	f.realms(&f.options.AllowRealms)
	fs.string(&f.options.VerifyWith, "verify-with",
		text.New("pull this `ARTIFACT` to verify the result, as in library/alpine:latest"))
	fs.bool(&f.options.SkipVerify, "skip-verify", text.New("don't verify the result by a pull"))
	fs.bool(&f.options.SkipTrial, "skip-trial", text.New("don't try the credentials on the upstream first"))
}

// publicSecret is the flag that lets a token be stored where too many read it.
func (f *flowFlags) publicSecret() {
	f.set().bool(&f.options.AllowPublicSecret, "allow-public-secret",
		text.New("store the token even where everybody, or a whole domain, pool or project, can read the secret"))
}

// realms is the flag that names foreign token servers.
func (f *flowFlags) realms(hosts *[]string) {
	f.set().list(hosts, "allow-realm", text.New("`HOST` of a token server, other than the upstream itself, that may receive the credentials"))
}

// examination are the flags of doctor.
func (f *flowFlags) examination() {
	fs := f.set()
	f.where()
	fs.bool(&f.options.Fix, "fix", text.New("plan a fix for what is broken, and apply it once you approve it"))
	fs.string(&f.bundle, "bundle", text.New("write a support bundle to `FILE`: all checks and the raw errors as JSON, without a token"))
	f.credential()
}

// rotation are the flags of rotate.
func (f *flowFlags) rotation() {
	fs := f.set()
	f.where()
	fs.bool(&f.options.KeepOld, "keep-old", text.New("leave the old version enabled"))
	fs.bool(&f.options.DisableOld, "disable-old",
		text.New("disable the old version even where Terraform or another tool manages the repository or the secret"))
	f.publicSecret()
	fs.bool(&f.options.AllUsers, "all-users",
		text.New("also switch the project's other repositories that use the same secret"))
	f.credential()
}

// undoing are the flags of undo.
func (f *flowFlags) undoing() {
	fs := f.set()
	fs.bool(&f.list, "list", text.New("list the receipts, newest first, and change nothing"))
	fs.bool(&f.options.DeleteCreated, "delete-created",
		text.New("delete a secret that the run created and nothing else uses; it can't be restored"))
}

// receipt takes undo's argument.
func (f *flowFlags) receipt(name string) error {
	switch {
	case f.list:
		return usage(text.New("--list takes no receipt: it lists all of them"),
			check.Hint{Command: "upstreamauth undo --list"})
	case strings.TrimSpace(name) == "":
		return usage(text.New("the receipt's name is empty"),
			check.Hint{Says: text.New("leave it out to undo the last run")}, engine.ShowAll)
	}
	f.options.Receipt = name
	return nil
}

// consent reports whether changes are approved, or won't be made at all.
func (f *flowFlags) consent(flow *engine.Flow) bool {
	return f.yes || f.dryRun || (flow.ID == doctor.Doctor().ID && !f.options.Fix)
}

// check rejects values and combinations that make no sense.
func (f *flowFlags) check() error {
	if !slices.Contains([]string{"text", "json"}, f.output) {
		return usage(text.New("--output takes text or json, not %s", strconv.Quote(f.output)),
			check.Hint{Says: text.Verbatim("--output json")})
	}
	if f.options.KeepOld && f.options.DisableOld {
		return usage(text.New("--keep-old and --disable-old contradict each other"),
			check.Hint{Says: text.New("give one of them, or none")})
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
