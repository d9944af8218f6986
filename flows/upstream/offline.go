package upstream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream/wrapping"
	"example.com/upstreamauth/flows/wording"
)

// Trim takes the white space off both ends of what was typed, pasted or read,
// and nothing else. It tells how many characters went, so that the caller can
// say so. The result shares b's bytes.
func Trim(b []byte) (trimmed []byte, removed int) {
	trimmed = bytes.TrimSpace(b)
	return trimmed, utf8.RuneCount(b) - utf8.RuneCount(trimmed)
}

// CheckUsername says what is wrong with a user name for this upstream, without
// asking it. The findings' id is "username".
func (k *Kind) CheckUsername(username string) []check.Finding {
	block := func(says, why string, use *check.Hint) []check.Finding {
		return []check.Finding{{ID: "username", Level: check.Block, Says: text.Verbatim(says), Why: text.Verbatim(why), Remedy: use}}
	}
	trimmed := strings.TrimSpace(username)
	switch {
	case !k.PasswordLess.Empty():
		return block(k.Title+" takes no user name", k.PasswordLess.In(text.English), nil)
	case !utf8.ValidString(username):
		return block("the user name is not text in UTF-8", "Artifact Registry keeps text only", k.propose())
	case trimmed == "":
		return block("the user name is empty", "", k.propose())
	case trimmed != username:
		return block("the user name has white space at its ends", "the upstream would be sent it too",
			&check.Hint{Says: text.New("use it without"), Use: &check.Correction{Username: trimmed}})
	case !k.User.Secret && k.secretUsername(username):
		fs := block("this is "+shape([]byte(username)).Name.In(text.English)+", and the user name is wanted",
			"user names are stored in the clear: everybody who may see the repository sees this one; revoke the token if others can see the screen or the shell's history", k.propose())
		fs[0].Code = check.UsernameIsSecret
		return fs
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
		return block("a user name cannot hold a colon: this looks like user name and token together",
			"basic authentication takes what stands before the first colon for the name (RFC 7617)",
			&check.Hint{Says: text.New("use the part before the colon as user name, and the part behind it as token"), Use: use})
	case strings.ContainsFunc(username, invisible):
		return block("the user name holds characters that cannot be seen", "they often come along when text is copied from a web page",
			&check.Hint{Says: text.New("use it without them"), Use: &check.Correction{Username: strings.Map(visible, username)}})
	}
	var fs []check.Finding
	if k.User.Secret {
		fs = append(fs, check.Finding{ID: "username", Code: check.UsernameIsSecret, Level: check.Warning,
			Says: text.New("At %s the user name is the token itself", k.Title),
			Why:  text.New("User names are stored in the clear: everybody who may see the repository sees it, and can use it.")})
	}
	if strings.ContainsFunc(username, func(r rune) bool { return r > unicode.MaxASCII }) {
		fs = append(fs, check.Finding{ID: "username", Level: check.Warning,
			Says: text.New("the user name holds letters beyond ASCII"),
			Why:  text.New("upstreams differ in how they read those; a look-alike letter is never the right one")})
	}
	if k.User.Check != nil {
		fs = append(fs, k.User.Check(username)...)
	}
	return fs
}

// secretUsername reports whether a user name is a secret: the upstream takes its
// token for one, or it has the shape of a token.
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
	return fmt.Sprintf("%s…", username[:few])
}

// propose says which user name is wanted, and offers it where there is one for all.
func (k *Kind) propose() *check.Hint {
	if k.User.Proposal == "" {
		return &check.Hint{Says: k.User.Help}
	}
	return &check.Hint{Says: text.New("use %s", k.User.Proposal), Use: &check.Correction{Username: k.User.Proposal}}
}

// CheckToken says what is wrong with a token for this upstream, without asking
// it. The findings' id is "token"; none of them shows the token. A mistaken
// paste is a block that carries the right part as a correction.
func (k *Kind) CheckToken(username string, t token.Secret, now time.Time) []check.Finding {
	b := t.Reveal()
	one := func(level check.Level, says, why string, use []byte) []check.Finding {
		f := check.Finding{ID: "token", Level: level, Says: text.Verbatim(says), Why: text.Verbatim(why)}
		switch {
		case use != nil:
			f.Remedy = &check.Hint{Says: text.New("use it without"), Use: &check.Correction{Token: token.New(use)}}
		case level == check.Block:
			f.Remedy = &check.Hint{Says: text.New("copy the token alone, and nothing around it")}
		}
		return []check.Finding{f}
	}
	trimmed, spaces := Trim(b)
	switch {
	case !k.PasswordLess.Empty():
		return []check.Finding{{ID: "token", Code: check.TokenNotTaken, Level: check.Block, Says: text.New("%s takes no token", k.Title), Why: k.PasswordLess}}
	case len(trimmed) == 0 && len(b) > 0:
		return one(check.Block, "the token is empty but for white space", "", nil)
	case len(trimmed) == 0:
		return []check.Finding{{ID: "token", Code: check.TokenMissing, Level: check.Block, Says: text.New("the token is empty"), Remedy: &check.Hint{Says: k.TokenHelp}}}
	}
	if f, ok := k.mistakenPaste(username, trimmed); ok {
		return []check.Finding{f}
	}
	switch {
	case spaces > 0:
		return one(check.Block, fmt.Sprintf("the token has %s of white space at its ends", wording.Count(spaces, "character")),
			"the upstream would be sent it too, and refuse the token", bytes.Clone(trimmed))
	case !utf8.Valid(b):
		return one(check.Block, "the token is not text in UTF-8",
			"a file that was saved as UTF-16, or the wrong file, looks like this", nil)
	case bytes.ContainsFunc(b, unicode.IsControl) && !isJSON(b):
		return one(check.Block, "the token holds a line end or another control character",
			"two lines were pasted, or more than the token was copied", nil)
	}
	c := clock{now: now, since: now}
	if !k.stored.IsZero() {
		c.since = k.stored
	}
	var fs []check.Finding
	warn := func(says, why string) {
		fs = append(fs, check.Finding{ID: "token", Level: check.Warning, Says: text.Verbatim(says), Why: text.Verbatim(why)})
	}
	if bytes.IndexByte(b, ' ') >= 0 && !isJSON(b) {
		warn("the token holds a space", "no registry issues such tokens; a password of your own may")
	}
	if bytes.ContainsFunc(b, func(r rune) bool { return r > unicode.MaxASCII }) {
		warn("the token holds characters beyond ASCII", "no registry issues such tokens, and upstreams differ in how they read them")
	}
	fs = append(fs, k.checkShape(b, c)...)
	if until, ok := jwtExpiry(b); ok {
		fs = append(fs, c.ends("this token", until))
	}
	if k.Check != nil {
		fs = append(fs, k.Check(username, b, c)...)
	}
	return fs
}

// checkShape compares a token with the shapes that this vendor and all others
// issue. A shape that does not suit is a warning and never a block: vendors
// change theirs.
func (k *Kind) checkShape(b []byte, c clock) []check.Finding {
	f := check.Finding{ID: "token", Level: check.Warning}
	s, owner := k.shapeOf(b)
	switch {
	case s == nil && k.Otherwise.Empty():
		return nil
	case s == nil:
		f.Says, f.Why = text.New("this does not look like a token of %s", k.Title), text.New("it may be %s", k.Otherwise)
	case !s.Wrong.Empty():
		f.Says, f.Why = text.New("this is %s", s.Name), s.Wrong
	case !s.Until.Empty():
		f.Says, f.Why = text.New("this is %s: it stops working %s", s.Name, s.Until), text.New("pulls fail after that until a new one is stored")
	case s.Lives > 0:
		return []check.Finding{c.lives("this is "+s.Name.In(text.English)+", which", s.Lives)}
	case owner.ID != k.ID && !k.fallback && !s.Common:
		f.Says, f.Why = text.New("this is %s, and the upstream is %s", s.Name, k.Title), text.New("every registry issues its own")
		f.Remedy = &check.Hint{Says: k.TokenHelp}
	case owner.ID == k.ID && !s.whole(b):
		f.Says = text.New("this begins like %s, but is not as long or not made as those are", s.Name)
		f.Why = text.New("a part may be missing, or more than the token was copied")
	default:
		return nil
	}
	return []check.Finding{f}
}

// isJSON reports whether b is a JSON object: a service account's key is a token
// that has spaces and line ends.
func isJSON(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 1 && b[0] == '{' && json.Valid(b)
}

// shapeOf finds the shape that a token begins like, this kind's own first, and
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

// invisible tells whether r shows nothing, or a space that is none.
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
