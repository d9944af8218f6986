// Package token holds what an upstream's access token is to this program:
// bytes that cannot be printed, logged or encoded by accident.
package token

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every way of printing a Secret shows.
const redacted = "[secret]"

// ErrEncode is returned by every attempt to encode a Secret.
var ErrEncode = errors.New("a secret cannot be encoded")

// Secret is an access token or password. Copies share their bytes, so that
// wiping one wipes all. The zero value is an empty secret.
//
// The bytes sit behind two pointers because fmt calls no methods on unexported
// fields: a struct that holds a Secret then prints an address. One pointer is
// not enough, as fmt follows it when the verb does not suit.
type Secret struct{ p **[]byte }

// New takes ownership of b: the caller must not use it afterwards.
func New(b []byte) Secret {
	p := &b
	return Secret{p: &p}
}

// Clone returns a Secret with bytes of its own, for a holder that outlives
// the one it was taken from.
func (s Secret) Clone() Secret { return New(append([]byte(nil), s.Reveal()...)) }

// Reveal returns the bytes themselves, to be sent and not kept. They are
// overwritten by Wipe.
func (s Secret) Reveal() []byte {
	if s.p == nil {
		return nil
	}
	return **s.p
}

// Len is the number of bytes.
func (s Secret) Len() int { return len(s.Reveal()) }

// Empty reports whether there are no bytes: never given, or wiped.
func (s Secret) Empty() bool { return s.Len() == 0 }

// Equal compares in constant time for equal lengths.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare(s.Reveal(), t.Reveal()) == 1
}

// Is reports whether both are the same secret, not merely equal: wiping one would
// wipe the other.
func (s Secret) Is(t Secret) bool { return s.p == t.p }

// Tail returns the last four characters where the secret is long enough that
// they give nothing away (16 bytes), and nothing otherwise.
func (s Secret) Tail() string {
	b := s.Reveal()
	if len(b) < 16 {
		return ""
	}
	return string(b[len(b)-4:])
}

// Wipe overwrites the bytes of this Secret and of all its copies.
func (s Secret) Wipe() {
	if s.p == nil {
		return
	}
	b := *s.p
	clear((*b)[:cap(*b)])
	*b = nil
}

// String never shows the secret.
func (Secret) String() string { return redacted }

// GoString never shows the secret.
func (Secret) GoString() string { return redacted }

// Format never shows the secret, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue never shows the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText refuses: a secret is never encoded.
func (Secret) MarshalText() ([]byte, error) { return nil, ErrEncode }

// MarshalJSON refuses: a secret is never encoded.
func (Secret) MarshalJSON() ([]byte, error) { return nil, ErrEncode }

// MarshalBinary refuses: a secret is never encoded.
func (Secret) MarshalBinary() ([]byte, error) { return nil, ErrEncode }
