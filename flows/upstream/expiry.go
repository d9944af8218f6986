package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/wording"
)

// soon is how near an end has to be to be warned of.
const soon = 7 * 24 * time.Hour

// ends is the finding for a token that stops working at a known time.
func ends(what string, until, now time.Time) check.Finding {
	f := check.Finding{ID: "token", Why: "pulls fail after that until a new one is stored"}
	switch {
	case !until.After(now):
		f.Level = check.Block
		f.Says = fmt.Sprintf("%s stopped working on %s", what, stamp(until))
		f.Why = "make a new one"
	case until.Sub(now) < soon:
		f.Level = check.Warning
		f.Says = fmt.Sprintf("%s will stop working on %s", what, stamp(until))
	default:
		f.Level = check.Note
		f.Says = fmt.Sprintf("%s will stop working on %s", what, stamp(until))
	}
	return f
}

// lives is the finding for a token whose birth is not known, only its kind.
func lives(what string, span time.Duration, now time.Time) check.Finding {
	return check.Finding{
		ID: "token", Level: check.Warning,
		Says: fmt.Sprintf("%s works for %s at most: it will stop working by %s", what, wording.Count(int(span.Hours()), "hour"), stamp(now.Add(span))),
		Why:  "pulls fail after that until a new one is stored",
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// jwtExpiry reads the "exp" of a JSON web token (RFC 7519 section 4.1.4). Its
// signature is none of our business.
func jwtExpiry(b []byte) (time.Time, bool) {
	head, rest, ok := bytes.Cut(b, []byte("."))
	body, signature, ok2 := bytes.Cut(rest, []byte("."))
	if !ok || !ok2 || bytes.IndexByte(signature, '.') >= 0 || !bytes.HasPrefix(head, []byte("eyJ")) {
		return time.Time{}, false
	}
	return jsonTime(body, base64.RawURLEncoding, "exp")
}

// ecrExpiry reads the "expiration" that an Amazon ECR password carries: it is
// the base64 of a JSON object.
func ecrExpiry(b []byte) (time.Time, bool) {
	return jsonTime(bytes.TrimRight(b, "="), base64.RawStdEncoding, "expiration")
}

// jsonTime reads a number of seconds since 1970 from an encoded JSON object.
func jsonTime(encoded []byte, enc *base64.Encoding, key string) (time.Time, bool) {
	text := make([]byte, enc.DecodedLen(len(encoded)))
	defer clear(text)
	n, err := enc.Decode(text, encoded)
	if err != nil {
		return time.Time{}, false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(text[:n], &fields) != nil {
		return time.Time{}, false
	}
	var seconds float64
	if json.Unmarshal(fields[key], &seconds) != nil || seconds <= 0 || seconds > 253402300799 { // the year 9999
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}
