package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// TestAnyKeysAtAnySize presses what a cat on the keyboard would, while the
// window changes: nothing panics, every frame fits, no token is ever shown.
func TestAnyKeysAtAnySize(t *testing.T) {
	keys := []string{"j", "k", "a", "r", "?", "/", "y", "q", "日本", "\x1b[31m\x07", "two\nlines"}
	for k := range namedKeys {
		if k != "ctrl+z" {
			keys = append(keys, k)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld()
		levels := []check.Level{check.OK, check.Note, check.Warning, check.Block, check.Unknown}
		for _, step := range []string{"project", "username", "token"} {
			f := check.Finding{Level: rapid.SampledFrom(levels).Draw(rt, "level"), Says: text.New("it is 日本語 said here at some length"), Why: text.New("for a reason")}
			if rapid.Bool().Draw(rt, "remedy") {
				f.Remedy = &check.Hint{Says: text.New("do this"), Command: "gcloud do this --or=that",
					Use: &check.Correction{Username: "eve", Token: token.New([]byte("corrected"))}}
			}
			w.findings[step] = []check.Finding{f}
		}
		if rapid.IntRange(0, 9).Draw(rt, "fails") == 0 {
			w.broken = &cloud.Error{Kind: cloud.Unavailable, Message: "down"}
		}
		d := drive(t, w.flow(), nil, rapid.IntRange(0, 120).Draw(rt, "w"), rapid.IntRange(0, 45).Draw(rt, "h"), Options{}).begin()
		for range rapid.IntRange(1, 40).Draw(rt, "keys") {
			switch rapid.IntRange(0, 9).Draw(rt, "event") {
			case 0:
				d.resize(rapid.IntRange(1, 200).Draw(rt, "w"), rapid.IntRange(1, 70).Draw(rt, "h"))
			case 1:
				d.pass(time.Second)
			case 2, 3, 4:
				d.press("enter")
			default:
				d.press(rapid.SampledFrom(keys).Draw(rt, "key"))
			}
			if q, ok := d.m.screen.(*question); ok {
				if _, ok := q.field.(*tokenField); ok {
					d.press(canary)
				}
			}
			if strings.Contains(d.m.View(), canary[:10]) {
				rt.Fatalf("the token is on the screen:\n%s", d.m.View())
			}
		}
	})
}

// TestNothingIsSaidByColourAlone holds that a screen in colour has the same
// letters as one without.
func TestNothingIsSaidByColourAlone(t *testing.T) {
	play := func() []string {
		_, d := start(t, func(w *world) {
			w.findings["project"] = []check.Finding{{Level: check.Warning, Says: text.New("a warning")}, {Level: check.OK, Says: text.New("all well")}}
			w.actions[2].Do = fails
		})
		frames := []string{d.m.View()}
		for _, keys := range [][]string{{"down"}, {"enter"}, {"enter"}, {"ada"}, {"enter"}, {canary}, {"enter"}, {"?"}, {"?"}} {
			for _, k := range keys {
				_, cmd := d.m.Update(keyOf(k))
				d.queue(cmd)
				for d.one() {
				}
			}
			frames = append(frames, d.m.View())
		}
		return frames
	}
	without := play()
	lipgloss.SetColorProfile(termenv.TrueColor)
	defer lipgloss.SetColorProfile(termenv.Ascii)
	with := play()
	coloured := false
	for i := range with {
		coloured = coloured || with[i] != without[i]
		if got := strings.TrimRight(ansi.Strip(with[i]), " "); got != strings.TrimRight(without[i], " ") {
			t.Errorf("frame %d differs:\n%s\n%s", i, got, without[i])
		}
	}
	if !coloured {
		t.Fatal("nothing was in colour")
	}
}
