package wrapping

import "bytes"

// Username is what may be meant by something that was given as a user name: the
// name, and the token where that is in it as well. False where nothing is
// around it.
func Username(given []byte, known func(b []byte) bool) (Part, []Layer, bool) {
	a := About{Known: known, Fits: func(string) int { return 0 }}
	var layers []Layer
	b := bytes.TrimSpace(given)
	for len(layers) < maxDepth {
		p, layer, ok := userIn(b, a)
		if !ok {
			break
		}
		layers = append(layers, layer)
		if p.Username != "" {
			return p, layers, true
		}
		b = p.Token
	}
	return Part{Username: string(b)}, layers, len(layers) > 0
}

// userIn takes one layer off a user name. What is inside is the part's token, or
// its user name where the wrapping names one.
func userIn(b []byte, a About) (Part, Layer, bool) {
	for _, w := range []*wrapping{&byteOrderMark, &terminal, &invisibleText, &quotes, &escapedEnd, &lookalikes} {
		if f, ok := w.read(b, a); ok && len(f.parts) == 1 {
			return f.parts[0], w.Layer, true
		}
	}
	if m := assigned.FindSubmatch(b); m != nil && aboutUser(string(unquoted(m[2]))) && !bytes.ContainsAny(b, "\n") {
		return Part{Username: string(unquoted(bytes.TrimRight(m[4], ",; ")))}, assignment.Layer, true
	}
	for _, w := range []*wrapping{&dockerConfig, &jsonPair, &loginCommand, &curlCommand, &address, &assignment} {
		if f, ok := w.read(b, a); ok && len(f.parts) == 1 && f.parts[0].Username != "" {
			return f.parts[0], w.Layer, true
		}
	}
	return Part{}, Layer{}, false
}
