package upstream

import (
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream/wrapping"
)

// Holds reports whether text of several lines is known to hold a token, or to
// be one: a configuration file, text in UTF-16, a key in JSON. Nothing else may
// have more than one line.
func Holds(b []byte) bool {
	return isJSON(b) || wrapping.Holds(b, knownToken)
}

// mistakenPaste recognises what people paste instead of a token, or around one.
// What is inside may be wrapped again: `"Authorization: Basic dTp0"`.
func (k *Kind) mistakenPaste(username string, pasted []byte) (check.Finding, bool) {
	readings := wrapping.Readings(pasted, wrapping.About{Username: username, Known: knownToken, Fits: k.Fits})[1:]
	if len(readings) == 0 {
		return check.Finding{}, false
	}
	first := readings[0]
	f := check.Finding{ID: "token", Code: check.TokenWrapped, Level: check.Warning, Says: notAlone(first.Layers)}
	if k.Passwords {
		f.Why = text.New("It may be a password that only looks like that")
	}
	var choices []check.Choice
	for _, r := range readings {
		if !r.Doubtful || !k.Passwords {
			f.Level, f.Why = check.Block, text.Text{}
		}
		if len(r.Token) > 0 {
			choices = append(choices, check.Choice{Says: useOf(r), Use: check.Correction{Username: clean.Text(r.Username), Token: token.New(r.Token)}})
		}
	}
	switch len(choices) {
	case 0:
		f.Code, f.Remedy = check.TokenElsewhere, &check.Hint{Says: first.Elsewhere}
	case 1:
		f.Remedy = &check.Hint{Says: choices[0].Says, Use: &choices[0].Use}
	default:
		f.Code = check.TokenSeveral
		f.Why = text.New("It contains several credentials")
		f.Remedy = &check.Hint{Says: text.New("Choose one"), Choices: choices}
	}
	return f, true
}

// wrappedUsername offers the user name that is inside of what was given, and
// the token where that is in it as well.
func wrappedUsername(p wrapping.Part, layers []wrapping.Layer) check.Finding {
	f := check.Finding{ID: "username", Code: check.UsernameWrapped, Level: check.Block,
		Says:   text.New("This is %s, not only a user name", layers[len(layers)-1].Is),
		Remedy: &check.Hint{Says: text.New("Use the user name in it, %q", clean.Text(p.Username)), Use: &check.Correction{Username: clean.Text(p.Username)}}}
	if len(p.Token) > 0 {
		f.Remedy.Says = text.New("Use the user name in it, %q, and its token", clean.Text(p.Username))
		f.Remedy.Use.Token = token.New(p.Token)
	}
	return f
}

// notAlone is a message about what is around a token.
func notAlone(layers []wrapping.Layer) text.Text {
	is := make([]any, len(layers))
	for i, l := range layers {
		is[i] = l.Is
	}
	switch len(layers) {
	case 1:
		return text.New("This is %s, not only a token", is...)
	case 2:
		return text.New("This is %s, with %s in it, not only a token", is...)
	default:
		return text.New("This is %s, with %s in it, and in that %s, not only a token", is...)
	}
}

// useOf offers the token of a reading.
func useOf(r wrapping.Reading) text.Text {
	from, user := clean.Text(r.For), clean.Text(r.Username)
	switch {
	case from != "" && user != "":
		return text.New("Use the token in it for %q, with the user name %q", from, user)
	case from != "":
		return text.New("Use the token in it for %q", from)
	case user != "":
		return text.New("Use the token in it, with the user name %q", user)
	default:
		return text.New("Use the token in it")
	}
}

// knownToken reports whether b is, from end to end, a token that some vendor issues.
func knownToken(b []byte) bool {
	return isJWT(b) || shape(b) != nil
}

// Fits rates how well an entry of a configuration for an address suits this
// upstream: 0 not at all, 1 the same host, more the closer its path.
func (k *Kind) Fits(address string) int {
	if strings.HasPrefix(address, "//") {
		address = "https:" + address
	}
	entry := Target{Format: k.target.Format, URI: address}
	if k.ID == "docker-hub" { // its address in config.json is one that nothing else uses
		if entry.on("docker.io", "index.docker.io", "registry-1.docker.io") {
			return 2
		}
		return 0
	}
	if address == "" || entry.host() == "" || entry.hostPort() != k.target.hostPort() {
		return 0
	}
	theirs, ours := segments(entry.path()), segments(k.target.path())
	if len(theirs) > len(ours) {
		return 1
	}
	for i, s := range theirs {
		if s != ours[i] {
			return 1
		}
	}
	return 2 + len(theirs)
}

// hostPort is the host with its port, where that is not the scheme's own.
func (t Target) hostPort() string {
	u, err := t.url()
	if err != nil {
		return ""
	}
	if port := u.Port(); port != "" && port != "443" {
		return u.Host
	}
	return u.Hostname()
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// raw is a JSON string as bytes, so that a token in it never becomes a string.
type raw = wrapping.Text
