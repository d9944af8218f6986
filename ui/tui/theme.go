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
	"example.com/upstreamauth/ui/report"
)

// theme is every style and every glyph of the screens, by what they mean.
// Colours are the terminal's own sixteen, so that they suit its background.
type theme struct {
	strong, dim, accent      lipgloss.Style
	ok, note, warning, block lipgloss.Style
	glyph                    glyphs
	profile                  termenv.Profile
}

// glyphs are the signs that are not letters.
type glyphs struct {
	ok, note, warning, block, unknown string
	pointer, cursor, mask, more, dot  string
	then, rule, full, empty           string
	spinner                           []string
	border                            lipgloss.Border
}

var fine = glyphs{
	ok: "✓", note: "i", warning: "!", block: "✗", unknown: "?",
	pointer: "▸", cursor: "▏", mask: "•", more: "…", dot: "·",
	then: "→", rule: "─", full: "█", empty: "░",
	spinner: spinner.MiniDot.Frames,
	border:  lipgloss.RoundedBorder(),
}

// plain suits consoles without these letters, and East Asian locales, whose
// terminals may draw them two cells wide.
var plain = glyphs{
	ok: "+", note: "i", warning: "!", block: "x", unknown: "?",
	pointer: ">", cursor: "|", mask: "*", more: "~", dot: "-",
	then: "->", rule: "-", full: "#", empty: ".",
	spinner: spinner.Line.Frames,
	border:  lipgloss.ASCIIBorder(),
}

// newTheme makes the styles for a terminal. NO_COLOR is honoured by the
// renderer; nothing is said by colour alone.
func newTheme(out io.Writer) theme {
	r := lipgloss.DefaultRenderer()
	if f, ok := out.(*os.File); ok {
		r = lipgloss.NewRenderer(f)
		r.SetHasDarkBackground(true) // else the first style asks the terminal
	}
	colour := func(c string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(c)) }
	t := theme{
		profile: r.ColorProfile(),
		strong:  r.NewStyle().Bold(true), dim: r.NewStyle().Faint(true), accent: colour("6").Bold(true),
		ok: colour("2"), note: colour("4"), warning: colour("3").Bold(true), block: colour("1").Bold(true),
		glyph: fine,
	}
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	if report.NeedsASCII(os.Getenv("TERM"), os.Getenv("NO_UNICODE"), locale) {
		t.glyph = plain
	}
	return t
}

// mark is a level's sign and word, and the style of both.
func (t theme) mark(l check.Level) (sign, word string, style lipgloss.Style) {
	switch l {
	case check.OK:
		return t.glyph.ok, "ok", t.ok
	case check.Note:
		return t.glyph.note, "note", t.note
	case check.Warning:
		return t.glyph.warning, "warning", t.warning
	case check.Block:
		return t.glyph.block, "blocked", t.block
	default:
		return t.glyph.unknown, "unknown", t.warning
	}
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
