package origin

import (
	"net/http"
	"strings"
)

// challenge is one way of authentication that a server offers
// (RFC 9110, 11.6.1).
type challenge struct {
	scheme     string // lower case
	parameters map[string]string
}

// challenges parses all WWW-Authenticate headers of an answer. What cannot be
// parsed is skipped.
func challenges(h http.Header) []challenge {
	var all []challenge
	for _, line := range h.Values("WWW-Authenticate") {
		all = append(all, parseChallenges(line)...)
	}
	return all
}

// offer returns the challenge of that scheme, if there is one.
func offer(all []challenge, scheme string) (challenge, bool) {
	for _, c := range all {
		if c.scheme == scheme {
			return c, true
		}
	}
	return challenge{}, false
}

// parseChallenges reads one header line: schemes, each followed by parameters
// that are separated by commas, as the schemes are.
func parseChallenges(line string) []challenge {
	var all []challenge
	for {
		line = strings.TrimLeft(line, " \t,")
		word, rest := cutToken(line)
		if word == "" {
			return all
		}
		rest = strings.TrimLeft(rest, " \t")
		value, isParameter := strings.CutPrefix(rest, "=")
		switch {
		case !isParameter:
			all = append(all, challenge{strings.ToLower(word), map[string]string{}})
			line = rest
		case len(all) == 0:
			return nil // a parameter of nothing
		default:
			value, line = cutValue(strings.TrimLeft(value, " \t"))
			all[len(all)-1].parameters[strings.ToLower(word)] = value
		}
	}
}

// cutToken cuts a token (RFC 9110, 5.6.2) off the front; it is empty where
// there is none.
func cutToken(s string) (token, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
	if i < 0 {
		i = len(s)
	}
	return s[:i], s[i:]
}

// cutValue cuts a token or a quoted string off the front. A quote that never
// ends takes everything.
func cutValue(s string) (value, rest string) {
	quoted, ok := strings.CutPrefix(s, `"`)
	if !ok {
		end := strings.IndexAny(s, ", \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:]
	}
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch quoted[i] {
		case '"':
			return b.String(), quoted[i+1:]
		case '\\':
			if i++; i == len(quoted) {
				return b.String(), ""
			}
		}
		b.WriteByte(quoted[i])
	}
	return b.String(), ""
}
