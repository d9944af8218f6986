package report

import (
	"fmt"
	"io"
	"strings"

	"example.com/upstreamauth/flows"
)

// Problem writes an error as "upstreamauth: error: …", and what to do about it
// as lines of "hint: …". It belongs on standard error.
func Problem(w io.Writer, p *flows.Problem) {
	if p == nil {
		return
	}
	var b strings.Builder
	b.WriteString("upstreamauth: error: " + lower(p.Title))
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	b.WriteString("\n")
	for _, h := range p.Hints {
		b.WriteString("hint: " + h + "\n")
	}
	_, _ = fmt.Fprint(w, b.String())
}

// lower starts a title as an error text starts, unless its first word is a
// name or an abbreviation.
func lower(title string) string {
	first, rest, _ := strings.Cut(title, " ")
	if len(first) > 1 && strings.ToLower(first[1:]) == first[1:] && first != "Google" && first != "Artifact" && first != "Secret" {
		first = strings.ToLower(first)
	}
	if rest == "" {
		return first
	}
	return first + " " + rest
}
