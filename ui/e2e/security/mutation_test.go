//go:build unix

package security

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/ui/e2e"
	"example.com/upstreamauth/ui/e2e/mutant"
)

// leaks put in what must never be there; the hunt has to find each. All are in one
// program, where mutant.Variable brings one out.
var leaks = []mutant.Mutant{
	{Changes: planted},
	{Name: "printed", Changes: []mutant.Change{mutant.In("flows/step", "takeToken").After("Reveal", "println(string(given))")}},
	{Name: "logged", Changes: []mutant.Change{mutant.In("gcp", "AddVersion").Before("checksum", `c.options.Logger.Debug("adding", "payload", payload.Reveal())`)}},
	{Name: "clients' debug output", Changes: []mutant.Change{
		mutant.In("ui/cli", "").CallBecomes("os.Unsetenv", "error(nil)"),
		mutant.In("gcp", "clientOptions").CallBecomes("option.WithLogger", "option.WithTelemetryDisabled()"),
	}},
	{Name: "HTTP/2's debug output", Changes: []mutant.Change{mutant.In("ui/cli", "").DropsCall("log.SetOutput")}},
	{Name: "noted", Changes: []mutant.Change{mutant.In("flows/act", "Add").After("added", "added.Member = string(secret.Reveal())")}},
	{Name: "quoted", Changes: []mutant.Change{mutant.In("flows/upstream", "quote").IsFalse("repeats")}},
	{Name: "handed on", Changes: []mutant.Change{mutant.In("flows/cloud", "").CallBecomes("c.repeats", "(false && $)").Everywhere()}},
	{Name: "told by a panic", Changes: []mutant.Change{mutant.In("flows/parallel", "").ArgumentBecomes("fmt.Sprintf", 0, `"%v"`).Everywhere()}},
	{Name: "left in a file", Changes: []mutant.Change{
		mutant.In("ui/cli", "fromFile").Begins(`if err := os.WriteFile(os.TempDir()+"/token", b, 0o600); err != nil { return token.Secret{}, err }`),
	}},
	{Name: "dumped", Changes: []mutant.Change{
		mutant.In("ui/cli", "").CallBecomes("unix.Setrlimit", "error(nil)"),
		mutant.In("ui/cli", "").DropsCall("undumpable"),
	}},
	{Name: "dumpable", Changes: []mutant.Change{mutant.In("ui/cli", "").DropsCall("undumpable")}},
	{Name: "shown", Changes: []mutant.Change{mutant.In("ui/tui", "tokenField.view").CallBecomes("strings.Repeat", "string(b)")}},
}

// bringsOut is the environment that brings out a leak.
func bringsOut(t *testing.T, leak string) string {
	t.Helper()
	if !slices.ContainsFunc(leaks, func(m mutant.Mutant) bool { return m.Name == leak }) {
		t.Fatalf("there is no leak %q", leak)
	}
	return mutant.Variable + "=" + leak
}

// TestLeaksFit tells of a leak that no longer fits the program long before
// anything is built.
func TestLeaksFit(t *testing.T) {
	if _, err := mutant.Overlay(e2e.Root(), t.TempDir(), leaks...); err != nil {
		t.Error(err)
	}
}

// TestTheHuntFinds puts leaks in on purpose, one at a time.
func TestTheHuntFinds(t *testing.T) {
	bin := e2e.Program(t, leaks...)
	for _, c := range []struct {
		leak  string
		row   string
		where string // where it must be found
		env   []string
		sig   syscall.Signal
	}{
		{leak: "printed", row: "dry run", where: "stderr"},
		{leak: "logged", row: "setup, new secret", where: "file /calls.log"},
		{leak: "clients' debug output", row: "setup, new secret", where: "stderr"},
		{leak: "noted", row: "setup, new secret", where: "receipts"},
		{leak: "quoted", row: "refused and echoed", where: "stderr"},
		{leak: "handed on", row: "broken and echoed", where: "stderr"},
		{leak: "quoted", row: "bundle, forbidden and echoed", where: "file /work/bundle.json"},
		{leak: "told by a panic", row: "setup, new secret", where: "stderr", env: []string{"PLANTED=storing it"}},
		{leak: "left in a file", row: "dry run", where: "file /tmp/token"},
		{leak: "dumped", row: "setup, new secret", where: "core", sig: syscall.SIGSYS},
	} {
		t.Run(c.leak+", "+c.row, func(t *testing.T) {
			if c.sig != 0 {
				pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
				if err != nil || !strings.HasPrefix(string(pattern), "core") {
					t.Skip("core dumps go elsewhere here: that they are found was not proved")
				}
			}
			f := row(t, c.row)
			f.env = append(slices.Clone(c.env), bringsOut(t, c.leak))
			x, _ := f.run(t, bin, "text", func(p *os.Process) {
				if c.sig != 0 {
					_ = p.Signal(c.sig)
				}
			})
			leaks := strings.Join(x.leaks(), "\n")
			if !strings.Contains(leaks, c.where) {
				t.Errorf("it was not found in %s, but in:\n%s", c.where, leaks)
			}
		})
	}
}
