// Package wrapping takes off what people paste around a token: quotes, a line
// of a configuration file, a login command, base64. Each wrapping is one entry
// of a list and stands in a file of its own.
//
// It only proposes. The bytes as they were given are always the first reading,
// and where several credentials may be meant, all of them are named.
package wrapping

import (
	"bytes"
	"slices"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/text"
)

// maxDepth is how many wrappings are taken off, one inside the other.
const maxDepth = 3

// About is what is known while a paste is read.
type About struct {
	// Username is the user name that was given; may be empty.
	Username string
	// Known reports whether b is, from end to end, a token that some vendor
	// issues. Such a token is never looked into.
	Known func(b []byte) bool
	// Fits rates how well an entry for an address (a host, with or without
	// scheme and path) suits the upstream: 0 not at all, 1 the same host,
	// more the closer its path.
	Fits func(address string) int
}

// Part is a credential inside a wrapping.
type Part struct {
	Username string // empty where none is named
	Token    []byte // never shares bytes with what it was found in
	For      string // what tells it from its neighbours, as in a host; not cleaned
}

// Reading is one way to understand a paste.
type Reading struct {
	Part
	// Layers are the wrappings around the token, the outermost first; none for
	// the bytes as they are.
	Layers []Layer
	// Doubtful is set where it may just as well be a password that looks so.
	Doubtful bool
	// Elsewhere says where the token is, when it isn't in here; Token is empty
	// then.
	Elsewhere text.Text
}

// Layer is a wrapping as it was found.
type Layer struct {
	Code string    // stable, as in "docker-config"
	Is   text.Text // what it is, with its article, as in "text in quotes"
}

// wrapping is one thing that people paste around a token, or instead of one.
type wrapping struct {
	Layer
	read func(b []byte, a About) (found, bool)
}

// found is what a wrapping holds.
type found struct {
	parts     []Part
	is        text.Text // what it is, where that is more than the wrapping's own words
	doubtful  bool
	elsewhere text.Text // where the token is, if there are no parts
}

// shown is a name from a paste, fit to be shown.
func shown(name string) string { return clean.Text(name) }

// shownAll are several of them.
func shownAll(names []string) []text.Text {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = shown(n)
	}
	return text.Names(all)
}

// one is a wrapping that holds a token and nothing else.
func one(tok []byte) (found, bool) {
	tok = bytes.TrimSpace(tok)
	if len(tok) == 0 {
		return found{}, false
	}
	return found{parts: []Part{{Token: bytes.Clone(tok)}}}, true
}

// Readings are the ways to understand a paste. The first is always b itself,
// untouched; those behind it have bytes of their own. More than one of those
// means that nothing tells which of several credentials is meant.
func Readings(b []byte, a About) []Reading {
	return append([]Reading{{Part: Part{Token: b}}}, inside(b, a, nil, false)...)
}

// Holds reports whether something is recognised around a token, or instead of
// one, without regard to an upstream.
func Holds(b []byte, known func(b []byte) bool) bool {
	rs := Readings(b, About{Known: known, Fits: func(string) int { return 0 }})
	for _, r := range rs[1:] {
		clear(r.Token)
	}
	return len(rs) > 1
}

// inside reads what lies in b, below the layers that were taken off already.
func inside(b []byte, a About, around []Layer, doubtful bool) []Reading {
	b = bytes.TrimSpace(b)
	if len(around) == maxDepth || len(b) == 0 || a.Known(b) {
		return nil
	}
	for _, w := range list() {
		f, ok := w.read(b, a)
		if !ok {
			continue
		}
		layer := w.Layer
		if !f.is.Empty() {
			layer.Is = f.is
		}
		layers := append(slices.Clip(around), layer)
		doubtful := f.doubtful && (doubtful || len(around) == 0)
		if len(f.parts) == 0 {
			return []Reading{{Layers: layers, Doubtful: doubtful, Elsewhere: f.elsewhere}}
		}
		var all []Reading
		for _, p := range choose(f.parts, a) {
			below := a
			if p.Username != "" {
				below.Username = p.Username
			}
			deeper := inside(p.Token, below, layers, doubtful)
			if len(deeper) == 0 {
				all = append(all, Reading{Part: p, Layers: layers, Doubtful: doubtful})
				continue
			}
			clear(p.Token)
			for _, r := range deeper {
				if r.Username == "" {
					r.Username = p.Username
				}
				if r.For == "" {
					r.For = p.For
				}
				all = append(all, r)
			}
		}
		return all
	}
	return nil
}

// list are all wrappings, in the order in which they are looked for: first how
// text is encoded, then whole files, then commands and lines, and last what
// surrounds a single word.
func list() []*wrapping {
	return []*wrapping{
		&utf16Text, &byteOrderMark, &terminal, &invisibleText,
		&dockerConfig, &kubernetesSecret, &jsonPair, &mavenSettings, &quotes,
		&npmrc, &netrc, &pipConfig,
		&loginCommand, &curlCommand, &printCommand,
		&header, &scheme, &assignment, &address,
		&mavenEncrypted, &reference, &escapedEnd, &lookalikes,
		&base64Text, &pair,
	}
}
