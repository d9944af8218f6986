package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

var sizes = []struct{ w, h int }{{80, 24}, {40, 12}, {200, 60}}

// TestScreens draws every screen at every size that people have.
func TestScreens(t *testing.T) {
	screens := []struct {
		name string
		set  func(w *world)
		play func(d *driver)
	}{
		{"picker", nil, func(*driver) {}},
		{"picker-filtered", nil, func(d *driver) { d.press(typed("shop-t")...) }},
		{"picker-free", nil, func(d *driver) { d.press(typed("elsewhere")...) }},
		{"picker-off", nil, func(d *driver) { d.press("end", "enter") }},
		{"picker-empty", func(w *world) {
			w.batches = nil
			w.empty = &engine.Problem{Title: text.New("You see no project"), Detail: text.New("Either there is none yet, or you may not list them. A project that you know can be typed all the same."),
				Hints: []check.Hint{{Command: "gcloud projects create PROJECT_ID"}}}
		}, func(*driver) {}},
		{"picker-cjk", func(w *world) {
			w.batches[0][1].Note = text.New("日本語のプロジェクト、テスト環境")
			w.batches[0][0].Label = text.New("商店-prod")
		}, func(*driver) {}},
		{"findings", func(w *world) {
			w.findings["project"] = []check.Finding{
				{Level: check.OK, Says: text.New("project shop-prod has the number 123456789012")},
				{Level: check.Note, Says: text.New("calls are charged to shop-prod")},
				{Level: check.Warning, Says: text.New("off in this project: secretmanager.googleapis.com"), Why: text.New("the plan will turn it on"),
					Remedy: &check.Hint{Action: engine.ActEnableAPIs, Command: "gcloud services enable secretmanager.googleapis.com --project=shop-prod"}},
				{Level: check.Unknown, Says: text.New("the perimeter could not be looked at"), Why: text.New("that needs artifactregistry.vpcscconfigs.get")},
			}
		}, func(*driver) {}},
		{"blocked", func(w *world) {
			w.findings["project"] = []check.Finding{{Level: check.Block, Says: text.New("there is no project shop-prod, or you may not see it"),
				Why:    text.New("without it the service agent's address is not known"),
				Remedy: &check.Hint{Says: text.New("check the id, or give the project's number instead"), Command: "gcloud projects list"}}}
		}, func(d *driver) { d.press("enter") }},
		{"confirm", func(w *world) {
			w.findings["project"] = []check.Finding{{Level: check.Warning, Says: text.New("this project looks retired")}}
		}, func(d *driver) { d.press("enter") }},
		{"problem", func(w *world) { w.broken = &cloud.Error{Kind: cloud.Unavailable, Message: "connection refused"} }, func(*driver) {}},
		{"text", nil, func(d *driver) { d.press("enter").press(typed("ada")...) }},
		{"text-refused", nil, func(d *driver) { d.press("enter").press("ada l").press("enter") }},
		{"token-empty", nil, func(d *driver) { d.press("enter", "ada love", "ctrl+w", "backspace", "enter") }},
		{"token", nil, func(d *driver) { d.press("enter", "ada", "enter", "enter", canary) }},
		{"token-revealed", nil, func(d *driver) { d.press("enter", "ada", "enter", canary+"\n", "ctrl+r") }},
		{"review", nil, func(d *driver) { toReview(d) }},
		{"review-blocked", func(w *world) {
			w.blocked = &engine.Problem{Title: text.New("Somebody else changed this at the same moment"), Hints: []check.Hint{{Says: text.New("run the same command again")}}}
		}, func(d *driver) { toReview(d) }},
		{"done", nil, func(d *driver) { toReview(d).pass(time.Second).press("enter") }},
		{"failed", func(w *world) { w.actions[2].Do = fails }, func(d *driver) { toReview(d).pass(time.Second).press("enter") }},
		{"help", nil, func(d *driver) { d.press("f1") }},
		{"leave", nil, func(d *driver) { d.press("esc") }},
	}
	for _, s := range screens {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h), func(t *testing.T) {
				w := newWorld()
				if s.set != nil {
					s.set(w)
				}
				d := drive(t, w.flow(), nil, size.w, size.h, Options{Version: "v1.2.3"}).begin()
				s.play(d)
				d.golden(fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h))
			})
		}
	}
}

func toReview(d *driver) *driver { return d.press("enter", "ada", "enter", canary, "enter") }

// TestScreensWhileWaiting draws what is seen while something is under way.
func TestScreensWhileWaiting(t *testing.T) {
	screens := []struct {
		name string
		play func(d *driver)
	}{
		{"loading", func(d *driver) { d.pass(4 * time.Second) }},
		{"streaming", func(d *driver) {
			for !strings.Contains(d.m.View(), "shop-prod") {
				d.one()
			}
			d.pass(spinAfter)
		}},
		{"checking", func(d *driver) {
			d.begun()
			d.press("down", "enter").pass(time.Second)
		}},
		{"planning", func(d *driver) {
			d.begun()
			d.held = false
			d.press("enter", "ada", "enter", canary)
			d.held = true
			d.press("enter").pass(12 * time.Second)
		}},
		{"applying", func(d *driver) { d.applying() }},
		{"stopping", func(d *driver) { d.applying().press("ctrl+c") }},
	}
	for _, s := range screens {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h), func(t *testing.T) {
				w := newWorld()
				w.batches = append(w.batches, many(20))
				d := drive(t, w.flow(), nil, size.w, size.h, Options{})
				d.held = true
				d.queue(d.m.Init())
				s.play(d)
				d.golden(fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h))
				d.held = false // what is under way comes to its end
				d.run()
			})
		}
	}
}

// begun runs what does not wait for a person, and holds again.
func (d *driver) begun() {
	d.held = false
	d.run()
	d.held = true
}

// applying stops in the middle of the second action, after a while.
func (d *driver) applying() *driver {
	d.held = false
	d.run()
	toReview(d).pass(time.Second)
	d.held = true
	d.press("enter")
	for d.m.machine.Plan().Actions[1].State != engine.Running {
		d.one()
	}
	return d.pass(12 * time.Second)
}

// TestPlainGlyphs draws with letters that every terminal has.
func TestPlainGlyphs(t *testing.T) {
	t.Setenv("NO_UNICODE", "1")
	w := newWorld()
	w.findings["project"] = []check.Finding{{Level: check.Warning, Says: text.New("off: secretmanager.googleapis.com")}, {Level: check.OK, Says: text.New("it exists")}}
	d := drive(t, w.flow(), nil, 40, 12, Options{})
	d.m.theme = newTheme(nil, text.English)
	d.begin().golden("plain-40x12").press("enter", "enter", "ada", "enter", canary)
	for _, r := range d.m.View() {
		if r > 0x7e {
			t.Fatalf("%q is not ASCII:\n%s", r, d.m.View())
		}
	}
}
