package tui

import (
	"bytes"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

func TestEditorKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want string // with | for the cursor
	}{
		{"typed", typed("abc"), "abc|"},
		{"inserted in the middle", append(typed("ac"), "left", "b"), "ab|c"},
		{"home and end", append(typed("bc"), "home", "a", "end", "d"), "abcd|"},
		{"ctrl+a and ctrl+e", append(typed("bc"), "ctrl+a", "a", "ctrl+e", "d"), "abcd|"},
		{"backspace", append(typed("abx"), "backspace", "c"), "abc|"},
		{"backspace at the start", append(typed("ab"), "home", "backspace"), "|ab"},
		{"delete", append(typed("xab"), "home", "delete"), "|ab"},
		{"delete at the end", append(typed("ab"), "delete"), "ab|"},
		{"ctrl+u", append(typed("xyab"), "left", "left", "ctrl+u"), "|ab"},
		{"ctrl+k", append(typed("abxy"), "left", "left", "ctrl+k"), "ab|"},
		{"ctrl+w", append(typed("one two "), "ctrl+w"), "one |"},
		{"whole characters", append(typed("日本語é"), "left", "backspace", "left", "delete"), "日|é"},
		{"right stops", append(typed("a"), "right", "right", "b"), "ab|"},
		{"a paste in one piece", []string{"a", "pasted text", "b"}, "apasted textb|"},
		{"a paste keeps its line ends", []string{"line\r\n"}, "line\r\n|"},
		{"keys without a meaning", append(typed("ab"), "tab", "f1", "up"), "ab|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &editor{}
			for _, k := range c.keys {
				if changed, handled := e.key(keyOf(k)); changed && !handled {
					t.Fatalf("%s changes the text but means nothing", k)
				}
			}
			if got := string(e.buf[:e.at]) + "|" + string(e.buf[e.at:]); got != c.want {
				t.Fatalf("%q, not %q", got, c.want)
			}
		})
	}
}

// TestEditorLeavesNothingBehind holds that memory which is no longer the text
// holds no part of it.
func TestEditorLeavesNothingBehind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := &editor{}
		arrays := map[*byte][]byte{}
		for range rapid.IntRange(1, 60).Draw(t, "keys") {
			k := rapid.SampledFrom([]string{"S", strings.Repeat("S", 300), "SSS", "left", "right", "home", "backspace", "delete", "ctrl+u", "ctrl+k", "ctrl+w"}).Draw(t, "key")
			msg := keyOf(k)
			e.key(msg)
			if msg.Type == tea.KeyRunes && msg.Runes[0] != 0 {
				t.Fatal("the message still holds what was typed")
			}
			if cap(e.buf) > 0 {
				whole := e.buf[:cap(e.buf)]
				arrays[&whole[0]] = whole
			}
			for _, a := range arrays {
				held := bytes.Count(a, []byte("S"))
				if cap(e.buf) > 0 && &a[0] == &e.buf[:1][0] {
					held -= len(e.buf)
				}
				if held != 0 {
					t.Fatalf("after %s, %d bytes are left behind", k, held)
				}
			}
		}
		e.wipe()
		for _, a := range arrays {
			if bytes.ContainsRune(a, 'S') {
				t.Fatal("wipe leaves something behind")
			}
		}
	})
}

func TestAPasteHasNoName(t *testing.T) {
	if got := name(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(canary), Paste: true}); got != "" {
		t.Fatalf("a paste is made the string %q", got)
	}
	if got := name(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("ctrl+c")}); got != "" {
		t.Fatalf("text is taken for the key %q", got)
	}
}

func TestTextFieldPastesOneLine(t *testing.T) {
	f := newTextField(theme{glyph: fine}, text.New("name"), "")
	f.key(keyOf(" ada\nlovelace \r\n"))
	if a, _ := f.answer(); a.Text != "ada lovelace" {
		t.Fatalf("%q", a.Text)
	}
}

func TestTextFieldShowsTheCursor(t *testing.T) {
	f := newTextField(theme{glyph: fine}, text.New("name"), strings.Repeat("0123456789", 5)+"日本")
	f.SetSize(20, 1)
	for _, c := range []struct{ key, want string }{
		{"end", "▸ …890123456789日本▏"}, {"left", "▸ …"}, {"home", "▸ ▏0123456789012345…"},
	} {
		f.key(keyOf(c.key))
		if line := f.view()[0]; !strings.HasPrefix(line, c.want) || !strings.Contains(line, "▏") {
			t.Errorf("%s: %q", c.key, line)
		}
	}
}

func TestTokenField(t *testing.T) {
	field := func() (*tokenField, *[]token.Secret) {
		retired := &[]token.Secret{}
		f := newTokenField(theme{glyph: fine}, false, retired)
		f.SetSize(60, 2)
		return f, retired
	}
	t.Run("is masked and counted", func(t *testing.T) {
		f, _ := field()
		f.key(keyOf("日本語xyz"))
		if got := strings.Join(f.view(), "\n"); got != "▸ ••••••▏\n  6 characters" {
			t.Fatal(got)
		}
	})
	t.Run("shows its end on request, where that gives little away", func(t *testing.T) {
		f, _ := field()
		f.key(keyOf("short-abcd"))
		f.key(keyOf("ctrl+r"))
		if got := f.view()[1]; strings.Contains(got, "abcd") || !strings.Contains(got, "too short") {
			t.Fatal(got)
		}
		f.key(keyOf("0123456789\x1b[1m\n"))
		if got := f.view()[1]; strings.Contains(got, "\x1b") || !strings.Contains(got, `ends in \x1b[1m`) {
			t.Fatal(got)
		}
		f.key(keyOf("ctrl+r"))
		if got := f.view()[1]; strings.Contains(got, "ends in") {
			t.Fatal(got)
		}
	})
	t.Run("hands out the same secret until it changes", func(t *testing.T) {
		f, retired := field()
		f.key(keyOf("first"))
		a, _ := f.answer()
		if b, _ := f.answer(); &a.Secret.Reveal()[0] != &b.Secret.Reveal()[0] {
			t.Fatal("two copies of one token")
		}
		f.key(keyOf("x"))
		if len(*retired) != 1 || string((*retired)[0].Reveal()) != "first" {
			t.Fatal("the older secret is not to be wiped")
		}
		b, _ := f.answer()
		f.leave(true)
		if string(b.Secret.Reveal()) != "firstx" || len(*retired) != 1 {
			t.Fatal("a token that was taken is wiped")
		}
	})
	t.Run("takes a correction", func(t *testing.T) {
		f, _ := field()
		f.key(keyOf("user:right"))
		f.correct(check.Correction{Token: token.New([]byte("right"))})
		if a, _ := f.answer(); string(a.Secret.Reveal()) != "right" {
			t.Fatalf("%q", a.Secret.Reveal())
		}
	})
	t.Run("keeps white space for the step to judge", func(t *testing.T) {
		f, _ := field()
		f.key(keyOf(" a b \n"))
		if a, _ := f.answer(); string(a.Secret.Reveal()) != " a b \n" {
			t.Fatalf("%q", a.Secret.Reveal())
		}
	})
}

// Bubble Tea hands out one and the same rune for every space: wiping what was
// typed must not reach it.
func TestSpacesStaySpaces(t *testing.T) {
	e := &editor{}
	space := tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	for range 3 {
		e.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'a'}})
		e.key(space)
	}
	if got := string(e.buf); got != "a a a " {
		t.Errorf("typed %q", got)
	}
}
