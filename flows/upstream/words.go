package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/token"
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

// window is how many bytes in a row of a credential are too many. What is
// shorter than that is looked for whole.
const window = 8

// repeats tells whether text holds a piece of the token that is being tried.
func (v *visit) repeats(text string) bool { return Repeats(text, v.given.username, v.given.secret) }

// Repeats tells whether text holds a piece of the token, as it is or as an
// upstream may have received or written it: in base64 at any offset, in
// hexadecimal, escaped for an address, a page or JSON. Case is not looked at.
// The user name may be left empty.
func Repeats(text, username string, secret token.Secret) bool {
	tok := secret.Reveal()
	if len(tok) == 0 {
		return false
	}
	texts := []string{text, percentDecoded(text), html.UnescapeString(text), strings.ReplaceAll(text, `\`, "")}
	forms := formsOf(username, tok)
	defer func() {
		for _, form := range forms {
			clear(form)
		}
	}()
	for _, form := range forms {
		lower := bytes.ToLower(form)
		defer clear(lower)
		n := min(window, len(lower))
		for i := 0; i+n <= len(lower); i++ {
			for _, t := range texts {
				if bytes.Contains(bytes.ToLower([]byte(t)), lower[i:i+n]) {
					return true
				}
			}
		}
	}
	return false
}

// formsOf are the ways in which an upstream may repeat a token.
func formsOf(username string, tok []byte) [][]byte {
	forms := [][]byte{bytes.Clone(tok), hex.AppendEncode(nil, tok)}
	pair := slices.Concat([]byte(username), []byte(":"), tok)
	defer clear(pair)
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			// The characters at both ends also hold bits of the neighbours.
			padded := append(make([]byte, offset), tok...)
			shifted := enc.AppendEncode(nil, padded)
			clear(padded)
			if len(shifted) > 8 {
				forms = append(forms, shifted[4:len(shifted)-2])
			}
		}
		forms = append(forms, enc.AppendEncode(nil, pair))
	}
	return forms
}

// percentDecoded undoes the escapes of an address, and leaves alone what is none.
func percentDecoded(s string) string {
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		b, err := hex.DecodeString(e[1:])
		if err != nil {
			return e
		}
		return string(b)
	})
}

var escape = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

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
