//go:build unix

package security

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// The mutations put in what must never be there; the hunt has to find it.
var (
	printsToken = e2e.Change{Folder: "flows/step", Old: "\tgiven := a.Secret.Reveal()\n", New: "\tgiven := a.Secret.Reveal()\n\tprintln(string(given))\n"}
	logsPayload = e2e.Change{Folder: "gcp", Old: "\t\tsum := checksum(payload.Reveal())\n", New: "\t\tsum := checksum(payload.Reveal())\n\t\tc.options.Logger.Debug(\"adding\", \"payload\", payload.Reveal())\n"}
	keepsSDKLog = e2e.Change{Folder: "ui/cli", Old: `os.Unsetenv("GOOGLE_SDK_GO_LOGGING_LEVEL")`, New: `error(nil)`}
	letsSDKLog  = e2e.Change{Folder: "gcp", Old: "{option.WithLogger(slog.New(slog.DiscardHandler)), option.WithTelemetryDisabled()}", New: "{option.WithTelemetryDisabled()}"}
	letsLog     = e2e.Change{Folder: "ui/cli", Old: "log.SetOutput(io.Discard)", New: "_, _ = log.Default(), io.Discard"}
	notesToken  = e2e.Change{Folder: "flows/act", Old: "{Kind: engine.VersionAdded, Resource: v.Name.String(), Created", New: "{Kind: engine.VersionAdded, Resource: v.Name.String(), Member: string(secret.Reveal()), Created"}
	quotesAll   = e2e.Change{Folder: "flows/upstream", Old: "if v.repeats(s) {", New: "if false {"}
	handsOn     = e2e.Change{Folder: "flows/cloud", Old: "\tif !said {\n", New: "\tif said || !said {\n"}
	leavesFile  = e2e.Change{Folder: "ui/cli", Old: "\treturn token.New(line), nil\n", New: "\treturn token.New(line), os.WriteFile(os.TempDir()+\"/token\", line, 0o600)\n"}
	allowsCores = e2e.Change{Folder: "ui/cli", Old: "unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})", New: "error(nil)"}
	tellsValue  = e2e.Change{Folder: "flows/parallel", Old: `fmt.Sprintf("%T", p.value)`, New: `fmt.Sprintf("%v", p.value)`}
	isDumpable  = e2e.Change{Folder: "ui/cli", Old: "\tundumpable()\n", New: "\t_ = undumpable\n\t_ = unix.Getpid\n"}
)

// TestTheHuntFinds puts leaks in on purpose, one at a time.
func TestTheHuntFinds(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []e2e.Change
		row     string
		where   string // where it must be found
		env     []string
		sig     syscall.Signal
	}{
		{name: "a line that prints it", changes: []e2e.Change{printsToken}, row: "dry run", where: "stderr"},
		{name: "a call that is logged", changes: []e2e.Change{logsPayload}, row: "setup, new secret", where: "file /calls.log"},
		{name: "the debug output of Google's clients", changes: []e2e.Change{keepsSDKLog, letsSDKLog}, row: "setup, new secret", where: "stderr"},
		{name: "a receipt", changes: []e2e.Change{notesToken}, row: "setup, new secret", where: "receipts"},
		{name: "an upstream that is quoted", changes: []e2e.Change{quotesAll}, row: "refused and echoed", where: "stderr"},
		{name: "an upstream that Google quotes", changes: []e2e.Change{handsOn}, row: "broken and echoed", where: "stderr"},
		{name: "a support bundle", changes: []e2e.Change{quotesAll}, row: "bundle, forbidden and echoed", where: "file /work/bundle.json"},
		{name: "a panic", changes: append(planted[:len(planted):len(planted)], tellsValue), row: "setup, new secret", where: "stderr", env: []string{"PLANTED=storing it"}},
		{name: "a file", changes: []e2e.Change{leavesFile}, row: "dry run", where: "file /tmp/token"},
		{name: "a core dump", changes: []e2e.Change{allowsCores, isDumpable}, row: "setup, new secret", where: "core", sig: syscall.SIGSYS},
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
			x, _ := f.run(t, e2e.Program(t, c.changes...), "text", func(p *os.Process) {
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
