package tui

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"example.com/upstreamauth/flows/engine"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// field is where a question is answered: a picker, a line of text or a token.
type field interface {
	// key edits or moves. It reports whether the answer may have changed, and
	// whether the key meant anything.
	key(k tea.KeyMsg) (changed, handled bool)
	// answer is what is typed or highlighted; off says why it can't be chosen.
	answer() (a engine.Answer, off text.Text)
	// correct takes the right part of the answer, as a finding offers it.
	correct(c check.Correction)
	// rows is how many lines it needs at least, and how many it can use.
	rows() (least, most int)
	// SetSize gives it its room; view draws it there.
	SetSize(w, h int)
	view() []string
	keys() []hint
	// leave overwrites what should not stay in memory.
	leave(taken bool)
}

// textField is a line of text.
type textField struct {
	theme
	editor
	noun  text.Text
	width int
}

func newTextField(t theme, noun text.Text, start string) *textField {
	f := &textField{theme: t, noun: noun}
	f.set([]byte(start))
	return f
}

// key pastes text as one line, without the line end that often comes with it.
func (f *textField) key(k tea.KeyMsg) (changed, handled bool) {
	if k.Paste {
		k.Runes = []rune(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(strings.TrimSpace(string(k.Runes))))
	}
	return f.editor.key(k)
}

func (f *textField) answer() (engine.Answer, text.Text) {
	return engine.Answer{Text: string(f.buf)}, text.Text{}
}

func (f *textField) correct(c check.Correction) {
	if c.Username != "" {
		f.set([]byte(c.Username))
	}
}
func (f *textField) rows() (least, most int) { return 1, 1 }
func (f *textField) SetSize(w, _ int)        { f.width = w }
func (f *textField) leave(bool)              { f.wipe() }
func (f *textField) keys() []hint {
	return []hint{{"←→", text.New("move")}, {"ctrl+u", text.New("clear")}, {"ctrl+w", text.New("delete a word")}}
}

func (f *textField) view() []string {
	line := f.accent.Render(f.glyph.pointer) + " " + f.typed(f.buf, f.at, f.width-2)
	if len(f.buf) == 0 && !f.noun.Empty() {
		line += f.dim.Render(f.cut(f.in(text.New("type the %s", f.noun)), f.width-3))
	}
	return []string{line}
}

// typed draws text that is being edited, in w cells, so that the cursor is
// always seen.
func (t theme) typed(given []byte, at, w int) string {
	before, after := t.cutLeft(string(given[:at]), w-1), clean.Text(string(given[at:]))
	return before + t.accent.Render(t.glyph.cursor) + t.cut(after, w-1-lipgloss.Width(before))
}

// tokenField is a token being typed: masked, counted, its last four characters
// shown on request, and overwritten when it is left.
type tokenField struct {
	theme
	editor
	width    int
	kept     bool // there is an answer from before, which an empty field keeps
	revealed bool
	// current is what was handed out for the present text. Older ones are in
	// retired until no job reads them any more.
	current token.Secret
	retired *[]token.Secret
}

func newTokenField(t theme, kept bool, retired *[]token.Secret) *tokenField {
	return &tokenField{theme: t, kept: kept, retired: retired}
}

func (f *tokenField) key(k tea.KeyMsg) (changed, handled bool) {
	if name(k) == "ctrl+r" {
		f.revealed = !f.revealed
		return false, true
	}
	if k.Paste {
		k.Runes = lineEnds(k.Runes)
	}
	changed, handled = f.editor.key(k)
	if changed {
		f.retire()
	}
	return changed, handled
}

// lineEnds makes a paste's line ends those of a file, in place: terminals send a
// carriage return for them, alone or with a newline.
func lineEnds(pasted []rune) []rune {
	n := 0
	for i, r := range pasted {
		if r == '\r' {
			if i+1 < len(pasted) && pasted[i+1] == '\n' {
				continue
			}
			r = '\n'
		}
		pasted[n] = r
		n++
	}
	clear(pasted[n:])
	return pasted[:n]
}

func (f *tokenField) retire() {
	if !f.current.Empty() {
		*f.retired = append(*f.retired, f.current)
	}
	f.current = token.Secret{}
}

func (f *tokenField) answer() (engine.Answer, text.Text) {
	if f.current.Empty() && len(f.buf) > 0 {
		f.current = token.New(bytes.Clone(f.buf))
	}
	return engine.Answer{Secret: f.current}, text.Text{}
}

func (f *tokenField) correct(c check.Correction) {
	if !c.Token.Empty() {
		f.retire()
		f.set(c.Token.Reveal())
		f.current = c.Token
	}
}

func (f *tokenField) rows() (least, most int) { return 2, 2 }
func (f *tokenField) SetSize(w, _ int)        { f.width = w }

// leave overwrites the field, and what it handed out unless that was taken.
func (f *tokenField) leave(taken bool) {
	f.wipe()
	if !taken {
		f.retire()
	}
}

func (f *tokenField) keys() []hint {
	show := text.New("show the last 4")
	if f.revealed {
		show = text.New("hide")
	}
	return []hint{{"ctrl+r", show}, {"ctrl+u", text.New("clear")}, {"←→", text.New("move")}}
}

func (f *tokenField) view() []string {
	mask := func(b []byte) string { return strings.Repeat(f.glyph.mask, utf8.RuneCount(b)) }
	before := mask(f.buf[:f.at])
	line := f.typed([]byte(before+mask(f.buf[f.at:])), len(before), f.width-2)
	return []string{f.accent.Render(f.glyph.pointer) + " " + line, f.dim.Render(f.cut("  "+f.in(f.state()), f.width))}
}

// state is how long the token is, and how it ends where that was asked for.
func (f *tokenField) state() text.Text {
	typed := utf8.RuneCount(f.buf)
	if typed == 0 && f.kept {
		return text.New("Press enter to keep the token from before")
	}
	if typed == 0 {
		return text.New("Paste or type the token; it isn't shown")
	}
	tail := token.New(bytes.TrimSpace(f.buf)).Tail()
	switch {
	case !f.revealed:
		return text.Plural(typed, "%d character", "%d characters")
	case tail == "":
		return text.Plural(typed, "%d character, too short to show its end", "%d characters, too short to show their end")
	default:
		return text.Plural(typed, "%d character, ends in %s", "%d characters, ends in %s", tail)
	}
}
