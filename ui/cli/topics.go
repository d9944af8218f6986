package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/upstreamauth/flows/text"
)

// topic is something that help explains and that is no command.
type topic struct {
	name        string
	short, long text.Text
	// rows are what the topic lists, for the command line that it is part of.
	rows func(root *cobra.Command) []described
}

// described is a thing and what it means.
type described struct {
	name string
	says text.Text
}

func allTopics() []topic {
	return []topic{
		{
			"exit-codes", text.New("What the exit codes mean"),
			text.New("Every command ends with one of these exit codes. With --output json, every code but 2 and 130 comes with a" +
				" JSON object on standard output."), exitCodeRows,
		},
		{
			"environment", text.New("The environment variables that are read"),
			text.New("A flag on the command line wins over its variable, and an empty variable counts as unset. Flags that approve" +
				" changes, pass a token or skip a safety check have no variable. What no flag and no variable gives is taken" +
				" from gcloud's active configuration."), environmentRows,
		},
		{
			"json", text.New("The object that --output json prints"),
			text.New("With --output json, one object goes to standard output and nothing is asked. Keys, IDs and codes never change" +
				" with the language; the sentences are English unless --lang asks otherwise."), jsonRows,
		},
		{
			"permissions", text.New("The roles and permissions that each command needs"),
			text.New("The roles below are enough; a custom role with the permissions is, too. Setup checks them before it changes" +
				" anything. roles/editor isn't enough: it can't change a secret's policy. Artifact Registry's service agent (the" +
				" account that Artifact Registry uses to read your secret) gets roles/secretmanager.secretAccessor on that one" +
				" secret and nothing else."), permissionRows,
		},
	}
}

// topics are the topics as cobra knows them: commands that can't be run.
func (a *app) topics() []*cobra.Command {
	var all []*cobra.Command
	for _, t := range allTopics() {
		c := &cobra.Command{Use: t.name}
		a.describe(c, t.short, t.long, text.Text{})
		all = append(all, c)
	}
	return all
}

// topicRows writes what a topic lists.
func (a *app) topicRows(p *page, c *cobra.Command) {
	for _, t := range allTopics() {
		if t.name == c.Name() {
			var rows [][2]string
			for _, d := range t.rows(c.Root()) {
				rows = append(rows, [2]string{d.name, d.says.In(a.lang)})
			}
			p.table(c.Short, rows)
		}
	}
}

func exitCodeRows(*cobra.Command) []described {
	return []described{
		{"0", text.New("done, planned or healthy; also when there was nothing to do")},
		{"1", text.New("failed, or stopped by anything but the credentials; nothing has changed, or the changes were undone")},
		{"2", text.New("wrong use: an unknown flag, a wrong value, a missing answer")},
		{"3", text.New("partly applied, also when interrupted after the first write; running it again finishes it," +
			" once the problem that it names is fixed")},
		{"4", text.New("not signed in to Google")},
		{"5", text.New("the upstream rejected the credentials, or doctor or audit found something broken")},
		{"130", text.New("interrupted before the first write")},
	}
}

// environmentRows are the variables of all flags, and those of others that
// count.
func environmentRows(root *cobra.Command) []described {
	rows := []described{
		{"GOOGLE_CLOUD_PROJECT", text.New("the project; then CLOUDSDK_CORE_PROJECT, gcloud's core/project and the quota project")},
		{"GOOGLE_APPLICATION_CREDENTIALS", text.New("a credentials file to sign in to Google with")},
		{"GOOGLE_CLOUD_QUOTA_PROJECT", text.New("the project that API calls are charged to, after --quota-project")},
	}
	for _, s := range gcloudSettings() {
		rows = append(rows, described{s.variable(), text.New("gcloud's %s: %s", s.section+"/"+s.key, s.says)})
	}
	rows = append(rows,
		described{"CLOUDSDK_CONFIG", text.New("the folder of gcloud's configuration")},
		described{"CLOUDSDK_ACTIVE_CONFIG_NAME", text.New("which of gcloud's configurations to read")},
		described{"HTTPS_PROXY, NO_PROXY", text.New("the proxy for all connections, and the hosts that need none; wins over gcloud's proxy")},
		described{"LC_ALL, LC_MESSAGES, LANG", text.New("the language, after --lang and UPSTREAMAUTH_LANG")},
		described{"ACCESSIBLE, TERM=dumb", text.New("ask line by line, as --plain does")},
		described{"NO_COLOR, NO_UNICODE", text.New("no colors; no signs beyond ASCII")},
		described{"XDG_STATE_HOME", text.New("receipts are written to upstreamauth/receipts in this folder (default: ~/.local/state)")},
	)
	seen := map[string]bool{}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, group := range flagsOf(c) {
			for _, f := range group {
				if name := variable(f.Name); name != "" && !seen[name] {
					seen[name] = true
					_, says := pflag.UnquoteUsage(f)
					rows = append(rows, described{name, text.Verbatim(says)}) // in the reader's language already
				}
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
	return rows
}

func jsonRows(*cobra.Command) []described {
	return []described{
		{"format", text.New("the version of this format: 1")},
		{"flow", text.New("what ran: setup, rotate, remove, doctor, audit or undo")},
		{"status", text.New("done, planned, failed, partial or refused; for doctor and audit healthy or broken")},
		{"project, projectNumber", text.New("the repository's project")},
		{"repository", text.New("the repository's full name")},
		{"upstream", text.New("the upstream's address")},
		{"serviceAgent", text.New("the account that Artifact Registry uses to read the secret")},
		{"secretVersion", text.New("the full name of the secret version that holds the token")},
		{"username", text.New("the user name at the upstream")},
		{"expires", text.New("when the token expires (RFC 3339), or null")},
		{"actions[]", text.New("the changes: id, says, state (done, already, failed, skipped, planned), command")},
		{"checks[]", text.New("what was checked: id, code, level (ok, note, warning, block, unknown), says, why, remedy")},
		{"problem", text.New("what ended the run: code, title, detail, hints[]; or null")},
		{"broken, unknown[]", text.New("doctor: the ID of the first broken check, or null; the IDs of those not checked")},
		{"repositories[]", text.New("audit: one object for each repository")},
		{"receipt", text.New("the file that undo needs, or null")},
	}
}

func permissionRows(*cobra.Command) []described {
	return []described{
		{"setup, rotate, remove, undo", text.New("roles/artifactregistry.admin on the repository's project and roles/secretmanager.admin" +
			" on the secret's project")},
		{"", text.Verbatim("artifactregistry.repositories.get, artifactregistry.repositories.update, secretmanager.secrets.create," +
			" secretmanager.versions.add, secretmanager.versions.disable, secretmanager.secrets.getIamPolicy, secretmanager.secrets.setIamPolicy")},
		{"doctor, audit", text.New("roles/artifactregistry.reader, roles/secretmanager.viewer and, to try the stored token," +
			" roles/secretmanager.secretAccessor")},
		{"setup", text.New("roles/serviceusage.serviceUsageAdmin only where the Secret Manager API has to be turned on")},
	}
}
