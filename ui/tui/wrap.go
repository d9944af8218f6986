package tui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/clean"
)

// wrap breaks text into lines of at most w cells, at spaces, and between the
// letters of a script that has none. Names with hyphens stay whole, so that they
// can be read and copied; only what is longer than a line is cut.
func wrap(s string, w int) []string {
	w = max(w, 1)
	var lines []string
	for paragraph := range strings.SplitSeq(tidy(s, clean.Lines), "\n") {
		lines = append(lines, fold(paragraph, w)...)
	}
	return wholeNames(lines)
}

// fold breaks one paragraph.
func fold(paragraph string, w int) []string {
	var lines []string
	line, used := "", 0
	for i, word := range strings.Split(paragraph, " ") {
		between := ""
		if i > 0 {
			between = " "
		}
		for _, unit := range units(word) {
			n := lipgloss.Width(unit)
			if used+len(between)+n <= w || i == 0 && line == "" {
				line, used = line+between+unit, used+len(between)+n
			} else {
				lines = append(lines, line)
				line, used = unit, n
			}
			if between = ""; used > w {
				pieces := strings.Split(ansi.Hardwrap(line, w, true), "\n")
				lines = append(lines, pieces[:len(pieces)-1]...)
				line = pieces[len(pieces)-1]
				used = lipgloss.Width(line)
			}
		}
	}
	return append(lines, line)
}

// The characters that begin no line and end none in Japanese (kinsoku, JIS X
// 4051): closing marks, small letters and sound marks; opening marks.
const (
	neverFirst = "、。，．・：；？！ー〜々ゝゞヽヾ）〕］｝〉》」』】ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…,.!?:;)]}%"
	neverLast  = "（〔［｛〈《「『【([{"
)

// units splits a word where a line may end within it: beside a letter that is
// two cells wide. A word of narrow letters, as of a command, is one unit.
func units(word string) []string {
	if len(word) == utf8.RuneCountInString(word) {
		return []string{word}
	}
	var all []string
	from := 0
	var last, seen rune // the character before, and the last one that is seen
	for at, r := range word {
		next := r
		if r == nameBegins {
			next, _ = utf8.DecodeRuneInString(word[at+1:])
		}
		if at > 0 && r != nameEnds && last != nameBegins && (spaceless(seen) || spaceless(next)) &&
			!strings.ContainsRune(neverFirst, next) && !strings.ContainsRune(neverLast, seen) {
			all = append(all, word[from:at])
			from = at
		}
		if last = r; r != nameBegins && r != nameEnds {
			seen = r
		}
	}
	return append(all, word[from:])
}

// spaceless reports whether a character is of a script that is written without
// spaces, or of its punctuation (UAX 11, the blocks of wide characters).
func spaceless(r rune) bool {
	return r >= 0x2e80 && r <= 0xd7ff || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f ||
		r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd
}
