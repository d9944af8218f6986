package upstream

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream/wrapping"
)

// Trim takes the white space off both ends of what was typed, pasted or read,
// and nothing else, and returns how many characters it took off. The result shares b's bytes.
func Trim(b []byte) (trimmed []byte, removed int) {
	trimmed = bytes.TrimSpace(b)
	return trimmed, utf8.RuneCount(b) - utf8.RuneCount(trimmed)
}

// CheckUsername returns what is wrong with a user name for this upstream, without
// a request. The findings' id is "username".
func (k *Kind) CheckUsername(username string) []check.Finding {
	block := func(code check.Code, says, why text.Text, use *check.Hint) []check.Finding {
		return []check.Finding{{ID: "username", Code: code, Level: check.Block, Says: says, Why: why, Remedy: use}}
	}
	trimmed := strings.TrimSpace(username)
	switch {
	case !k.PasswordLess.Empty():
		return block(check.UsernameNotTaken, text.New("%s has no user names", k.Title), k.PasswordLess, nil)
	case !utf8.ValidString(username):
		return block(check.UsernameNotText, text.New("The user name isn't valid UTF-8"),
			text.New("Artifact Registry can't store it"), k.propose())
	case trimmed == "":
		return block(check.UsernameMissing, text.New("The user name is empty"), text.Text{}, k.propose())
	case trimmed != username:
		return block(check.UsernameSpaces, text.New("The user name has white space around it"),
			text.New("The upstream would get it, too"),
			&check.Hint{Says: text.New("Use it without"), Use: &check.Correction{Username: trimmed}})
	case !k.User.Secret && k.secretUsername(username):
		return block(check.UsernameIsSecret,
			text.New("This is %s, not a user name", shape([]byte(username)).Name),
			text.New("Everybody who can see the repository can see its user name. If others can see this screen "+
				"or the shell's history, revoke the token"),
			k.propose())
	}
	if p, layers, ok := wrapping.Username([]byte(username), knownToken); ok {
		return []check.Finding{wrappedUsername(p, layers)}
	}
	switch {
	case strings.Contains(username, ":"):
		name, secret, _ := strings.Cut(username, ":")
		use := &check.Correction{Username: name}
		if secret != "" {
			use.Token = token.New([]byte(secret))
		}
		return block(check.UsernamePair, text.New("A user name can't have a colon: this looks like a user name "+
			"and token together"),
			text.New("In basic authentication, the user name ends at the first colon (RFC 7617)"),
			&check.Hint{Says: text.New("Use the part before the colon as user name, and the part after it as token"), Use: use})
	case strings.ContainsFunc(username, invisible):
		return block(check.UsernameInvisible, text.New("The user name has invisible characters"),
			text.New("They often come along when text is copied from a web page"),
			&check.Hint{Says: text.New("Use it without them"), Use: &check.Correction{Username: strings.Map(visible, username)}})
	}
	return k.doubtUsername(username)
}

// doubtUsername returns what may be wrong with a user name that can be one.
func (k *Kind) doubtUsername(username string) []check.Finding {
	var fs []check.Finding
	if k.User.Secret {
		fs = append(fs, check.Finding{ID: "username", Code: check.UsernameIsSecret, Level: check.Warning,
			Says: text.New("At %s, the user name is the token itself", k.Title),
			Why: text.New("User names are stored in the clear: everybody who can see the repository can see and " +
				"use it")})
	}
	if strings.ContainsFunc(username, func(r rune) bool { return r > unicode.MaxASCII }) {
		fs = append(fs, check.Finding{ID: "username", Code: check.UsernameNotASCII, Level: check.Warning,
			Says: text.New("The user name has letters beyond ASCII"),
			Why:  text.New("Upstreams differ in how they read them, and a letter may only look like the right one")})
	}
	if k.User.Check != nil {
		fs = append(fs, k.User.Check(username)...)
	}
	return fs
}

// secretUsername reports whether a user name is a secret: the upstream uses its
// token as user name, or it looks like a token.
func (k *Kind) secretUsername(username string) bool {
	s := shape([]byte(username))
	return k.User.Secret || s != nil && !s.Common
}

// ShownUsername is a user name as it may be shown: one that is a secret is
// hidden but for its first characters.
func (k *Kind) ShownUsername(username string) string {
	if !k.secretUsername(username) || username == "" {
		return username
	}
	const few = 4
	if len(username) < 4*few {
		return "…"
	}
	return username[:few] + "…"
}

// propose is a hint at the right user name, offered where everybody has the same.
func (k *Kind) propose() *check.Hint {
	if k.User.Proposal == "" {
		return &check.Hint{Says: k.User.Help}
	}
	return &check.Hint{Says: text.New("Use %q", k.User.Proposal), Use: &check.Correction{Username: k.User.Proposal}}
}

// CheckToken returns what is wrong with a token for this upstream, without a
// request. The findings' id is "token"; none of them shows the token. A mistaken
// paste is a block that offers the right part as a correction.
func (k *Kind) CheckToken(username string, t token.Secret, now time.Time) []check.Finding {
	b := t.Reveal()
	trimmed, spaces := Trim(b)
	if !k.PasswordLess.Empty() {
		return []check.Finding{{ID: "token", Code: check.TokenNotTaken, Level: check.Block,
			Says: text.New("%s has no tokens", k.Title), Why: k.PasswordLess}}
	}
	if len(trimmed) == 0 && len(b) > 0 {
		return []check.Finding{{ID: "token", Code: check.TokenSpaces, Level: check.Block,
			Says: text.New("The token is only white space"), Remedy: &check.Hint{Says: k.TokenHelp}}}
	}
	if len(b) == 0 {
		return []check.Finding{{ID: "token", Code: check.TokenMissing, Level: check.Block,
			Says: text.New("The token is empty"), Remedy: &check.Hint{Says: k.TokenHelp}}}
	}
	if f, ok := k.mistakenPaste(username, trimmed); ok {
		return []check.Finding{f}
	}
	if f, ok := notAToken(b, trimmed, spaces); ok {
		return []check.Finding{f}
	}
	c := clock{now: now, since: now}
	if !k.stored.IsZero() {
		c.since = k.stored
	}
	fs := append(oddCharacters(b), k.checkShape(b, c)...)
	if until, ok := jwtExpiry(b); ok {
		fs = append(fs, c.ends(until))
	}
	if k.Check != nil {
		fs = append(fs, k.Check(username, b, c)...)
	}
	return fs
}

// notAToken is the finding for what no token can be.
func notAToken(b, trimmed []byte, spaces int) (check.Finding, bool) {
	f := check.Finding{ID: "token", Level: check.Block, Remedy: &check.Hint{Says: text.New("Copy only the token")}}
	switch {
	case spaces > 0:
		f.Code = check.TokenSpaces
		f.Says = text.Plural(spaces, "The token has %d white-space character around it", "The token has %d "+
			"white-space characters around it")
		f.Why = text.New("The upstream would get them, too, and reject the token")
		f.Remedy = &check.Hint{Says: text.New("Use it without"), Use: &check.Correction{Token: token.New(bytes.Clone(trimmed))}}
	case !utf8.Valid(b):
		f.Code = check.TokenNotText
		f.Says = text.New("The token isn't valid UTF-8")
		f.Why = text.New("It may be the wrong file, or one saved as UTF-16")
	case bytes.ContainsFunc(b, unicode.IsControl) && !isJSON(b):
		f.Code = check.TokenBroken
		f.Says = text.New("The token has a line break or another control character")
		f.Why = text.New("It may be two lines, or more than the token")
	default:
		return check.Finding{}, false
	}
	return f, true
}

// oddCharacters are the findings for characters that vendors don't use.
func oddCharacters(b []byte) []check.Finding {
	var fs []check.Finding
	if bytes.IndexByte(b, ' ') >= 0 && !isJSON(b) {
		fs = append(fs, check.Finding{ID: "token", Code: check.TokenSpace, Level: check.Warning,
			Says: text.New("The token has a space in it"),
			Why:  text.New("No registry issues such tokens, but your own password may have one")})
	}
	if bytes.ContainsFunc(b, func(r rune) bool { return r > unicode.MaxASCII }) {
		fs = append(fs, check.Finding{ID: "token", Code: check.TokenNotASCII, Level: check.Warning,
			Says: text.New("The token has characters beyond ASCII"),
			Why:  text.New("No registry issues such tokens, and upstreams differ in how they read them")})
	}
	return fs
}

// checkShape compares a token with the shapes that this vendor and all others
// issue. A wrong shape is a warning and never a block: vendors change theirs.
func (k *Kind) checkShape(b []byte, c clock) []check.Finding {
	f := check.Finding{ID: "token", Level: check.Warning}
	s, owner := k.shapeOf(b)
	switch {
	case s == nil && k.Otherwise.Empty():
		return nil
	case s == nil:
		f.Code, f.Says, f.Why = check.TokenUnknown, text.New("This doesn't look like a token from %s", k.Title), k.Otherwise
	case !s.Wrong.Empty():
		f.Code, f.Says, f.Why = check.TokenNotAccepted, text.New("This is %s", s.Name), s.Wrong
	case !s.Until.Empty():
		f.Code, f.Says, f.Why = check.TokenEnds, text.New("This is %s", s.Name), text.Also(s.Until, pullsFail)
	case s.Lives > 0:
		return []check.Finding{c.lives(s.Name, s.Lives)}
	case owner.ID != k.ID && !k.fallback && !s.Common:
		f.Code = check.TokenForeign
		f.Says = text.New("This is %s, but the upstream is %s", s.Name, k.Title)
		f.Why = text.New("Every registry issues its own tokens")
		f.Remedy = &check.Hint{Says: k.TokenHelp}
	case owner.ID == k.ID && !s.whole(b):
		f.Code = check.TokenCutOff
		f.Says, f.Why = s.cutOff(len(b)), text.New("A part may be missing, or there may be more than the token")
	default:
		return nil
	}
	return []check.Finding{f}
}

// cutOff is a message about a token that starts like s and isn't whole.
func (s *Shape) cutOff(length int) text.Text {
	switch want := s.length(); {
	case want == 0 || want == length:
		return text.New("This looks like %s, but it isn't complete", s.Name)
	case length < want:
		return text.New("This looks like %s that was cut off: it has %d characters, not %d", s.Name, length, want)
	default:
		return text.New("This looks like %s with something after it: it has %d characters, not %d", s.Name, length, want)
	}
}

// isJSON reports whether b is a JSON object: the key of a service account is a
// token with spaces and line breaks.
func isJSON(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 1 && b[0] == '{' && json.Valid(b)
}

// shapeOf finds the shape that a token starts like, this kind's own first, and
// the kind that issues it.
func (k *Kind) shapeOf(b []byte) (*Shape, *Kind) {
	for _, owner := range append([]*Kind{k}, Catalogue()...) {
		for i := range owner.Shapes {
			s := &owner.Shapes[i]
			// Another vendor's short prefix says little without the rest.
			if s.has(b) && (owner.ID == k.ID || len(s.Prefix) > 5 || s.whole(b)) {
				return s, owner
			}
		}
	}
	return nil, nil
}

// shape finds the shape that b has from end to end, of any vendor.
func shape(b []byte) *Shape {
	for _, owner := range Catalogue() {
		for i, s := range owner.Shapes {
			if s.Like != nil && s.Like(b) || s.Whole != nil && s.Whole.Match(b) {
				return &owner.Shapes[i]
			}
		}
	}
	return nil
}

// invisible reports whether r shows nothing, or is a special space.
func invisible(r rune) bool {
	return r != ' ' && (!unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point))
}

// visible drops what is invisible, for bytes.Map and strings.Map.
func visible(r rune) rune {
	if invisible(r) {
		return -1
	}
	return r
}
