package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"example.com/upstreamauth/flows/text"
)

// group is a group of commands, or of flags, in help.
type group struct {
	title text.Text
	names []string
}

// commandGroups are the commands in the order of help. One that is in no group
// comes last.
func commandGroups() []group {
	return []group{
		{text.New("Set up and maintain"), []string{"setup", "rotate", "remove", "apply", "export", "prune"}},
		{text.New("Checks"), []string{"doctor", "audit"}},
		{text.New("Past runs"), []string{"undo"}},
		{text.New("Without an account"), []string{"demo", "emulator"}},
		{text.New("More"), nil},
	}
}

// flagGroups are the flags in the order of help. One that is in no group comes
// last.
func flagGroups() []group {
	return []group{
		{text.New("Answers"), []string{
			"project", "repository", "location", "create", "format", "upstream", "no-cache", "description", "labels",
			"secret", "secret-project", "secret-version", "replication-locations", "kms-key",
		}},
		{text.New("Credentials"), []string{
			"username", "token-file", "credential-helper", "token-command", "token-as-is", "allow-realm",
			"allow-public-secret", "skip-trial", "verify-with", "skip-verify",
		}},
		{text.New("How it runs"), []string{
			"yes", "dry-run", "fix", "keep-old", "disable-old", "all-users", "delete-created", "list", "plain", "timeout", "latency",
		}},
		{text.New("The emulator"), []string{
			"listen", "allow-remote", "allow-host", "scenario", "seed-file", "projects", "repositories", "seed", "iam-delay",
			"fault", "print-env", "caller",
		}},
		{text.New("Output"), []string{"output", "lang", "theme", "bundle", "log-file", "dir"}},
		{text.New("Google"), []string{
			"quota-project", "impersonate-service-account", "universe-domain", "ca-file", "emulator", "allow-remote-emulator",
		}},
		{text.New("More"), nil},
	}
}

// sorted puts things into their groups, in the groups' order.
func sorted[T any](groups []group, all []T, name func(T) string) [][]T {
	in := make([][]T, len(groups))
	place := map[string][2]int{}
	for i, g := range groups {
		for j, n := range g.names {
			place[n] = [2]int{i, j}
		}
	}
	for _, t := range all {
		at, ok := place[name(t)]
		if !ok {
			at[0] = len(groups) - 1
		}
		in[at[0]] = append(in[at[0]], t)
	}
	for _, one := range in {
		slices.SortStableFunc(one, func(a, b T) int { return cmp.Compare(place[name(a)][1], place[name(b)][1]) })
	}
	return in
}

// flagsOf are the flags of a command that help shows, in groups.
func flagsOf(c *cobra.Command) [][]*pflag.Flag {
	var all []*pflag.Flag
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			all = append(all, f)
		}
	}
	c.LocalFlags().VisitAll(add)
	c.InheritedFlags().VisitAll(add)
	return sorted(flagGroups(), all, func(f *pflag.Flag) string { return f.Name })
}

// commandsOf are the commands under a command, in groups.
func commandsOf(c *cobra.Command) [][]*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			all = append(all, sub)
		}
	}
	return sorted(commandGroups(), all, (*cobra.Command).Name)
}

// topicsOf are the commands that are only there to be read.
func topicsOf(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAdditionalHelpTopicCommand() {
			all = append(all, sub)
		}
	}
	return all
}

// usageLine is how a command is called.
func usageLine(c *cobra.Command) string {
	line := c.CommandPath() + strings.TrimPrefix(c.Use, c.Name())
	if !c.HasParent() {
		line += " [COMMAND]"
	}
	return line + " [FLAGS]"
}

// flagHead is a flag as it is typed, and what it does.
func (a *app) flagHead(f *pflag.Flag) (head, says string) {
	value, says := pflag.UnquoteUsage(f)
	head = "    --" + f.Name
	if f.Shorthand != "" {
		head = "-" + f.Shorthand + ", --" + f.Name
	}
	if f.Value.Type() != "bool" {
		head += " " + value
	}
	if !slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
		says = text.New("%s (default: %s)", says, f.DefValue).In(a.lang)
	}
	return head, says
}

// help prints what there is to know of a command, or of a topic.
func (a *app) help(c *cobra.Command) {
	a.translate()
	p := &page{width: a.width()}
	p.prose("", cmp.Or(c.Long, c.Short))
	if c.IsAdditionalHelpTopicCommand() {
		a.topicRows(p, c)
		_, _ = a.Out.WriteString(p.String())
		return
	}
	p.heading(text.New("Usage").In(a.lang))
	p.line("  " + usageLine(c))
	if c.Example != "" {
		p.heading(text.New("Examples").In(a.lang))
		for line := range strings.SplitSeq(c.Example, "\n") {
			p.line(strings.TrimRight("  "+line, " "))
		}
	}
	groups := commandGroups()
	for i, all := range commandsOf(c) {
		var rows [][2]string
		for _, sub := range all {
			rows = append(rows, [2]string{sub.Name(), sub.Short})
		}
		p.table(groups[i].title.In(a.lang), rows)
	}
	groups = flagGroups()
	for i, all := range flagsOf(c) {
		var rows [][2]string
		for _, f := range all {
			head, says := a.flagHead(f)
			rows = append(rows, [2]string{head, says})
		}
		p.columns(text.New("Flags: %s", groups[i].title).In(a.lang), rows, maxHead)
	}
	var rows [][2]string
	for _, t := range topicsOf(c) {
		rows = append(rows, [2]string{"help " + t.Name(), t.Short})
	}
	p.table(text.New("Topics").In(a.lang), rows)
	if c.HasAvailableSubCommands() {
		p.line("")
		p.prose("", text.New("%s COMMAND --help explains a command.", c.CommandPath()).In(a.lang))
	}
	_, _ = a.Out.WriteString(p.String())
}

// width is that of the terminal that help goes to, in cells.
func (a *app) width() int {
	if isTerminal(a.Out) {
		if w, _, err := term.GetSize(int(a.Out.Fd())); err == nil && w > 0 {
			return max(w, 30)
		}
	}
	return 80
}

// page is help being written, for a width in cells.
type page struct {
	strings.Builder
	width int
}

func (p *page) line(s string) { p.WriteString(s + "\n") }

func (p *page) heading(title string) {
	p.line("")
	p.line(title + ":")
}

// prose writes paragraphs.
func (p *page) prose(indent, s string) {
	for _, line := range wrap(s, p.width-ansi.StringWidth(indent)) {
		p.line(strings.TrimRight(indent+line, " "))
	}
}

// maxHead is the widest first column of a table, in cells: what is longer has
// a line of its own.
const maxHead = 27

// table writes rows of two columns, the first as wide as it needs to be.
func (p *page) table(title string, rows [][2]string) {
	column := 0
	for _, r := range rows {
		if w := ansi.StringWidth(r[0]); w <= maxHead {
			column = max(column, w)
		}
	}
	p.columns(title, rows, max(column, 6))
}

// columns writes rows of two columns, the second one with a hanging indent.
func (p *page) columns(title string, rows [][2]string, column int) {
	if len(rows) == 0 {
		return
	}
	p.heading(title)
	column = min(column, p.width*2/5)
	for _, r := range rows {
		lines := wrap(r[1], p.width-column-4)
		if w := ansi.StringWidth(r[0]); w > column {
			p.line("  " + r[0])
		} else {
			p.line("  " + r[0] + strings.Repeat(" ", column-w) + "  " + lines[0])
			lines = lines[1:]
		}
		for _, line := range lines {
			p.line(strings.Repeat(" ", column+4) + line)
		}
	}
}
