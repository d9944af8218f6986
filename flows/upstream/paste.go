package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/token"
)

// part is the right part of something that was pasted by mistake.
type part struct {
	is       string // what it was, as in "text in quotes"
	use      string // which part is right, as in "use what is between them"
	username string // empty where it named none
	token    []byte // empty where the right part is not in it
	doubtful bool   // it may be a password that only looks so
}

// mistakenPaste recognises what is pasted instead of a token, or around one.
// What lies inside may be wrapped again: `"Authorization: Basic dTp0"`.
func (k *Kind) mistakenPaste(username string, pasted []byte) (check.Finding, bool) {
	var found []part
	for b := pasted; len(found) < 5; {
		p, ok := k.unwrap(username, b)
		if !ok {
			break
		}
		found = append(found, p)
		if b = p.token; len(b) == 0 {
			break
		}
		if p.username != "" {
			username = p.username
		}
	}
	if len(found) == 0 {
		return check.Finding{}, false
	}
	var is, use []string
	var right check.Correction
	f := check.Finding{ID: "token", Level: check.Warning}
	for i, p := range found {
		is, use = append(is, p.is), append(use, p.use)
		if p.username != "" {
			right.Username = clean.Text(p.username)
		}
		if !p.doubtful {
			f.Level = check.Block
		}
		if last := i == len(found)-1; last && len(p.token) > 0 {
			right.Token = token.New(p.token)
		} else if !last {
			clear(p.token)
		}
	}
	f.Says = "this is not the token alone: it is " + strings.Join(is, ", and in it ")
	f.Remedy = &check.Remedy{Says: strings.Join(use, ", then ")}
	if !right.Token.Empty() {
		f.Remedy.Use = &right
		if right.Username != "" {
			f.Remedy.Says += fmt.Sprintf("; the user name in it is %s", right.Username)
		}
	}
	if f.Level == check.Warning {
		f.Why = "it may be a password that only looks so"
	}
	return f, true
}

// unwrap takes one layer off. The part's token has bytes of its own.
func (k *Kind) unwrap(username string, b []byte) (part, bool) {
	for _, peel := range []func(string, []byte) (part, bool){k.peelConfig, peelQuotes, peelHeader, k.peelBase64, k.peelPair} {
		if p, ok := peel(username, b); ok {
			return p, true
		}
	}
	return part{}, false
}

// quotes are the marks that come along from a shell, a YAML file or a chat.
var quotes = [][2]string{{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"„", "“"}, {"‘", "’"}, {"«", "»"}, {"<", ">"}}

func peelQuotes(_ string, b []byte) (part, bool) {
	for _, q := range quotes {
		if len(b) > len(q[0])+len(q[1]) && bytes.HasPrefix(b, []byte(q[0])) && bytes.HasSuffix(b, []byte(q[1])) {
			return part{is: "text in quotes", use: "use what stands between them", token: bytes.Clone(b[len(q[0]) : len(b)-len(q[1])])}, true
		}
	}
	return part{}, false
}

func peelHeader(_ string, b []byte) (part, bool) {
	rest := b
	name, isHeader := "", false
	if v, ok := cutFold(b, "authorization:"); ok {
		rest, isHeader = bytes.TrimSpace(v), true
	}
	for _, scheme := range []string{"Bearer", "Basic", "token"} {
		if v, ok := cutFold(rest, scheme+" "); ok && len(bytes.TrimSpace(v)) > 0 {
			rest, name = bytes.TrimSpace(v), scheme
			break
		}
	}
	switch {
	case isHeader:
		return part{is: "an Authorization header", use: "use what follows its scheme", token: bytes.Clone(rest)}, len(rest) > 0
	case name != "":
		return part{is: fmt.Sprintf("text that begins with %q", name+" "), use: fmt.Sprintf("use what follows %q", name), token: bytes.Clone(rest)}, true
	}
	return part{}, false
}

// cutFold is bytes.CutPrefix in any case.
func cutFold(b []byte, prefix string) ([]byte, bool) {
	if len(b) < len(prefix) || !bytes.EqualFold(b[:len(prefix)], []byte(prefix)) {
		return nil, false
	}
	return b[len(prefix):], true
}

// peelPair recognises user:token. It is certain where the part before the
// colon is the user name given, or the part behind it a token that some vendor
// issues; else a password of somebody's own may hold a colon.
func (k *Kind) peelPair(username string, b []byte) (part, bool) {
	name, rest, ok := bytes.Cut(b, []byte(":"))
	if !ok || len(rest) == 0 || !nameLike(name) {
		return part{}, false
	}
	certain := bytes.EqualFold(name, []byte(username)) || k.shape(rest) != nil
	if !certain && bytes.HasPrefix(rest, []byte("//")) {
		return part{}, false // an address
	}
	return part{
		is: "user name and token in one, with a colon between them", use: "use the part behind the colon",
		username: string(name), token: bytes.Clone(rest), doubtful: !certain && k.Passwords,
	}, true
}

// nameLike tells whether b can be a user name in front of a colon.
func nameLike(b []byte) bool {
	return len(b) > 0 && len(b) <= 128 && !bytes.ContainsFunc(b, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-+@$|", r))
	})
}

// peelBase64 recognises the base64 of user:token, as Docker's configuration and
// the Authorization header hold it, and as Amazon ECR gives it out.
func (k *Kind) peelBase64(_ string, b []byte) (part, bool) {
	if s, _ := k.shapeOf(b); len(b) < 8 || s != nil && s.whole(b) {
		return part{}, false // a JFrog reference token is base64 of words with colons
	}
	text, ok := decode(b)
	if !ok {
		return part{}, false
	}
	defer clear(text)
	name, rest, ok := bytes.Cut(text, []byte(":"))
	if !ok || len(rest) < 3 || !nameLike(name) || !utf8.Valid(rest) || bytes.ContainsFunc(rest, invisible) {
		return part{}, false
	}
	return part{
		is: "user name and token together in base64", use: "use the part behind the colon in it",
		username: string(name), token: bytes.Clone(rest),
		doubtful: k.Passwords && len(b) < 16, // few letters may decode by chance
	}, true
}

func decode(b []byte) ([]byte, bool) {
	b = bytes.TrimRight(b, "=")
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(b, "-_") {
		enc = base64.RawURLEncoding
	}
	text := make([]byte, enc.DecodedLen(len(b)))
	n, err := enc.Strict().Decode(text, b)
	if err != nil {
		clear(text)
		return nil, false
	}
	return text[:n], true
}

const dockerConfig = "Docker's config.json"

// peelConfig recognises Docker's config.json, whole or one entry of it, and
// finds the entry that is meant: the only one, or this upstream's.
func (k *Kind) peelConfig(_ string, b []byte) (part, bool) {
	if len(b) == 0 || b[0] != '{' || !json.Valid(b) {
		return part{}, false
	}
	var file struct {
		Auths       map[string]configEntry
		CredsStore  string
		CredHelpers map[string]string
	}
	p := part{is: "JSON", use: "make a token and use that"}
	// A type that does not suit leaves its field empty, and the rest is read.
	_ = json.Unmarshal(b, &file)
	if file.Auths == nil && file.CredsStore == "" && file.CredHelpers == nil {
		one := map[string]configEntry{"": {}}
		var entry configEntry
		if _ = json.Unmarshal(b, &entry); entry.empty() {
			_ = json.Unmarshal(b, &one)
			delete(one, "")
		} else {
			one[""] = entry
		}
		file.Auths = one
	} else {
		p.is = dockerConfig
	}
	var holding []string
	for host, e := range file.Auths {
		if !e.empty() {
			holding = append(holding, host)
		}
	}
	slices.Sort(holding)
	pick := slices.IndexFunc(holding, k.sameRegistry)
	if len(holding) == 1 {
		pick = 0
	}
	switch {
	case len(holding) == 0 && p.is == dockerConfig:
		p.is += ", which holds no credential: those are in this machine's credential store"
	case pick < 0 && len(holding) > 1:
		p.is += fmt.Sprintf(" with credentials for %s", clean.Text(strings.Join(holding, ", ")))
		p.use = "paste the token of this upstream alone"
	case pick >= 0:
		p.username, p.token = file.Auths[holding[pick]].credential()
		if host := clean.Text(holding[pick]); host != "" && len(p.token) > 0 {
			p.use = "use the token that it holds for " + host
		} else if len(p.token) > 0 {
			p.use = "use the token that it holds"
		}
	}
	return p, true
}

// sameRegistry compares a key of config.json with this kind's upstream. Docker
// Hub's key is an address that nothing else uses.
func (k *Kind) sameRegistry(key string) bool {
	t := Target{Format: "DOCKER", URI: key}
	if k.ID == "docker-hub" {
		return t.on("docker.io", "index.docker.io", "registry-1.docker.io")
	}
	return t.host() != "" && t.host() == k.target.host()
}

// configEntry is one registry's entry of Docker's config.json.
type configEntry struct {
	Auth          raw `json:"auth"`
	Username      raw `json:"username"`
	Password      raw `json:"password"`
	IdentityToken raw `json:"identitytoken"`
}

func (e configEntry) empty() bool {
	return len(e.Auth) == 0 && len(e.Password) == 0 && len(e.IdentityToken) == 0
}

func (e configEntry) credential() (username string, tok []byte) {
	if text, ok := decode(e.Auth); ok && len(e.Auth) > 0 {
		if name, rest, ok := bytes.Cut(text, []byte(":")); ok && len(rest) > 0 {
			return string(name), bytes.Clone(rest)
		}
	}
	if len(e.Password) > 0 {
		return string(e.Username), bytes.Clone(e.Password)
	}
	return string(e.Username), bytes.Clone(e.IdentityToken)
}

// raw is a JSON string as bytes, so that a token in it never becomes a string.
type raw []byte

// UnmarshalJSON takes strings without escapes; no token has any.
func (r *raw) UnmarshalJSON(b []byte) error {
	*r = nil
	if len(b) >= 2 && b[0] == '"' && bytes.IndexByte(b, '\\') < 0 {
		*r = bytes.Clone(b[1 : len(b)-1])
	}
	return nil
}
