package tui

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func many(n int) []engine.Option {
	options := make([]engine.Option, n)
	for i := range options {
		id := fmt.Sprintf("team-%02d-service-%06d", i%97, i)
		options[i] = engine.Option{Value: id, Label: text.Verbatim(id), Note: text.New("Service %d of team %d", i, i%97)}
	}
	return options
}

func listed(t testing.TB, p engine.Prompt, complete bool, want string) *picker {
	t.Helper()
	list := newPicker(New(engine.New(engine.NewEnv(nil, nil), &engine.Flow{}, nil, engine.Options{}), Options{}).theme, p, want)
	list.glyph = fine
	list.SetSize(76, 11)
	list.feed(p, complete)
	return list
}

func (p *picker) types(keys ...string) *picker {
	for _, k := range keys {
		p.key(keyOf(k))
	}
	return p
}

func (p *picker) chosen() string {
	a, off := p.answer()
	if !off.Empty() {
		return "off: " + off.In(text.English)
	}
	return a.Text
}

func TestPickerStreams(t *testing.T) {
	all := many(1000)
	p := engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("project id")}
	list := listed(t, p, false, "")
	seen := func(given string) {
		t.Helper()
		if frame := strings.Join(list.view(), "\n"); !strings.Contains(frame, given) {
			t.Fatalf("%q is not in\n%s", given, frame)
		}
	}
	seen("Nothing found yet")
	p.Options = all[:340]
	list.feed(p, false)
	seen("340 of 340, more to come")
	list.types(typed("000001")...)
	seen("1 of 340, more to come")
	if got := list.chosen(); got != all[1].Value {
		t.Fatalf("chosen: %s", got)
	}
	p.Options = all
	list.feed(p, true)
	seen("1 of 1,000")
	list.types("backspace", "backspace")
	if got := list.chosen(); got != all[1].Value && len(list.hits) != 100 {
		t.Fatalf("chosen: %s of %d", got, len(list.hits))
	}
}

// TestPickerFiltersAsAFreshSearchWould holds the incremental search, over
// options that arrive in batches while one types, to a search from scratch.
func TestPickerFiltersAsAFreshSearchWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abAB-]{0,4}`)
		var all []engine.Option
		for i := range rapid.IntRange(0, 40).Draw(t, "options") {
			all = append(all, engine.Option{Value: fmt.Sprintf("%d%s", i, word.Draw(t, "value")), Label: text.Verbatim(word.Draw(t, "label")), Note: text.Verbatim(word.Draw(t, "note"))})
		}
		list := newPicker(theme{glyph: fine}, engine.Prompt{}, "")
		list.SetSize(40, 5)
		fed := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				fed = rapid.IntRange(fed, len(all)).Draw(t, "fed")
				list.feed(engine.Prompt{Options: all[:fed]}, fed == len(all))
			case 1:
				list.types("backspace")
			default:
				list.types(rapid.SampledFrom([]string{"a", "b", "A", "-", "up", "down"}).Draw(t, "key"))
			}
			var want []int
			for i, o := range all[:fed] {
				if query := strings.ToLower(list.given()); strings.Contains(strings.ToLower(o.Label.In(text.English)), query) ||
					strings.Contains(strings.ToLower(o.Value), query) || strings.Contains(strings.ToLower(o.Note.In(text.English)), query) {
					want = append(want, i)
				}
			}
			if fmt.Sprint(want) != fmt.Sprint(list.hits) {
				t.Fatalf("%q finds %v, not %v", list.given(), list.hits, want)
			}
			if len(want) > 0 && (list.row < 0 || list.row >= len(want)) {
				t.Fatalf("row %d of %d", list.row, len(want))
			}
		}
	})
}

func TestPickerChoices(t *testing.T) {
	options := []engine.Option{
		{Value: "gone", Label: text.New("gone"), Off: text.New("it is about to be deleted")},
		{Value: "jam", Label: text.New("jam")}, {Value: "kite", Label: text.New("kite")}, {Value: "big-kite", Label: text.New("big-kite")},
	}
	for _, c := range []struct {
		name string
		free bool
		want string
		keys []string
		got  string
	}{
		{"the first that can be chosen", false, "", nil, "jam"},
		{"the proposal", false, "kite", nil, "kite"},
		{"a proposal that is none of them", true, "other", nil, "other"},
		{"a j is text", false, "", []string{"j", "a"}, "jam"},
		{"a k is text", false, "", typed("kite"), "kite"},
		{"a g is text", true, "", typed("github-token"), "github-token"},
		{"a question mark is text", true, "", typed("?x"), "?x"},
		{"arrows move", false, "", []string{"down"}, "kite"},
		{"letters after the first are text", false, "", []string{"i", "t", "e"}, "kite"},
		{"the exact name before others", false, "", typed("kite"), "kite"},
		{"space alone does nothing", false, "", []string{"space"}, "jam"},
		{"nothing matches", false, "", typed("xyz"), "off: nothing is selected"},
		{"what is typed", true, "", typed("xyz"), "xyz"},
		{"what is typed, though others match", true, "", append(typed("big"), "end"), "big"},
		{"an exact name is not offered twice", true, "", append(typed("kite"), "end"), "big-kite"},
		{"pasted with a line end", true, "", []string{"my-project\n"}, "my-project"},
		{"capitals match", false, "", typed("JAM"), "jam"},
		{"the last", false, "", []string{"end"}, "big-kite"},
		{"pages stop at the ends", false, "", []string{"pgdown", "pgdown", "pgup", "pgup", "down"}, "jam"},
		{"a j behind a deleted filter", true, "", append([]string{"x", "backspace"}, typed("jenkins-token")...), "jenkins-token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := listed(t, engine.Prompt{Options: options, Free: c.free, Noun: text.New("name")}, true, c.want).types(c.keys...)
			if got := list.chosen(); got != c.got {
				t.Fatalf("%s, not %s:\n%s", got, c.got, strings.Join(list.view(), "\n"))
			}
		})
	}
}

func TestAProposalIsFoundWhenItArrives(t *testing.T) {
	p := engine.Prompt{Options: many(50)}
	list := listed(t, p, false, "team-63-service-000063")
	if !list.waits() {
		t.Fatal("the first option is taken for an answer while the proposal may still come")
	}
	p.Options = many(100)
	list.feed(p, false)
	if got := list.chosen(); got != "team-63-service-000063" || list.waits() {
		t.Fatalf("chosen: %s, waits: %v", got, list.waits())
	}
	list.types("up")
	p.Options = many(200)
	list.feed(p, true)
	if got := list.chosen(); got != "team-62-service-000062" {
		t.Fatalf("a batch moved the highlight to %s", got)
	}
}

func TestTypedTextStaysChosenWhileOptionsArrive(t *testing.T) {
	p := engine.Prompt{Free: true, Noun: text.New("name")}
	list := listed(t, p, false, "").types(typed("team")...)
	p.Options = many(10)
	list.feed(p, true)
	if got := list.chosen(); got != "team" {
		t.Fatalf("a batch moved the highlight to %s", got)
	}
}

func TestTypedTextThatArrivesAsAnOptionIsThatOption(t *testing.T) {
	p := engine.Prompt{Free: true, Noun: text.New("name")}
	list := listed(t, p, false, "").types(typed("b")...)
	p.Options = []engine.Option{{Value: "ab", Label: text.New("ab")}, {Value: "b", Label: text.New("bee"), Off: text.New("it is closed")}}
	list.feed(p, true)
	if got := list.chosen(); got != "off: it is closed" {
		t.Fatalf("chosen: %s", got)
	}
}

// TestPickerIsQuickAndSmall has a wide margin, for machines with other work to
// do: a list whose time a key grows with more than its length is beyond it. The
// benchmarks give the figures.
func TestPickerIsQuickAndSmall(t *testing.T) {
	for _, c := range []struct {
		n     int
		limit time.Duration
	}{{10_000, 50 * time.Millisecond}, {100_000, 500 * time.Millisecond}} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		options := many(c.n)
		list := listed(t, engine.Prompt{Options: options}, true, "")
		best := time.Hour
		for range 5 { // the best of five: others use the machine too
			began := time.Now()
			list.types("s", "e")
			_ = list.view()
			list.types("backspace", "backspace")
			best = min(best, time.Since(began)/4)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if best > c.limit && !raceEnabled {
			t.Errorf("%d entries: %s a key, more than %s", c.n, best, c.limit)
		}
		if used := after.HeapAlloc - before.HeapAlloc; used > 150<<20 {
			t.Errorf("%d entries take %d MB", c.n, used>>20)
		}
		runtime.KeepAlive(options)
		runtime.KeepAlive(list)
	}
}

func BenchmarkPickerKey(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list := listed(b, engine.Prompt{Options: many(n)}, true, "")
			keys := []string{"s", "e", "r", "0", "backspace", "backspace", "backspace", "backspace"}
			pressed := 0
			for b.Loop() {
				list.types(keys[pressed%len(keys)])
				_ = list.view()
				pressed++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(pressed), "ns/key")
		})
	}
}

func TestAListPutInOrderKeepsTheHighlight(t *testing.T) {
	arrived := []engine.Option{{Value: "c", Label: text.New("c")}, {Value: "b", Label: text.New("b"), Off: text.New("no")}, {Value: "a", Label: text.New("a")}}
	ordered := []engine.Option{arrived[2], arrived[0], arrived[1]}
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"untouched: the first": {nil, "a"},
		"moved":                {[]string{"down", "down", "up", "up", "down", "up"}, "c"},
		"moved onto another":   {[]string{"down", "down"}, "a"},
		"typed an option":      {[]string{"c"}, "c"},
		"typed another text":   {[]string{"x", "y"}, "xy"},
	} {
		t.Run(name, func(t *testing.T) {
			p := engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("name"), Options: arrived}
			list := listed(t, p, false, "")
			list.types(c.keys...)
			p.Options, p.Sorted = ordered, true
			list.feed(p, false)
			list.feed(p, true)
			if got := list.chosen(); got != c.want || len(list.options) != 3 {
				t.Errorf("chosen: %s of %d", got, len(list.options))
			}
		})
	}
}
