package upstream

import (
	"encoding/json"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/clean"
)

// maxWords is how much of an upstream's own words is shown.
const maxWords = 200

// words are what an upstream says of an answer in a field made for people,
// cleaned; empty where it says nothing, sends a page, or repeats the credential.
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

// quote is the only way of a text of an upstream's into one of ours: it is
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

// repeats tells whether text holds a piece of the token that is being tried, or
// of one that was issued for it.
func (v *visit) repeats(text string) bool { return v.echo.In(text) }

// redirect says where a redirect leads, where that can be said.
func (v *visit) redirect(a *answer) string {
	u, err := v.base.Parse(a.header.Get("Location"))
	if err != nil || u.Host == "" {
		return ""
	}
	if host := v.quote(u.Host); host != "" {
		return " to " + host
	}
	return ""
}
