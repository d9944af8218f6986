package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// manCommand prints manual pages.
func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: "man [COMMAND]"}
	a.describe(c, text.New("Print a manual page, or write all of them to a folder"),
		text.New("Print the manual page of the program or of one command, in the format of man(7), or write all of them to a folder."),
		text.Verbatim("upstreamauth man | man -l -\nupstreamauth man doctor | man -l -\nupstreamauth man --dir ~/.local/share/man/man1"))
	var dir string
	flagSet{c.Flags(), a}.string(&dir, "dir", text.New("write all manual pages to the folder `DIR`"))
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 && dir != "" {
			return usage(text.New("--dir takes no command: it writes all manual pages"))
		}
		_, rest, err := root.Find(args)
		if err == nil && len(rest) > 0 {
			return unknownCommand(root, rest[0])
		}
		return err
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkEmpty(c.Flags()); err != nil {
			return err
		}
		a.translate()
		if dir != "" {
			return a.writeManuals(root, dir)
		}
		about, _, err := root.Find(args)
		if err != nil {
			return err
		}
		_, err = a.Out.WriteString(a.manual(about))
		return unwritten(text.New("The manual page"), err)
	}
	return c
}

// writeManuals writes a manual page for every command and topic.
func (a *app) writeManuals(root *cobra.Command, dir string) error {
	for _, c := range append(root.Commands(), root) {
		path := filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
		if err := os.WriteFile(path, []byte(a.manual(c)), //nolint:gosec // documentation, for everybody to read
			0o644); err != nil {
			return &engine.Usage{
				Title: text.New("%s can't be written", path), Detail: plain(err),
				Hints: []check.Hint{{Says: text.New("name a folder that exists and that you may write to")}},
			}
		}
	}
	return nil
}

// manual is the manual page of a command, or of a topic, in the macros of
// man(7).
func (a *app) manual(c *cobra.Command) string {
	c.InitDefaultHelpFlag()
	var b strings.Builder
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	day, _, _ := strings.Cut(a.Build.Date, "T")
	_, _ = fmt.Fprintf(&b, ".TH %s 1 %s %s\n", roffWord(strings.ToUpper(name)), roffWord(day),
		roffWord("upstreamauth "+a.Build.Version))
	section := func(title text.Text) { _, _ = fmt.Fprintf(&b, ".SH %s\n", roffWord(title.In(a.lang))) }
	rows := func(title text.Text, rows [][2]string) {
		if len(rows) > 0 {
			section(title)
		}
		for _, r := range rows {
			_, _ = fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(cmp.Or(strings.TrimSpace(r[0]), "\u00a0")), roff(r[1]))
		}
	}
	section(text.New("NAME"))
	_, _ = fmt.Fprintf(&b, "%s \\- %s\n", roff(name), roff(c.Short))
	if c.Runnable() {
		section(text.New("SYNOPSIS"))
		_, _ = fmt.Fprintf(&b, ".B %s\n", roff(usageLine(c)))
	}
	section(text.New("DESCRIPTION"))
	_, _ = fmt.Fprintf(&b, "%s\n", strings.ReplaceAll(roff(cmp.Or(c.Long, c.Short)), "\n\n", "\n.PP\n"))
	groups := commandGroups()
	for i, all := range commandsOf(c) {
		var of [][2]string
		for _, sub := range all {
			of = append(of, [2]string{sub.Name(), sub.Short})
		}
		rows(groups[i].title, of)
	}
	groups = flagGroups()
	for i, all := range flagsOf(c) {
		var of [][2]string
		for _, f := range all {
			head, says := a.flagHead(f)
			of = append(of, [2]string{head, says})
		}
		rows(text.New("Flags: %s", groups[i].title), of)
	}
	for _, t := range allTopics() {
		var of [][2]string
		if t.name == c.Name() || !c.HasParent() && t.name == "exit-codes" {
			for _, d := range t.rows(c.Root()) {
				of = append(of, [2]string{d.name, d.says.In(a.lang)})
			}
			rows(t.short, of)
		}
	}
	if c.Example != "" {
		section(text.New("Examples"))
		_, _ = fmt.Fprintf(&b, ".nf\n%s\n.fi\n", roff(c.Example))
	}
	return b.String()
}

// roff escapes text for man(7): backslashes, hyphens that are typed, and lines
// that would begin with a request.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// roffWord is text as one argument of a request.
func roffWord(s string) string { return `"` + strings.ReplaceAll(roff(s), `"`, `\(dq`) + `"` }
