//go:build unix

package security

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// The mutations put in what must never be there; the hunt has to find it.
var (
	printsToken = mutation{"flows", "\tgiven := a.Secret.Reveal()\n", "\tgiven := a.Secret.Reveal()\n\tprintln(string(given))\n"}
	logsPayload = mutation{"gcp", "\t\tsum := checksum(payload.Reveal())\n", "\t\tsum := checksum(payload.Reveal())\n\t\tc.options.Logger.Debug(\"adding\", \"payload\", payload.Reveal())\n"}
	keepsSDKLog = mutation{"ui/cli", `os.Unsetenv("GOOGLE_SDK_GO_LOGGING_LEVEL")`, `error(nil)`}
	letsSDKLog  = mutation{"gcp", "{option.WithLogger(slog.New(slog.DiscardHandler)), option.WithTelemetryDisabled()}", "{option.WithTelemetryDisabled()}"}
	letsLog     = mutation{"ui/cli", "log.SetOutput(io.Discard)", "_, _ = log.Default(), io.Discard"}
	notesToken  = mutation{"flows", "{Kind: VersionAdded, Resource: v.Name.String()}", "{Kind: VersionAdded, Resource: v.Name.String(), Member: string(secret.Reveal())}"}
	quotesAll   = mutation{"flows/upstream", "if v.repeats(s) {", "if false {"}
	handsOn     = mutation{"flows", "\tif !said {\n", "\tif said || !said {\n"}
	leavesFile  = mutation{"ui/cli", "\treturn token.New(line), nil\n", "\treturn token.New(line), os.WriteFile(os.TempDir()+\"/token\", line, 0o600)\n"}
	allowsCores = mutation{"ui/cli", "unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})", "error(nil)"}
	tellsValue  = mutation{"flows/parallel", `"a defect of upstreamauth (%T)"`, `"a defect of upstreamauth (%v)"`}
	isDumpable  = mutation{"ui/cli", "\tundumpable()\n", "\t_ = undumpable\n\t_ = unix.Getpid\n"}
)

// TestTheHuntFinds puts leaks in on purpose, one at a time.
func TestTheHuntFinds(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []mutation
		row     string
		where   string // where it must be found
		env     []string
		sig     syscall.Signal
	}{
		{name: "a line that prints it", changes: []mutation{printsToken}, row: "dry run", where: "stderr"},
		{name: "a call that is logged", changes: []mutation{logsPayload}, row: "setup, new secret", where: "file /calls.log"},
		{name: "the debug output of Google's clients", changes: []mutation{keepsSDKLog, letsSDKLog}, row: "setup, new secret", where: "stderr"},
		{name: "a receipt", changes: []mutation{notesToken}, row: "setup, new secret", where: "receipts"},
		{name: "an upstream that is quoted", changes: []mutation{quotesAll}, row: "refused and echoed", where: "stderr"},
		{name: "an upstream that Google quotes", changes: []mutation{handsOn}, row: "broken and echoed", where: "stderr"},
		{name: "a support bundle", changes: []mutation{quotesAll}, row: "bundle, forbidden and echoed", where: "file /work/bundle.json"},
		{name: "a panic", changes: append(planted[:len(planted):len(planted)], tellsValue), row: "setup, new secret", where: "stderr", env: []string{"PLANTED=storing it"}},
		{name: "a file", changes: []mutation{leavesFile}, row: "dry run", where: "file /tmp/token"},
		{name: "a core dump", changes: []mutation{allowsCores, isDumpable}, row: "setup, new secret", where: "core", sig: syscall.SIGQUIT},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.sig != 0 {
				pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
				if err != nil || !strings.HasPrefix(string(pattern), "core") {
					t.Skip("core dumps go elsewhere here: that they are found was not proved")
				}
			}
			f := row(t, c.row)
			f.env = c.env
			x, _ := f.run(t, program(t, c.changes...), "text", func(p *os.Process) {
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
