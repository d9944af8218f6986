package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// soon is how near an end has to be to be warned of.
const soon = 7 * 24 * time.Hour

// clock is what counts when it is asked whether a token still works.
type clock struct {
	now time.Time
	// since is when the token existed at the latest: when its version was made,
	// or now for one that is being typed.
	since time.Time
}

// ends is the finding for a token that stops working at a known time.
func (c clock) ends(what string, until time.Time) check.Finding {
	f := check.Finding{ID: "token", Code: check.TokenEnds, Why: text.New("pulls fail after that until a new one is stored")}
	switch {
	case !until.After(c.now):
		f.Level, f.Code = check.Block, check.TokenEnded
		f.Says = text.New("%s stopped working on %s", what, stamp(until))
		f.Why = text.New("make a new one")
	case until.Sub(c.now) < soon:
		f.Level = check.Warning
		f.Says = text.New("%s will stop working on %s", what, stamp(until))
	default:
		f.Level = check.Note
		f.Says = text.New("%s will stop working on %s", what, stamp(until))
	}
	return f
}

// lives is the finding for a token of which only the kind is known, and when it
// existed already. It never blocks: the kind may be a wrong guess.
func (c clock) lives(what string, span time.Duration) check.Finding {
	f := check.Finding{ID: "token", Code: check.TokenEnds, Level: check.Warning, Why: text.New("pulls fail after that until a new one is stored")}
	hours, end := wording.Count(int(span.Hours()), "hour"), stamp(c.since.Add(span))
	if c.since.Add(span).After(c.now) {
		f.Says = text.New("%s works for %s at most: it will stop working by %s", what, hours, end)
		return f
	}
	f.Code = check.TokenEnded
	f.Says = text.New("%s works for %s at most: it stopped working by %s", what, hours, end)
	f.Why = text.New("it was stored on %s; make a new one", stamp(c.since))
	return f
}

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
