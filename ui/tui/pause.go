package tui

import (
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/ui/suspend"
)

// pause gives the terminal back to the shell until the shell gives it again.
// Bubble Tea's own Suspend waits for that without end: where no shell is there
// to stop the program the system ignores the stop, and nothing would ever come.
type pause struct{ back <-chan os.Signal }

// Run stops the program.
func (p pause) Run() error { return suspend.Now(p.back) }

func (pause) SetStdin(io.Reader)  {}
func (pause) SetStdout(io.Writer) {}
func (pause) SetStderr(io.Writer) {}

// outside is what reaches a program from elsewhere than its terminal.
type outside struct {
	ended <-chan struct{}
	stops chan os.Signal // that want it to stop for a while
	back  chan os.Signal // that tell that it goes on
}

// stopMsg says that somebody wants the program to stop for a while, endMsg
// that it has to end.
type (
	stopMsg struct{}
	endMsg  struct{}
)

// watch waits for both.
func (o outside) watch() tea.Cmd { return tea.Batch(o.awaitEnd(), o.watchStops()) }

// awaitEnd waits until the program has to end.
func (o outside) awaitEnd() tea.Cmd {
	if o.ended == nil {
		return nil
	}
	return func() tea.Msg { <-o.ended; return endMsg{} }
}

// watchStops waits until it is to stop for a while.
func (o outside) watchStops() tea.Cmd {
	if o.stops == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-o.stops:
			return stopMsg{}
		case <-o.ended:
			return nil
		}
	}
}

// suspend stops the program.
func (o outside) suspend() tea.Cmd {
	return tea.Exec(pause{o.back}, func(error) tea.Msg { return nil })
}
