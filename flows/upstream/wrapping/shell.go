package wrapping

import "bytes"

// shellWords splits text into words as a shell does, without expanding
// anything: quotes of both kinds, backslashes, and lines that go on. An operator
// ("|", ";", "<", "<<<") is a word of its own. The words have bytes of their own.
func shellWords(b []byte) [][]byte {
	var words [][]byte
	var word []byte
	open, quote := false, byte(0)
	end := func() {
		if open {
			words = append(words, word)
		}
		word, open = nil, false
	}
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			word = append(word, c)
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && i+1 < len(b) && (quote == 0 || bytes.IndexByte([]byte("\"\\$`\n"), b[i+1]) >= 0):
			if i++; b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
			if b[i] != '\n' {
				word, open = append(word, b[i]), true
			}
		case quote != 0:
			word = append(word, c)
		case c == '\'' || c == '"':
			quote, open = c, true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			end()
		case bytes.HasPrefix(b[i:], []byte("<<<")):
			end()
			words = append(words, []byte("<<<"))
			i += 2
		case c == '|' || c == ';' || c == '<':
			end()
			words = append(words, []byte{c})
		default:
			word, open = append(word, c), true
		}
	}
	end()
	return words
}

// wipe overwrites words.
func wipe(words [][]byte) {
	for _, w := range words {
		clear(w)
	}
}

// option is the value of a command's option: "--name V", "--name=V", and for
// one letter "-n V" and "-nV". Nil where it is not there.
func option(words [][]byte, names ...string) []byte {
	for i, w := range words {
		for _, name := range names {
			rest, ok := bytes.CutPrefix(w, []byte(name))
			switch {
			case !ok:
			case len(rest) == 0 && i+1 < len(words):
				return words[i+1]
			case len(rest) > 0 && len(name) == 2:
				return bytes.TrimPrefix(rest, []byte("="))
			case len(rest) > 1 && rest[0] == '=':
				return rest[1:]
			}
		}
	}
	return nil
}
