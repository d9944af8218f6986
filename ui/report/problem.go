package report

import (
	"fmt"
	"io"
	"strings"

	"example.com/upstreamauth/flows/engine"
)

// Problem writes an error as "upstreamauth: error: …", and what to do about it
// as lines of "hint: …". It belongs on standard error.
func Problem(w io.Writer, p *engine.Problem) {
	if p == nil {
		return
	}
	var b strings.Builder
	b.WriteString("upstreamauth: error: " + p.Title)
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	b.WriteString("\n")
	for _, h := range p.Hints {
		b.WriteString("hint: " + h + "\n")
	}
	_, _ = fmt.Fprint(w, b.String())
}
