package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/text"
)

// Build says what was built: from the linker's flags of a release, else from
// what Go notes in every program.
type Build struct {
	Version, Commit string
	// Date is the commit's, in RFC 3339.
	Date string
	// Dirty: the source had changes that are in no commit.
	Dirty bool
}

// ReadBuild completes what a release's build has set.
func ReadBuild(version, commit, date string) Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildFrom(Build{Version: version, Commit: commit, Date: date}, info)
}

func buildFrom(b Build, info *debug.BuildInfo) Build {
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "dev"
	}
	if b.Commit != "" {
		return b // and the date is that commit's
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			if b.Date == "" {
				b.Date = s.Value
			}
		case "vcs.modified":
			b.Dirty = s.Value == "true"
		}
	}
	return b
}

// lines are the version for a person; the first one is for scripts, too.
func (b Build) lines(l text.Language) []string {
	lines := []string{fmt.Sprintf("upstreamauth %s (%s, %s/%s)", b.Version,
		strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH)}
	commit := text.Verbatim(b.Commit)
	if b.Dirty {
		commit = text.New("%s, with changes that are in no commit", b.Commit)
	}
	if b.Commit != "" {
		lines = append(lines, text.New("commit: %s", commit).In(l))
	}
	if b.Date != "" {
		lines = append(lines, text.New("date: %s", b.Date).In(l))
	}
	return lines
}

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.printVersion() }}
	a.say(&c.Short, text.New("Print the version, its commit and the platform"))
	return c
}

func (a *app) printVersion() error {
	_, err := fmt.Fprintln(a.Out, strings.Join(a.Build.lines(a.lang), "\n"))
	return unwritten(text.New("The version"), err)
}
