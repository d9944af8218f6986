package wrapping

import (
	"bytes"

	"example.com/upstreamauth/flows/text"
)

// byteOrderMark is what some editors write in front of UTF-8.
var byteOrderMark = wrapping{
	Layer: Layer{"byte-order-mark", text.New("text that starts with an invisible byte order mark")},
	read: func(b []byte, _ About) (found, bool) {
		rest, ok := bytes.CutPrefix(b, []byte("\ufeff"))
		if !ok {
			return found{}, false
		}
		return one(rest)
	},
}
