package tui

import (
	"cmp"
	"io"
	"os"

	meter "github.com/charmbracelet/bubbles/progress"
	"github.com/charmbracelet/bubbles/spinner"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// theme is every style and every glyph of the screens, by what they mean.
// Colours are the terminal's own sixteen, so that they suit its background.
type theme struct {
	strong, dim, accent      lipgloss.Style
	ok, note, warning, block lipgloss.Style
	glyph                    glyphs
	lang                     text.Language // the reader's; empty: English
	profile                  termenv.Profile
}

// glyphs are the signs that are not letters.
type glyphs struct {
	ok, note, warning, block, unknown string
	pointer, cursor, mask, more, dot  string
	then, rule, full, empty, todo     string
	spinner                           []string
	border                            lipgloss.Border
}

var fine = glyphs{
	ok: "✓", note: "i", warning: "!", block: "✗", unknown: "?",
	pointer: "▸", cursor: "▏", mask: "•", more: "…", dot: "·",
	then: "→", rule: "─", full: "█", empty: "░", todo: "○",
	spinner: spinner.MiniDot.Frames,
	border:  lipgloss.RoundedBorder(),
}

// plain suits consoles without these letters, and East Asian locales, whose
// terminals may draw them two cells wide.
var plain = glyphs{
	ok: "+", note: "i", warning: "!", block: "x", unknown: "?",
	pointer: ">", cursor: "|", mask: "*", more: "~", dot: "-",
	then: "->", rule: "-", full: "#", empty: ".", todo: "o",
	spinner: spinner.Line.Frames,
	border:  lipgloss.ASCIIBorder(),
}

// newTheme makes the styles for a terminal. NO_COLOR is honoured by the
// renderer; nothing is said by colour alone.
func newTheme(out io.Writer, lang text.Language) theme {
	r := lipgloss.DefaultRenderer()
	if f, ok := out.(*os.File); ok {
		r = lipgloss.NewRenderer(f)
		r.SetHasDarkBackground(true) // else the first style asks the terminal
	}
	colour := func(c string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(c)) }
	t := theme{
		profile: r.ColorProfile(), lang: lang,
		strong: r.NewStyle().Bold(true), dim: r.NewStyle().Faint(true), accent: colour("6").Bold(true),
		ok: colour("2"), note: colour("4"), warning: colour("3").Bold(true), block: colour("1").Bold(true),
		glyph: fine,
	}
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	if report.NeedsASCII(os.Getenv("TERM"), os.Getenv("NO_UNICODE"), locale) {
		t.glyph = plain
	}
	return t
}

// mark is the sign and the word of a kind of finding or of an action's state,
// and the style of both.
type mark struct {
	sign  string
	word  text.Text
	style lipgloss.Style
}

// mark is a level's.
func (t theme) mark(l check.Level) mark {
	switch l {
	case check.OK:
		return mark{t.glyph.ok, text.New("ok"), t.ok}
	case check.Note:
		return mark{t.glyph.note, text.New("note"), t.note}
	case check.Warning:
		return mark{t.glyph.warning, text.New("warning"), t.warning}
	case check.Block:
		return mark{t.glyph.block, text.New("problem"), t.block}
	default:
		return mark{t.glyph.unknown, text.New("not checked"), t.warning}
	}
}

// marked is a mark's sign and word, not styled yet.
func (t theme) marked(m mark) string { return m.sign + " " + t.in(m.word) }

// markColumn is the width of the column that holds any mark, and the space
// behind it.
func (t theme) markColumn() int {
	return lipgloss.Width(t.marked(t.mark(check.Unknown))) + 2
}

// bar is a progress bar of a width, in the theme's glyphs.
func (t theme) bar(w, done, of int) string {
	b := meter.New(meter.WithWidth(w), meter.WithoutPercentage(),
		meter.WithFillCharacters([]rune(t.glyph.full)[0], []rune(t.glyph.empty)[0]),
		meter.WithSolidFill("6"), meter.WithColorProfile(t.profile))
	b.EmptyColor = "8"
	return b.ViewAs(float64(done) / float64(max(of, 1)))
}

// fields is the theme for huh's fields: our own styles, no frame around them,
// and a pointer where the choice is, so that it is not told by colour alone.
func (t theme) fields() *huh.Theme {
	f := huh.ThemeBase()
	f.Focused.Base = lipgloss.NewStyle()
	f.Focused.SelectSelector = t.accent.SetString(t.glyph.pointer + " ")
	f.Focused.SelectedOption = t.strong
	f.Focused.UnselectedOption = lipgloss.NewStyle()
	f.Focused.Option = lipgloss.NewStyle()
	return f
}
