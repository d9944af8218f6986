package wrapping

import (
	"bytes"
	"encoding/base64"
	"unicode"
	"unicode/utf8"

	"example.com/upstreamauth/flows/text"
)

// base64Text is the base64 of something that is known when it is seen: a token
// that some vendor issues, user:token as Docker's configuration and Amazon ECR
// hold it, or a file that holds a credential. Base64 of anything else may be a
// token itself.
var base64Text = wrapping{
	Layer: Layer{"base64", text.New("base64")},
	read: func(b []byte, a About) (found, bool) {
		if len(b) < 8 {
			return found{}, false
		}
		plain, ok := decoded(b)
		defer clear(plain)
		inner := bytes.TrimSpace(plain)
		if !ok || len(inner) == 0 {
			return found{}, false
		}
		if a.Known(inner) || holdsFile(inner, a) {
			return one(inner)
		}
		name, tok, ok := cutPair(inner)
		if !ok || len(tok) < 3 || !plainText(tok) {
			return found{}, false
		}
		return found{
			parts:    []Part{{Username: string(name), Token: bytes.Clone(tok)}},
			is:       text.New("a user name and token, encoded together in base64"),
			doubtful: len(b) < 16, // few letters may decode by chance
		}, true
	},
}

// holdsFile reports whether b is a file or a line that is made to hold a
// credential.
func holdsFile(b []byte, a About) bool {
	for _, w := range []*wrapping{&utf16Text, &byteOrderMark, &dockerConfig, &kubernetesSecret, &jsonPair, &mavenSettings, &npmrc, &netrc, &pipConfig, &assignment, &address} {
		if f, ok := w.read(b, a); ok {
			for _, p := range f.parts {
				clear(p.Token)
			}
			return !f.doubtful
		}
	}
	// What is in base64 twice was put there by Kubernetes.
	twice, ok := decoded(b)
	defer clear(twice)
	return ok && a.Known(bytes.TrimSpace(twice))
}

// decoded is what base64 stands for: of either alphabet, padded or not, in one
// line or several.
func decoded(b []byte) ([]byte, bool) {
	joined := make([]byte, 0, len(b))
	defer func() { clear(joined[:cap(joined)]) }()
	for line := range bytes.Lines(b) {
		joined = append(joined, bytes.TrimSpace(line)...)
	}
	joined = bytes.TrimRight(joined, "=")
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(joined, "-_") {
		enc = base64.RawURLEncoding
	}
	text := make([]byte, enc.DecodedLen(len(joined)))
	n, err := enc.Strict().Decode(text, joined)
	if err != nil {
		clear(text)
		return nil, false
	}
	return text[:n], true
}

// plainText reports whether b can be a token that was typed: text without
// control or invisible characters.
func plainText(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return unicode.IsControl(r) || Invisible(r) })
}
