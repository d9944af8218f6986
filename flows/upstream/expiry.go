package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// soon is how near an expiry has to be for a warning.
const soon = 7 * 24 * time.Hour

// clock holds the times that decide whether a token still works.
type clock struct {
	now time.Time
	// since is when the token existed at the latest: when its version was made,
	// or now for one that is being typed.
	since time.Time
}

// ends is the finding for a token that expires at a known time.
func (c clock) ends(until time.Time) check.Finding {
	f := check.Finding{ID: "token", Code: check.TokenEnds, Level: check.Note, Why: pullsFail}
	switch left := until.Sub(c.now); {
	case left <= 0:
		f.Level, f.Code = check.Block, check.TokenEnded
		f.Says, f.Why = text.New("This token expired on %s", stamp(until)), text.New("Create a new one")
		return f
	case left < soon:
		f.Level = check.Warning
		fallthrough
	default:
		f.Says = text.New("This token expires in %s (%s)", left, stamp(until))
	}
	return f
}

// lives is the finding for a token of which only the kind is known, and when it
// existed already. It never blocks: the kind may be a wrong guess.
func (c clock) lives(what text.Text, span time.Duration) check.Finding {
	f := check.Finding{ID: "token", Code: check.TokenEnds, Level: check.Warning, Why: pullsFail}
	end := c.since.Add(span)
	if end.After(c.now) {
		f.Says = text.New("This is %s, which works for %s: it expires by %s", what, span, stamp(end))
		return f
	}
	f.Code = check.TokenEnded
	f.Says = text.New("This is %s, which works for %s: it expired by %s", what, span, stamp(end))
	f.Why = text.New("It was stored on %s. Create a new one", stamp(c.since))
	return f
}

var pullsFail = text.New("After that, pulls fail until you store a new one")

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// isJWT reports whether b looks like a signed JSON web token (RFC 7519), or an
// encrypted one (RFC 7516), from end to end.
func isJWT(b []byte) bool {
	parts := bytes.Split(b, []byte("."))
	if len(parts) != 3 && len(parts) != 5 || !bytes.HasPrefix(b, []byte("eyJ")) {
		return false
	}
	for _, part := range parts {
		if bytes.ContainsFunc(part, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '=')
		}) {
			return false
		}
	}
	return len(parts[1]) > 0 || len(parts) == 5
}

// jwtExpiry reads the "exp" of a JSON web token (RFC 7519 section 4.1.4): from
// its claims, or where those are encrypted from the header, where AWS
// CodeArtifact repeats it. Its signature is none of our business.
func jwtExpiry(b []byte) (time.Time, bool) {
	if !isJWT(b) {
		return time.Time{}, false
	}
	head, rest, _ := bytes.Cut(b, []byte("."))
	part := head
	if bytes.Count(b, []byte(".")) == 2 {
		part, _, _ = bytes.Cut(rest, []byte("."))
	}
	return jsonTime(bytes.TrimRight(part, "="), base64.RawURLEncoding, "exp")
}

// ecrExpiry reads the "expiration" that an Amazon ECR password carries: it is
// the base64 of a JSON object.
func ecrExpiry(b []byte) (time.Time, bool) {
	return jsonTime(bytes.TrimRight(b, "="), base64.RawStdEncoding, "expiration")
}

// jsonTime reads a number of seconds since 1970 from an encoded JSON object.
func jsonTime(encoded []byte, enc *base64.Encoding, key string) (time.Time, bool) {
	given := make([]byte, enc.DecodedLen(len(encoded)))
	defer clear(given)
	n, err := enc.Decode(given, encoded)
	if err != nil {
		return time.Time{}, false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(given[:n], &fields) != nil {
		return time.Time{}, false
	}
	var seconds float64
	if json.Unmarshal(fields[key], &seconds) != nil || seconds <= 0 || seconds > 253402300799 { // the year 9999
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}
