//go:build linux || darwin

package robust

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/upstreamauth/ui/report"
)

// defective is the program with defects in its full screen that the variable
// DEFECT brings out: a panic at the first message of a type, or while drawing.
var defective = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("../tui/model.go")
	if err != nil {
		return "", err
	}
	const handler = "func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {\n"
	changed := strings.Replace(string(text), handler, handler+"\tdefect(m, msg)\n", 1)
	return build("defective", map[string]string{"ui/tui/model.go": changed, "ui/tui/defect.go": `package tui

import (
	"fmt"
	"os"
)

func defect(m *Model, msg any) {
	if os.Getenv("DEFECT") == fmt.Sprintf("%T %v", msg, m.machine.Phase()) {
		panic("a defect at " + fmt.Sprintf("%T", msg))
	}
}
`})
})

func TestPanics(t *testing.T) {
	t.Parallel()
	path, err := defective()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at     string // a type and a phase
		review bool   // the plan has to be approved first
	}{
		{"tea.WindowSizeMsg 0", false}, {"tui.taskMsg 0", false}, {"tui.tickMsg 0", false}, {"tea.KeyMsg 0", false},
		{"tui.taskMsg 1", false}, {"tea.KeyMsg 2", false}, {"tui.taskMsg 3", true}, {"tui.tickMsg 3", true},
	} {
		t.Run(c.at, func(t *testing.T) {
			t.Parallel()
			p, g := behindGate(t)
			p.program, p.env = path, []string{"DEFECT=" + c.at}
			args := p.complete()[:11]
			var h *hold
			switch {
			case c.review:
				h = g.hold("CreateSecret")
			case c.at == "tui.tickMsg 0":
				h = g.hold("SearchProjects")
				args = []string{"setup"}
			case c.at == "tea.KeyMsg 0":
				args = []string{"setup", "--project", "demo-healthy"}
			}
			x := p.terminal(p.command(args...))
			switch {
			case c.review:
				x.Approves("Applying", report.Stopping).Sees(report.Stopping)
				reaches(t, h)
				close(h.release)
			case c.at == "tea.KeyMsg 0":
				x.Sees("docker-hub").Types("j")
			case c.at == "tea.KeyMsg 2":
				x.Sees("enter apply").Types("j")
			}
			code := 1
			if c.review {
				code = 3
			}
			x.ends(code, "the full-screen front end has a defect")
			w := p.writes()
			if c.review != slices.Contains(w, "CreateSecret") || slices.Contains(w, "UpdateRepository") {
				t.Errorf("it has written %v", w)
			}
			if strings.Contains(x.Output(), demoToken) {
				t.Error("the token is on the screen")
			}
		})
	}
}
