package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// fromEnvironment marks a flag whose value came from its variable.
const fromEnvironment = "from-environment"

// unbound are the flags that have no variable, as have those that begin like one
// of unboundPrefixes: a variable that is left over must not approve anything,
// skip a safety check, or make a command change things.
var (
	unbound = []string{"yes", "fix", "delete-created", "destroy", "all-users", "list", "help", "version",
		"print-env", "no-descriptions", "dir"}
	unboundPrefixes = []string{"token-", "allow-", "skip-"}
)

// variable is the environment variable of a flag; empty: it has none.
func variable(flag string) string {
	for _, name := range unbound {
		if flag == name {
			return ""
		}
	}
	for _, prefix := range unboundPrefixes {
		if strings.HasPrefix(flag, prefix) {
			return ""
		}
	}
	return "UPSTREAMAUTH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// bindEnvironment gives each flag that was not given the value of its variable.
// An empty variable counts as unset.
func bindEnvironment(c *cobra.Command) (err error) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		if name == "" || f.Changed || err != nil {
			return
		}
		value := os.Getenv(name)
		if value == "" {
			return
		}
		if bad := c.Flags().Set(f.Name, value); bad != nil {
			err = usage(text.New("%s has a value that --%s doesn't take", name, f.Name),
				check.Hint{Says: text.New("unset %s, or see %s --help", name, c.CommandPath())})
			return
		}
		f.Annotations = map[string][]string{fromEnvironment: {name}}
	})
	return err
}

// named is how to speak of a flag: by its name, or by the variable that its
// value came from.
func named(f *pflag.Flag) string {
	if f.Annotations[fromEnvironment] != nil {
		return f.Annotations[fromEnvironment][0]
	}
	return "--" + f.Name
}
