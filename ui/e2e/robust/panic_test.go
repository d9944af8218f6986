//go:build linux || darwin

package robust

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/e2e"
	"example.com/upstreamauth/ui/e2e/mutant"
	"example.com/upstreamauth/ui/report"
)

// defects are defects of the full screen that the variable DEFECT brings out: a
// panic at the first message of a type, while drawing, or in an action.
var defects = mutant.Mutant{Changes: []mutant.Change{
	mutant.In("ui/tui", "Model.Update").Begins("defect(m, msg)"),
	mutant.In("ui/tui", "Model.View").Begins("defect(m, drawing{})"),
	mutant.Adds("ui/tui", `package tui

import (
	"fmt"
	"os"
)

type drawing struct{}

func defect(m *Model, msg any) {
	if os.Getenv("DEFECT") == fmt.Sprintf("%T %v", msg, m.machine.Phase()) {
		panic("a defect at " + fmt.Sprintf("%T", msg))
	}
}
`),
	mutant.In("flows/act", "grant").Begins("defectOfAnAction()"),
	mutant.Adds("flows/act", `package act

import "os"

func defectOfAnAction() {
	if os.Getenv("DEFECT") == "an action" {
		panic("a defect of an action")
	}
}
`),
}}

func TestPanics(t *testing.T) {
	t.Parallel()
	path := e2e.Program(t, defects)
	for _, c := range []struct {
		at     string // a type and a phase
		review bool   // the plan has to be approved first
	}{
		{"tea.WindowSizeMsg 0", false}, {"tui.taskMsg 0", false}, {"tui.tickMsg 0", false}, {"tea.KeyMsg 0", false},
		{"tui.taskMsg 1", false}, {"tea.KeyMsg 2", false}, {"tui.taskMsg 3", true}, {"tui.tickMsg 3", true},
		{"tui.drawing 0", false}, {"tui.drawing 2", false}, {"tui.drawing 3", true},
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
				x.Approves("Applying", report.Stopping.In(text.English)).Sees(report.Stopping.In(text.English))
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

// A panic of an action, which runs beside the front end, is a failure like any
// other: what was done is told, and the rest is left.
func TestAPanicOfAnAction(t *testing.T) {
	t.Parallel()
	path := e2e.Program(t, defects)
	for _, front := range []string{"full screen", "line", "headless"} {
		t.Run(front, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.program, p.env = path, []string{"DEFECT=an action"}
			args := p.complete()
			if front != "headless" {
				args = args[:11]
			}
			if front == "line" {
				args = append(args, "--plain")
			}
			x := p.terminal(p.command(args...))
			switch front {
			case "full screen":
				x.Approves("enter leave").Types("\r")
			case "line":
				x.Sees("Apply? [y/N]").Types("y\r")
			}
			x.ends(3, "internal error")
			if said := x.Shown(); !strings.Contains(said, "done") || !strings.Contains(said, "failed") || !strings.Contains(said, "skipped") || !strings.Contains(said, "receipt: ") {
				t.Errorf("it does not say what was done:\n%s", said)
			}
			p.program, p.env = e2e.Program(t), nil
			if e := p.run(p.complete()...); e.code != 0 {
				t.Errorf("the same again: exit code %d: %s", e.code, e.err)
			}
		})
	}
}
