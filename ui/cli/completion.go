package cli

import (
	"io"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand prints what makes a shell complete this program's words.
func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: "completion SHELL", ValidArgs: shells}
	a.describe(c, text.New("Print a completion script for bash, zsh, fish or PowerShell"),
		text.New("Print a script that completes commands, flags and their values in a shell: bash, zsh, fish or powershell."),
		text.Verbatim("source <(upstreamauth completion bash)\n"+
			"upstreamauth completion zsh > \"${fpath[1]}/_upstreamauth\"\n"+
			"upstreamauth completion fish > ~/.config/fish/completions/upstreamauth.fish\n"+
			"upstreamauth completion powershell | Out-String | Invoke-Expression"))
	var bare bool
	flagSet{c.Flags(), a}.bool(&bare, "no-descriptions", text.New("complete words without their descriptions"))
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage(text.New("%s takes one argument; %d were given", c.CommandPath(), len(args)))
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		write, ok := map[string]func(io.Writer) error{
			"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, !bare) },
			"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, !bare) },
			"zsh":        root.GenZshCompletion,
			"powershell": root.GenPowerShellCompletionWithDesc,
		}[args[0]]
		switch {
		case !ok:
			return usage(text.New("no completion for this shell"),
				check.Hint{Says: text.New("the shells are %s", text.Words(shells))})
		case bare && args[0] == "zsh":
			write = root.GenZshCompletionNoDesc
		case bare && args[0] == "powershell":
			write = root.GenPowerShellCompletion
		}
		return unwritten(text.New("The completion script"), write(a.Out))
	}
	return c
}

// helpCommand explains a command or a topic.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: "help [COMMAND|TOPIC]"}
	a.say(&c.Short, text.New("Explain a command or a topic"))
	c.Args = func(_ *cobra.Command, args []string) error {
		_, rest, err := root.Find(args)
		if err == nil && len(rest) > 0 {
			return unknownCommand(root, rest[0])
		}
		return err
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		about, _, err := root.Find(args)
		if err != nil {
			return err
		}
		about.InitDefaultHelpFlag()
		return about.Help()
	}
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var names []cobra.Completion
		for _, sub := range root.Commands() {
			if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
				names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return c
}
