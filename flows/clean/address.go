package clean

import (
	"net/url"
	"regexp"
	"strings"
)

// Masked stands for what an address holds besides a place: user name, password
// and query.
const Masked = "***"

// Address is an address as it may be shown: Text, with everything that may be
// a secret masked, also where it has no scheme or can't be read as an address.
func Address(s string) string {
	s = Text(s) // masks what has a scheme
	if strings.Contains(s, "//") {
		return s
	}
	at, slash := strings.LastIndexByte(s, '@'), strings.IndexAny(s, "/?#")
	if at >= 0 && (slash < 0 || at < slash || !plainHost(s[:slash])) {
		s = Masked + s[at:]
	}
	return withoutQuery(s)
}

// HasLogin reports whether an address that Address or Text has gone over had
// a user name or password in it.
func HasLogin(shown string) bool {
	_, rest, found := strings.Cut(shown, "//")
	if !found {
		rest = shown
	}
	return strings.HasPrefix(rest, Masked+"@") || rest == Masked
}

// scheme is what an address in a text begins with; its slashes may be escaped,
// once or more often, as in JSON or in another address.
var scheme = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*(?::(?:\\*/){2}|%(?:25)*3A(?:%(?:25)*2F){2})`)

// atSign is the end of a login, escaped or not.
var atSign = regexp.MustCompile(`(?i)@|%(?:25)*40`)

// addresses masks the login and the query of every address in a text.
func addresses(s string) string {
	if !strings.Contains(s, "/") && !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	rest := s
	for {
		at := scheme.FindStringIndex(rest)
		if at == nil {
			break
		}
		b.WriteString(rest[:at[1]])
		rest = rest[at[1]:]
		end := strings.IndexFunc(rest, endsAddress)
		if end < 0 {
			end = len(rest)
		}
		b.WriteString(maskPlace(rest[:end]))
		rest = rest[end:]
	}
	if b.Len() == 0 {
		return s
	}
	b.WriteString(rest)
	return b.String()
}

// endsAddress reports whether an address in a text ends before r. A password
// may hold more than a browser would take; a quote or a space ends it.
func endsAddress(r rune) bool { return r <= ' ' || strings.ContainsRune("\"'`<>“”«»", r) }

// maskPlace masks what follows an address's scheme.
func maskPlace(s string) string {
	authority := s
	if i := strings.IndexAny(s, `/?#\`); i >= 0 {
		authority = s[:i]
	}
	if login := atSign.MatchString(authority); login || !plainHost(authority) {
		// A password may hold the sign that seems to end it: the last @ counts.
		ends := atSign.FindAllStringIndex(s, -1)
		if len(ends) == 0 {
			return Masked
		}
		s = Masked + s[ends[len(ends)-1][0]:]
	}
	if console(s) {
		return s
	}
	return withoutQuery(s)
}

// console reports whether an address is one of Google's own pages, whose query
// names a project and nothing secret.
func console(place string) bool {
	return strings.HasPrefix(place, "console.cloud.google.com/") || strings.HasPrefix(place, "console.developers.google.com/")
}

// question is what a query begins with, escaped or not.
var question = regexp.MustCompile(`(?i)\?|%(?:25)*3F`)

// withoutQuery masks a query, and a fragment that has the form of one.
func withoutQuery(s string) string {
	if place, fragment, found := strings.Cut(s, "#"); found && !question.MatchString(place) && strings.ContainsAny(fragment, "=&?") {
		return place + "#" + Masked
	}
	if at := question.FindStringIndex(s); at != nil && at[1] < len(s) {
		return s[:at[1]] + Masked
	}
	return s
}

// plainHost reports whether s is a host, with or without a port, and not a user
// name with the first part of a password behind it.
func plainHost(s string) bool {
	u, err := url.Parse("https://" + s)
	return err == nil && (s == "" || u.Host != "") && !strings.Contains(u.Hostname(), `\`)
}
