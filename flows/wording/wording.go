// Package wording puts numbers and commands into words, in the same way
// everywhere.
package wording

import (
	"fmt"
	"strings"
)

// Count is a number of things, as in "1 version" and "2 repositories". The
// thing is given in the singular.
func Count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "ry"):
		thing = strings.TrimSuffix(thing, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Quote makes text one word of a POSIX shell, whatever it holds.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
