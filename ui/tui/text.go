package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// All text passes wrap or cut before it is styled. Both clean it, so that no
// escape sequence reaches the terminal but our own.

// cut makes text one line of at most w cells, with a mark where it was longer.
func (t theme) cut(s string, w int) string {
	return closed(ansi.Truncate(tidy(s, clean.Text), max(w, 0), t.glyph.more))
}

// cutLeft is cut, at the beginning.
func (t theme) cutLeft(s string, w int) string {
	s = tidy(s, clean.Text)
	if over := lipgloss.Width(s) - max(w, 0); over > 0 {
		return ansi.TruncateLeft(s, over+lipgloss.Width(t.glyph.more), t.glyph.more)
	}
	return s
}

// pad fills styled text up to w cells.
func pad(s string, w int) string {
	return s + strings.Repeat(" ", max(0, w-lipgloss.Width(s)))
}

// apart puts two styled texts at the ends of a line of w cells.
func apart(left, right string, w int) string {
	return left + strings.Repeat(" ", max(1, w-lipgloss.Width(left)-lipgloss.Width(right))) + right
}

// styled renders each line.
func styled(s lipgloss.Style, lines []string) []string {
	for i, l := range lines {
		lines[i] = s.Render(l)
	}
	return lines
}

// indent puts n spaces before each line.
func indent(n int, lines []string) []string {
	for i, l := range lines {
		lines[i] = strings.Repeat(" ", n) + l
	}
	return lines
}

// narrow is the width under which columns give way to lines.
const narrow = 60

// item is a mark and the text that it is about, with the text
// hanging beside them, or under them where it is narrow.
func (t theme) item(m mark, given text.Text, w int) []string {
	head := t.marked(m)
	if in := t.hanging(w); w >= narrow {
		lines := indent(in, wrap(t.in(given), w-in))
		lines[0] = m.style.Render(pad(head, in)) + lines[0][in:]
		return lines
	}
	head += ":"
	lines := wrap(head+" "+t.in(given), w-2)
	for i := range lines {
		if rest, ok := strings.CutPrefix(lines[i], head); ok && i == 0 {
			lines[i] = m.style.Render(head) + rest
		} else if i > 0 {
			lines[i] = "  " + lines[i]
		}
	}
	return lines
}

// hanging is how far the lines under an item are set in.
func (t theme) hanging(w int) int {
	if w >= narrow {
		return t.markColumn()
	}
	return 2
}

// finding draws what a check noticed, with its cause and its remedy.
func (t theme) finding(f check.Finding, w int) []string {
	lines := t.item(t.mark(f.Level), f.Says, w)
	in := t.hanging(w)
	return append(lines, indent(in, t.more(f, w-in))...)
}

// more is what a finding has to say beyond its first sentence.
func (t theme) more(f check.Finding, w int) []string {
	var lines []string
	if !f.Why.Empty() {
		lines = styled(t.dim, wrap(t.in(f.Why), w))
	}
	if r := f.Remedy; r != nil {
		if says := r.Says; !says.Empty() {
			if len(r.Offers()) > 0 {
				says = text.New("ctrl+f: %s", says)
			}
			lines = append(lines, wrap(t.glyph.then+" "+t.in(says), w)...)
			for i, c := range r.Choices[:min(len(r.Choices), maxOffers)] {
				lines = append(lines, wrap(fmt.Sprintf("  %d  %s", i+1, t.in(c.Says)), w)...)
			}
		}
		if r.Command != "" {
			lines = append(lines, t.command(r.Command, w)...)
		}
	}
	return lines
}

// findings draws several, the gravest first.
func (t theme) findings(fs []check.Finding, w int) []string {
	var lines []string
	for _, l := range []check.Level{check.Block, check.Warning, check.Unknown, check.Note, check.OK} {
		for _, f := range fs {
			if f.Level == l {
				lines = append(lines, t.finding(f, w)...)
			}
		}
	}
	return lines
}

// problem draws an error that was explained.
func (t theme) problem(p *engine.Problem, w int) []string {
	lines := t.item(t.mark(check.Block), p.Title, w)
	in := t.hanging(w)
	if !p.Detail.Empty() {
		lines = append(lines, indent(in, wrap(t.in(p.Detail), w-in))...)
	}
	for _, h := range p.Hints {
		lines = append(lines, indent(in, t.hint(h, w-in))...)
	}
	return lines
}

// hint draws what to do next: a sentence, and the command to paste for it.
func (t theme) hint(h check.Hint, w int) []string {
	var lines []string
	if said := h.Sentence(); !said.Empty() {
		lines = wrap(t.glyph.then+" "+t.in(said), w)
	}
	if h.Command != "" {
		lines = append(lines, t.command(h.Command, w)...)
	}
	return lines
}

// command draws a shell command. Where it takes several lines, they end in a
// backslash, so that it can still be copied and run.
func (t theme) command(cmd string, w int) []string {
	var lines []string
	add := func(line, end string) {
		pieces := strings.Split(ansi.Hardwrap(line, max(w-len(end), 1), true), "\n")
		lines = append(append(lines, pieces[:len(pieces)-1]...), pieces[len(pieces)-1]+end)
	}
	line := "$"
	for _, word := range words(clean.Text(cmd)) {
		if lipgloss.Width(line)+1+lipgloss.Width(word) > w-2 && len(line) > 1 {
			add(line, ` \`)
			line = " "
		}
		line += " " + word
	}
	add(line, "")
	return styled(t.accent, lines)
}

// words splits a command at the spaces that stand outside of quotes.
func words(cmd string) []string {
	var quote rune
	return strings.FieldsFunc(cmd, func(r rune) bool {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		}
		return quote == 0 && r == ' '
	})
}
