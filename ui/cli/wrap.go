package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Signs that may not begin a line, or end one, in Japanese (JIS X 4051).
const (
	neverFirst = "。、，．）」』】！？：；・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
	neverLast  = "（「『【"
)

// wrap breaks text into lines of at most width cells: between words, and
// between the signs of a script that has no spaces. A word that is wider stays
// whole. Lines that are there stay.
func wrap(s string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		line, used := "", 0
		for _, piece := range pieces(paragraph) {
			w := ansi.StringWidth(piece)
			if fits := ansi.StringWidth(strings.TrimRight(piece, " ")); line != "" && used+fits > width {
				lines = append(lines, strings.TrimRight(line, " "))
				line, used = "", 0
			}
			line += piece
			used += w
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// pieces cuts a line where it may be broken. A space belongs to what stands
// before it.
func pieces(s string) []string {
	var all []string
	piece := ""
	var last rune
	for _, r := range s {
		wide := ansi.StringWidth(string(r)) > 1
		breaks := last == ' ' && r != ' ' || wide || last != 0 && ansi.StringWidth(string(last)) > 1 && r != ' '
		held := strings.ContainsRune(neverFirst, r) || strings.ContainsRune(neverLast, last)
		if piece != "" && breaks && !held {
			all = append(all, piece)
			piece = ""
		}
		piece += string(r)
		last = r
	}
	if piece != "" {
		all = append(all, piece)
	}
	return all
}
