// Package upstream knows what each kind of upstream expects of a credential,
// what people get wrong about it, and how to try one on the upstream itself
// before anything is stored.
package upstream

import (
	"bytes"
	"context"
	"regexp"
	"regexp/syntax"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// Kind is a catalogue entry: one vendor or product, with everything that is
// known of its credentials. A new upstream is one more entry in one of the
// catalogue's files.
type Kind struct {
	ID    string // stable, as in "docker-hub"
	Title string // as people call it, as in "Docker Hub"
	// Match recognises a target; the catalogue's first match wins.
	Match func(Target) bool
	User  User
	// TokenHelp says where a token is made and with which least scope.
	TokenHelp text.Text
	// Shapes are the tokens that this vendor issues, and what is mistaken
	// for them.
	Shapes []Shape
	// Otherwise is a sentence about what a token of none of these shapes
	// probably is; empty where tokens have no shape of their own.
	Otherwise text.Text
	// Folders is set where a container registry may have a path behind its
	// host.
	Folders bool
	// Seen is a sentence about how Artifact Registry uses this upstream; empty
	// where it uses it like any other.
	Seen text.Text
	// Passwords is set where a password of somebody's own choosing is taken,
	// which may hold any character, a colon included.
	Passwords bool
	// Check notices what only this upstream knows about a pair; may be nil.
	// It must neither keep nor show token.
	Check func(username string, token []byte, c clock) []check.Finding
	// Companions are the hosts besides its own that may be sent the
	// credential: a token server, or an API that returns a token's scopes.
	Companions []string
	Trial      Trial
	// CannotProve is the reason why a trial proves nothing here, or less than
	// elsewhere; empty where neither is known beforehand.
	CannotProve text.Text
	// PasswordLess is the reason why this upstream has no user name and token
	// at all; empty for every other.
	PasswordLess text.Text

	target   Target
	stored   time.Time // when the token was stored; zero: it is being typed
	fallback bool      // for hosts that nothing else recognises
}

// User is what an upstream expects as user name.
type User struct {
	Proposal string    // what to propose; empty where it differs by person
	Secret   bool      // the user name is the token itself
	Help     text.Text // shown while the field is open
	// Check notices what only this upstream knows of its names; may be nil.
	Check func(username string) []check.Finding
}

// Shape is how one sort of token looks.
type Shape struct {
	Name   text.Text // with its article, as in "a GitHub token (classic)"
	Prefix string
	// Like recognises a token that has no prefix, from end to end; nil where
	// Prefix and Whole do.
	Like func(token []byte) bool
	// Common is set where others issue tokens of this shape, too.
	Common bool
	// Whole matches the token from end to end; nil where its length varies.
	Whole *regexp.Regexp
	// Wrong is the reason why this one doesn't work even with the vendor that
	// issues it; empty where it does.
	Wrong text.Text
	// Lives is how long it works at most; 0 is until it is revoked.
	Lives time.Duration
	// Until is a sentence about what ends it, where that isn't a span of time.
	Until text.Text
}

func (s *Shape) has(b []byte) bool {
	if s.Like != nil {
		return s.Like(b)
	}
	return bytes.HasPrefix(b, []byte(s.Prefix))
}

func (s *Shape) whole(b []byte) bool { return s.Whole == nil || s.Whole.Match(b) }

// length is how many characters a whole token has; 0 where that varies or isn't
// known. Every one of Whole's characters stands for one byte.
func (s *Shape) length() int {
	if s.Whole == nil {
		return 0
	}
	re, err := syntax.Parse(s.Whole.String(), syntax.Perl)
	if err != nil {
		return 0
	}
	n, fixed := fixedLength(re)
	if !fixed {
		return 0
	}
	return n
}

// fixedLength is the length of what an expression matches, if that is always
// the same.
func fixedLength(re *syntax.Regexp) (n int, fixed bool) {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpEmptyMatch:
		return 0, true
	case syntax.OpLiteral:
		return len(string(re.Rune)), true
	case syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		return 1, true
	case syntax.OpCapture:
		return fixedLength(re.Sub[0])
	case syntax.OpRepeat:
		n, fixed = fixedLength(re.Sub[0])
		return n * re.Min, fixed && re.Min == re.Max
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			m, ok := fixedLength(sub)
			if !ok {
				return 0, false
			}
			n += m
		}
		return n, true
	default:
		return 0, false
	}
}

// Trial is how a credential is tried.
type Trial struct {
	Says text.Text // one sentence about it
	run  func(context.Context, *visit) Outcome
}

// Catalogue returns every kind of upstream, in the order in which a target is
// compared with them.
func Catalogue() []*Kind {
	return slices.Concat(dockerKinds, cloudKinds, publisherKinds, vendorKinds, languageKinds, otherKinds)
}

// Recognise returns the kind of upstream that a target is, from its preset,
// format and address. It is never nil: what nothing recognises is some other
// host of its format. The entry returned is a copy that knows its target.
func Recognise(t Target) *Kind {
	for _, k := range Catalogue() {
		if k.Match(t) {
			known := *k
			known.target = t
			return &known
		}
	}
	panic("upstream: the catalogue's last entry matches everything")
}

// StoredAt returns the same entry for a token that was stored at a time: a token
// that lives for hours is judged by its age.
func (k *Kind) StoredAt(at time.Time) *Kind {
	stored := *k
	stored.stored = at
	return &stored
}

// Name is what to call this upstream in a sentence: its title, or its host
// where it is none of the known ones.
func (k *Kind) Name() string {
	if host := k.target.String(); k.fallback && host != "" {
		return host
	}
	return k.Title
}
