package report

import (
	"fmt"
	"io"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Problem writes an error as "upstreamauth: error: …", and what to do about it
// as lines of "hint: …". It belongs on standard error.
func Problem(w io.Writer, p *engine.Problem) {
	if p == nil {
		return
	}
	var b strings.Builder
	b.WriteString("upstreamauth: error: " + p.Title.In(text.English))
	if !p.Detail.Empty() {
		b.WriteString(": " + p.Detail.In(text.English))
	}
	b.WriteString("\n")
	for _, h := range check.Lines(p.Hints, text.English) {
		b.WriteString("hint: " + h + "\n")
	}
	_, _ = fmt.Fprint(w, b.String())
}
