package upstream

import (
	"encoding/json"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/text"
)

// maxWords is how much of an upstream's own words is shown.
const maxWords = 200

// words are what an upstream says in the fields of an answer that are made for
// people, cleaned; empty where there is nothing, where it sends a page, or where
// it repeats the credential.
func (v *visit) words(a *answer) string {
	if a == nil || a.html() || a.long {
		return ""
	}
	var body struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
		Details     json.RawMessage `json:"details"`
		Description string          `json:"error_description"`
		Error       json.RawMessage `json:"error"`
		Message     string          `json:"message"`
	}
	// A field of another type stays empty, and the others are read.
	_ = json.Unmarshal(a.body, &body)
	var said []string
	for _, e := range body.Errors {
		said = append(said, strings.TrimSpace(e.Code+" "+e.Message))
	}
	for _, r := range []json.RawMessage{body.Details, body.Error} {
		var s string
		if json.Unmarshal(r, &s) == nil {
			said = append(said, s)
		}
	}
	said = append(said, body.Description, body.Message)
	said = slices.DeleteFunc(said, func(s string) bool { return strings.TrimSpace(s) == "" })
	return v.quote(strings.Join(said, "; "))
}

// quote is the only way for text from an upstream into our messages: it is
// cleaned, cut, and left out where it repeats the credential.
func (v *visit) quote(s string) string {
	s = strings.TrimSpace(s)
	if v.repeats(s) {
		return ""
	}
	s = clean.Text(s)
	if r := []rune(s); len(r) > maxWords {
		s = string(r[:maxWords]) + "…"
	}
	return s
}

// repeats reports whether s holds a piece of the token that is being tried, or
// of one that was issued for it.
func (v *visit) repeats(s string) bool { return v.echo.In(s) }

// redirected is a message about a redirect, with its host where that may be shown.
func (v *visit) redirected(a *answer) text.Text {
	if u, err := v.base.Parse(a.header.Get("Location")); err == nil {
		if host := v.quote(u.Host); host != "" {
			return text.New("It redirects to %s, and upstreamauth never sends a token after a redirect", host)
		}
	}
	return text.New("It redirects elsewhere, and upstreamauth never sends a token after a redirect")
}
