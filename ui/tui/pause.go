package tui

import (
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"
)

// pause gives the terminal back to the shell until the shell gives it again.
// Bubble Tea's own Suspend waits for that without end: where no shell is there
// to stop the program, as in "ssh -t HOST upstreamauth", the system ignores the
// stop, and nothing would ever come.
type pause struct{ stops chan os.Signal }

func (pause) SetStdin(io.Reader)  {}
func (pause) SetStdout(io.Writer) {}
func (pause) SetStderr(io.Writer) {}

// stopMsg says that somebody wants the program to stop for a while.
type stopMsg struct{}

// watchStops waits for that.
func (m *Model) watchStops() tea.Cmd {
	if m.stops == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-m.stops:
			return stopMsg{}
		case <-m.ended:
			return nil
		}
	}
}

// suspend stops the program.
func (m *Model) suspend() tea.Cmd {
	return tea.Exec(pause{m.stops}, func(error) tea.Msg { return nil })
}
