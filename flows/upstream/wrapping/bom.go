package wrapping

import "bytes"

// byteOrderMark is what some editors write in front of UTF-8.
var byteOrderMark = wrapping{
	Layer: Layer{"byte-order-mark", "text with a byte order mark in front of it, which cannot be seen"},
	read: func(b []byte, _ About) (found, bool) {
		rest, ok := bytes.CutPrefix(b, []byte("\ufeff"))
		if !ok {
			return found{}, false
		}
		return one(rest)
	},
}
