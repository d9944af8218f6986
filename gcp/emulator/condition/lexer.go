package condition

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is what a token or the value of a part of an expression is.
type kind int

const (
	dynamic kind = iota // known only when it is evaluated
	boolean
	text
	number
	moment // a timestamp
	span   // a duration
	list
	name   // tokens only
	symbol // tokens only
	end    // tokens only
)

// String is how CEL names the type.
func (k kind) String() string {
	switch k {
	case boolean:
		return "bool"
	case text:
		return "string"
	case number:
		return "int"
	case moment:
		return "google.protobuf.Timestamp"
	case span:
		return "google.protobuf.Duration"
	case list:
		return "list"
	default:
		return "dyn"
	}
}

// token is one of an expression; at is its place in bytes.
type token struct {
	kind kind
	text string
	at   int
}

// fault is what is wrong with an expression, and where.
type fault struct {
	says string
	at   int
}

// symbols are the operators and marks, the longer ones first.
var symbols = []string{"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"}

// next reads the token that begins at a place.
func next(source string, at int) (token, *fault) {
	at = skipSpace(source, at)
	if at == len(source) {
		return token{end, "<EOF>", at}, nil
	}
	rest := source[at:]
	if n := quoteLength(rest); n > 0 {
		return readText(source, at, n)
	}
	c := rest[0]
	switch {
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n])) {
			n++
		}
		return token{name, rest[:n], at}, nil
	case isDigit(c):
		n := numberLength(rest)
		return token{number, rest[:n], at}, nil
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			return token{symbol, s, at}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, &fault{fmt.Sprintf("Syntax error: token recognition error at: '%c'", r), at}
}

// skipSpace passes over spaces and comments.
func skipSpace(source string, at int) int {
	for at < len(source) {
		switch {
		case strings.IndexByte(" \t\r\n\f", source[at]) >= 0:
			at++
		case strings.HasPrefix(source[at:], "//"):
			line := strings.IndexByte(source[at:], '\n')
			if line < 0 {
				return len(source)
			}
			at += line + 1
		default:
			return at
		}
	}
	return at
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// numberLength is how long a number is: decimal, hexadecimal or with a
// fraction, an exponent or the mark of an unsigned one.
func numberLength(s string) int {
	n, digit := 0, isDigit
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		n = 2
		digit = func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
	}
	digits := func() {
		for n < len(s) && digit(s[n]) {
			n++
		}
	}
	digits()
	if n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		n++
		digits()
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if m < len(s) && isDigit(s[m]) {
			n = m
			digits()
		}
	}
	if n < len(s) && s[n]|0x20 == 'u' {
		n++
	}
	return n
}

// quoteLength is how long the beginning of a string is, with the marks of a raw
// one and of bytes; 0 where none begins.
func quoteLength(s string) int {
	n := 0
	for n < 2 && n < len(s) && strings.IndexByte("rRbB", s[n]) >= 0 {
		n++
	}
	rest := s[n:]
	switch {
	case strings.HasPrefix(rest, `"""`), strings.HasPrefix(rest, "'''"):
		return n + 3
	case strings.HasPrefix(rest, `"`), strings.HasPrefix(rest, "'"):
		return n + 1
	}
	return 0
}

// readText reads a string whose beginning is n bytes long.
func readText(source string, at, n int) (token, *fault) {
	opening := source[at : at+n]
	mark := strings.TrimLeft(opening, "rRbB")
	raw := strings.ContainsAny(opening, "rR")
	for i := at + n; i < len(source); i++ {
		switch {
		case strings.HasPrefix(source[i:], mark):
			return token{text, source[at+n : i], at}, nil
		case source[i] == '\n' && len(mark) == 1:
			return token{}, &fault{"Syntax error: token recognition error at: '" + opening + "'", at}
		case source[i] == '\\' && !raw:
			if i++; i == len(source) || strings.IndexByte(`abfnrtv\?"'`+"`xXuU01234567", source[i]) < 0 {
				return token{}, &fault{"Syntax error: token recognition error at: '\\'", i - 1}
			}
		}
	}
	return token{}, &fault{"Syntax error: token recognition error at: '" + opening + "'", at}
}
