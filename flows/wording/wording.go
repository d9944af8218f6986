// Package wording puts numbers of things into English words, where text.Plural
// doesn't do it yet.
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
