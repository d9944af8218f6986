package cli

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/engine"
)

// TestVariables holds which flags have a variable, for every flag there is.
func TestVariables(t *testing.T) {
	none := map[string]bool{"version": true, "no-descriptions": true, "dir": true, "yes": true, "fix": true,
		"token-file": true, "allow-realm": true, "allow-host": true, "allow-public-secret": true, "allow-remote-emulator": true, "allow-remote": true,
		"token-as-is": true, "skip-trial": true, "skip-verify": true, "delete-created": true, "all-users": true, "list": true, "help": true, "print-env": true}
	seen := map[string]bool{}
	for _, c := range append((&app{}).root().Commands(), (&app{}).root()) {
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) {
			seen[f.Name] = true
			safety := none[f.Name] || strings.HasPrefix(f.Name, "allow-") || strings.HasPrefix(f.Name,
				"skip-") || strings.HasPrefix(f.Name, "token-")
			if got := variable(f.Name); (got == "") != safety {
				t.Errorf("the variable of --%s is %q", f.Name, got)
			}
		})
	}
	for name := range none {
		if !seen[name] {
			t.Errorf("no command has --%s", name)
		}
	}
	if got := variable("impersonate-service-account"); got != "UPSTREAMAUTH_IMPERSONATE_SERVICE_ACCOUNT" {
		t.Error(got)
	}
}

// TestAVariableIsAFlag takes values from the environment as from flags, unless
// the flag is there, and blames the variable for a wrong one.
func TestAVariableIsAFlag(t *testing.T) {
	t.Setenv("UPSTREAMAUTH_QUOTA_PROJECT", "from-variable")
	t.Setenv("UPSTREAMAUTH_UNIVERSE_DOMAIN", "example.org")
	t.Setenv("UPSTREAMAUTH_OUTPUT", "json")
	t.Setenv("UPSTREAMAUTH_YES", "true")
	var got Connection
	d := Deps{Connect: func(_ context.Context, c Connection) (Cloud, error) {
		got = c
		return nil, errors.New("enough")
	}}
	code, out, _ := call(t, d, "doctor", "--project", "my-project", "--repository", "us/hub", "--universe-domain",
		"example.com")
	if got.QuotaProject != "from-variable" || got.UniverseDomain != "example.com" || !strings.HasPrefix(out,
		"{") || code != ExitFailed {
		t.Errorf("code %d, %+v\n%s", code, got, out)
	}
	for name, c := range map[string]struct{ value, says string }{
		"UPSTREAMAUTH_TIMEOUT":        {"soon", "UPSTREAMAUTH_TIMEOUT has a value that --timeout doesn't take"},
		"UPSTREAMAUTH_EMULATOR":       {"nowhere", `UPSTREAMAUTH_EMULATOR: "nowhere" is not a host and a port`},
		"UPSTREAMAUTH_PROJECT":        {"No Project", "UPSTREAMAUTH_PROJECT: "},
		"UPSTREAMAUTH_SECRET_PROJECT": {" ", "UPSTREAMAUTH_SECRET_PROJECT is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c.value)
			code, _, errs := call(t, untouchable(t), "setup")
			if code != ExitUsage || !strings.Contains(errs, c.says) {
				t.Errorf("code %d: %s", code, errs)
			}
		})
	}
}

// TestWhereAnAnswerComesFrom holds that an answer from a variable says so.
func TestWhereAnAnswerComesFrom(t *testing.T) {
	t.Setenv("UPSTREAMAUTH_PROJECT", "my-project")
	a := &app{}
	f := a.newFlowFlags(a.root())
	f.cmd.ResetFlags()
	f.questions()
	if err := errors.Join(f.cmd.ParseFlags([]string{"--secret", "s"}), bindEnvironment(f.cmd)); err != nil {
		t.Fatal(err)
	}
	given := f.given(change.Setup())
	if p, s := given[engine.StepProject], given[engine.StepSecret]; p.From != engine.Environment || p.Text != "my-project" || s.From != engine.Flag {
		t.Errorf("%+v, %+v", p, s)
	}
}
