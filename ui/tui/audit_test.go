package tui

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
)

// auditor plays an audit's loop in one goroutine: rows come in when the test
// says so.
type auditor struct {
	t       *testing.T
	a       *audit
	pending []tea.Cmd
	held    bool // rows are not read until they are let
	quit    bool
	past    doctor.AuditProgress
}

// fleet is a page of rows, the broken one in the middle.
func fleet() []doctor.AuditRow {
	row := func(project, id string, l check.Level, broken, says string, age time.Duration) doctor.AuditRow {
		r := doctor.AuditRow{Project: project, Upstream: "https://registry-1.docker.io", Status: engine.StatusHealthy, Level: l, Broken: broken, Says: text.Verbatim(says),
			VersionState: "ENABLED", VersionAge: age,
			Repository: cloud.Repository{Name: cloud.RepositoryName{Project: project, Location: "europe-west1", ID: id}, Format: "DOCKER"}}
		if broken != "" {
			r.Status = engine.StatusBroken
		}
		return r
	}
	problem := &engine.Problem{Title: text.New("You lack the permission artifactregistry.repositories.list"), Detail: text.New("on projects/closed")}
	return []doctor.AuditRow{
		row("shop-prod", "hub", check.OK, "", "", 400*time.Hour),
		row("shop-prod", "npm", check.Warning, "", "secret: the secret will be deleted on Wed, 25 Nov 2026 12:00:00 UTC", 40*time.Hour),
		row("shop-test", "hub", check.Block, "grant", "grant: the service agent may not read the secret", 4000*time.Hour),
		{Project: "closed", Status: engine.StatusFailed, Level: check.Unknown, Says: problem.Title, Problem: problem},
		row("商店", "日本語", check.Note, "", "version: version 1 is enabled, but version 2 is newer", 0),
	}
}

// driveAudit drives an audit of rows; doctor finds what the ward holds.
func driveAudit(t *testing.T, rows []doctor.AuditRow, failed error, w *ward, width, height int) *auditor {
	t.Helper()
	d := &auditor{t: t, past: doctor.AuditProgress{Projects: 4}}
	o := AuditOptions{
		Rows: func(context.Context) iter.Seq2[doctor.AuditRow, error] {
			return func(yield func(doctor.AuditRow, error) bool) {
				for _, r := range rows {
					d.past.Repositories++
					if r.Broken != "" {
						d.past.Broken++
					}
					if !yield(r, nil) {
						return
					}
					d.past.Done = min(d.past.Done+1, 4)
				}
				if failed != nil {
					yield(doctor.AuditRow{}, failed)
				}
			}
		},
		Progress: func() doctor.AuditProgress { return d.past },
		Doctor: func(r doctor.AuditRow) *engine.Machine {
			return engine.New(engine.NewEnv(nil, nil), w.flow(), map[string]engine.Answer{
				engine.StepRepository: {Text: r.Repository.Name.Location + "/" + r.Repository.Name.ID, From: engine.Asked}}, engine.Options{})
		},
	}
	d.a = newAudit(t.Context(), o)
	d.a.glyph = fine
	d.a.glyph.spinner = []string{"*"}
	d.a.table.theme = d.a.theme
	d.a.later = func() tea.Cmd { return nil }
	d.a.width, d.a.height = width, height
	d.a.resize()
	t.Cleanup(d.a.end)
	d.queue(d.a.Init())
	return d
}

func (d *auditor) queue(cmd tea.Cmd) {
	if cmd != nil {
		d.pending = append(d.pending, cmd)
	}
}

// run runs up to n commands, or all of them.
func (d *auditor) run(n int) *auditor {
	d.t.Helper()
	for ; n != 0 && len(d.pending) > 0; n-- {
		cmd := d.pending[0]
		d.pending = d.pending[1:]
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				d.queue(c)
			}
			n++
		case tea.QuitMsg:
			d.quit = true
		case tickMsg:
		default:
			_, next := d.a.Update(msg)
			d.queue(next)
		}
		d.check()
	}
	return d
}

func (d *auditor) press(keys ...string) *auditor {
	d.t.Helper()
	for _, k := range keys {
		_, cmd := d.a.Update(keyOf(k))
		d.queue(cmd)
		if !d.held {
			d.run(-1)
		}
		d.check()
	}
	return d
}

// check holds the frame to the window.
func (d *auditor) check() {
	d.t.Helper()
	w, h := d.a.size()
	lines := strings.Split(d.a.View(), "\n")
	if len(lines) > h {
		d.t.Fatalf("%d lines in a window of %dx%d:\n%s", len(lines), w, h, d.a.View())
	}
	for _, l := range lines {
		if lipgloss.Width(l) > w || strings.ContainsAny(l, "\x1b\r\t\x7f") {
			d.t.Fatalf("a line that does not belong into a window of %dx%d: %q", w, h, l)
		}
	}
}

func (d *auditor) sees(texts ...string) *auditor {
	d.t.Helper()
	flat := strings.Join(strings.Fields(d.a.View()), " ")
	for _, given := range texts {
		if !strings.Contains(flat, given) {
			d.t.Fatalf("%q is not on the screen:\n%s", given, d.a.View())
		}
	}
	return d
}

func (d *auditor) lacks(given string) *auditor {
	d.t.Helper()
	if strings.Contains(strings.Join(strings.Fields(d.a.View()), " "), given) {
		d.t.Fatalf("%q is on the screen:\n%s", given, d.a.View())
	}
	return d
}

func TestAuditScreens(t *testing.T) {
	for _, s := range []struct {
		name   string
		failed error
		play   func(d *auditor)
	}{
		{"audit-begun", nil, func(*auditor) {}},
		{"audit-streaming", nil, func(d *auditor) { d.run(3) }},
		{"audit", nil, func(d *auditor) { d.run(-1) }},
		{"audit-filtered", nil, func(d *auditor) { d.run(-1).press(typed("hub")...) }},
		{"audit-failed", &cloud.Error{Kind: cloud.Unavailable, Message: "connection refused"}, func(d *auditor) { d.run(-1) }},
		{"audit-doctor", nil, func(d *auditor) { d.run(-1).press("enter") }},
	} {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				d := driveAudit(t, fleet(), s.failed, brokenWard(), size.w, size.h)
				s.play(d)
				d.check()
				path, got := filepath.Join("testdata", name+".txt"), d.a.View()+"\n"
				if os.Getenv("TUI_GOLDEN") == "write" {
					if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s has changed (TUI_GOLDEN=write accepts it):\n%s", name, diff)
				}
			})
		}
	}
}

func TestAuditStreamsWorstFirst(t *testing.T) {
	d := driveAudit(t, fleet(), nil, nil, 80, 24)
	d.run(1).sees("0 of 4 projects", "1 repository", "▸ ✓ ok shop-prod")
	d.press("down") // the row pointed at stays the same from here on
	d.run(-1).sees("▸ ✓ ok shop-prod", "✓ 4 projects · 5 repositories · 1 with a problem")
	frame := d.a.View()
	broken, warning, unseen, note := strings.Index(frame, "✗ problem"), strings.Index(frame, "! warning"), strings.Index(frame, "? not checked"), strings.Index(frame, "i note")
	if broken < 0 || broken > warning || warning > unseen || unseen > note {
		t.Errorf("not the worst first:\n%s", frame)
	}
}

func TestAuditOpensDoctorOnARow(t *testing.T) {
	d := driveAudit(t, fleet(), nil, brokenWard(), 80, 24)
	d.run(-1).press("enter").sees("▸ ✗ problem grant", "europe-west1/hub", "f fix")
	d.press("q").sees("▸ ✗ problem shop-test")
	if d.quit {
		t.Fatal("leaving doctor goes back to the table")
	}
	d.press("enter", "f").sees("Review")
	d.a.inner.clock = d.a.inner.clock.Add(time.Second)
	d.a.inner.now = func() time.Time { return time.Now().Add(time.Hour) }
	d.press("enter").sees("No problem found").press("esc")
	d.sees("▸ ? not checked shop-test", "could not be looked at").lacks("✗ problem")
	if d.press("esc"); !d.quit {
		t.Error("esc leaves the table")
	}
}

func TestAuditReadsOnWhileDoctorIsOpen(t *testing.T) {
	d := driveAudit(t, fleet(), nil, healthyWard(), 80, 24)
	d.run(1)
	d.held = true
	d.press("enter")
	d.held = false
	d.run(-1).sees("No problem found").press("esc").sees("5 of 5")
}

func TestAuditFilters(t *testing.T) {
	d := driveAudit(t, fleet(), nil, nil, 80, 24)
	d.run(-1).press(typed("/problem")...).sees("1 of 5", "/ problem").press("esc").sees("5 of 5")
	d.press(typed("/nowhere")...).sees("0 of 5", "Nothing matches").press("enter", "esc")
	d.press(typed("/jq")...).sees("0 of 5", "/ jq").press("esc")
	if d.quit {
		t.Fatal("esc clears the filter first")
	}
	d.press(typed("/closed")...).press("enter").press("esc")
	d.press("end", "home", "pgdown", "pgup", "down", "up", "j", "k").sees("5 of 5")
}

func TestAuditSaysWhyAProjectIsNotSeen(t *testing.T) {
	d := driveAudit(t, fleet()[3:4], nil, nil, 80, 24)
	d.run(-1).press("enter").sees("can't be checked")
}

func TestAuditOfNothing(t *testing.T) {
	driveAudit(t, nil, nil, nil, 40, 12).sees("Nothing found yet").run(-1).sees("No remote repositories found").press("enter", "down", "end")
}

// TestAuditOfALargeFleetIsDrawnByTheWindow holds the work for a row and for a
// frame to what is seen, and not to what there is.
func TestAuditOfALargeFleetIsDrawnByTheWindow(t *testing.T) {
	var rows []doctor.AuditRow
	for i := range 2000 {
		r := fleet()[i%3]
		r.Repository.Name.ID = fmt.Sprintf("repository-%04d", i)
		rows = append(rows, r)
	}
	d := driveAudit(t, rows, nil, nil, 80, 24)
	d.run(-1).sees("2,000 of 2,000")
	if n := len(d.a.table.view()); n > 24 {
		t.Errorf("%d lines are drawn", n)
	}
	few := driveAudit(t, rows[:30], nil, nil, 80, 24)
	few.run(-1)
	drawn := func(a *audit) float64 { return testing.AllocsPerRun(20, func() { _ = a.View() }) }
	if all, some := drawn(d.a), drawn(few.a); all > 2*some {
		t.Errorf("a frame of 2,000 rows takes %.0f allocations, one of 30 %.0f", all, some)
	}
}

func TestAuditEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows, err := Audit(ctx, AuditOptions{
		Options: Options{In: strings.NewReader(""), Out: &strings.Builder{}},
		Rows: func(ctx context.Context) iter.Seq2[doctor.AuditRow, error] {
			return func(func(doctor.AuditRow, error) bool) { <-ctx.Done() }
		},
		Progress: func() doctor.AuditProgress { return doctor.AuditProgress{} },
	})
	if err != nil || len(rows) != 0 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
}
