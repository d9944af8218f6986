package path_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/path"
)

func example(signs ...engine.Sign) engine.Path {
	p := engine.Path{Stations: [4]engine.Station{
		{Name: text.Verbatim("docker-hub"), Named: true, Note: text.Verbatim("us-central1")},
		{Name: text.New("service agent"), Note: text.Verbatim("exists")},
		{Name: text.Verbatim("docker-hub-token"), Named: true, Note: text.Verbatim("new, version 1")},
		{Name: text.Verbatim("Docker Hub"), Note: text.Verbatim("not tried yet")},
	}}
	for i, s := range signs {
		p.Links[i].Sign = s
	}
	return p
}

func TestDraw(t *testing.T) {
	broken := example(engine.SignHolds, engine.SignBroken, engine.SignUnchecked)
	broken.Links[1].Note = text.Verbatim("may not read it")
	broken.Stations[1].Note, broken.Stations[2].Note, broken.Stations[3].Note = text.Text{}, text.Text{}, text.Text{}
	for _, c := range []struct {
		name  string
		p     engine.Path
		width int
		s     path.Style
		want  []string
	}{
		{"setup, half-way", example(engine.SignHolds, engine.SignCreates, engine.SignOpen), 80, path.Style{}, []string{
			"  docker-hub ──✓── service agent ──+── docker-hub-token ──○── Docker Hub",
			"  us-central1      exists              new, version 1         not tried yet",
		}},
		{"doctor", broken, 80, path.Style{}, []string{
			"  docker-hub ──✓── service agent ──✗── docker-hub-token ──·── Docker Hub",
			"  us-central1               may not read it",
		}},
		{"in a narrow window", broken, 40, path.Style{}, []string{"  repo ✓─ agent ✗─ secret ·─ upstream"}},
		{"without signs", broken, 40, path.Style{ASCII: true}, []string{"  repo v- agent x- secret ?- upstream"}},
		{"while it works", example(engine.SignHolds, engine.SignWorking, engine.SignOpen), 40, path.Style{Working: "◐"}, []string{"  repo ✓─ agent ◐─ secret ○─ upstream"}},
		{"a little room", example(engine.SignHolds, engine.SignHolds, engine.SignHolds), 66, path.Style{}, []string{
			"  docker-hub ─✓─ service agent ─✓─ docker-hub-token ─✓─ Docker Hub",
			"  us-central1    exists            new, version 1    not tried yet",
		}},
	} {
		if diff := cmp.Diff(c.want, path.Draw(c.p, c.width, c.s)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Whatever is named, and however narrow the window, no line is wider than it.
func TestDrawKeepsToItsWidth(t *testing.T) {
	p := example(engine.SignHolds, engine.SignBroken, engine.SignOpen)
	p.Links[1].Note = text.Verbatim(strings.Repeat("may not read it ", 10))
	for _, name := range []string{"x", "日本語の名前", strings.Repeat("long-", 30)} {
		p.Stations[0].Name = text.Verbatim(name)
		for _, l := range text.Languages() {
			for width := 1; width < 220; width++ {
				for _, line := range path.Draw(p, width, path.Style{Language: l}) {
					if ansi.StringWidth(line) > max(width, 2) {
						t.Fatalf("%q in %d cells: %q has %d", name, width, line, ansi.StringWidth(line))
					}
				}
			}
		}
	}
}

func TestSentence(t *testing.T) {
	want := "Path: docker-hub → (ok) → service agent → (problem) → docker-hub-token → (not checked) → Docker Hub"
	if got := path.Sentence(example(engine.SignHolds, engine.SignBroken, engine.SignUnchecked), text.English); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
