package source

import (
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Split cuts a command into its words as a POSIX shell does (POSIX.1-2017,
// Shell Command Language, 2.2 and 2.3), and nothing more: quotes and
// backslashes are taken off, while $, *, ~, |, > and # mean themselves, as no
// shell runs the command. An error is an *engine.Usage.
func Split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(command); i++ {
		switch c := command[i]; c {
		case ' ', '\t', '\n':
			if inWord {
				words, inWord = append(words, word.String()), false
				word.Reset()
			}
		case '\'':
			end := strings.IndexByte(command[i+1:], '\'')
			if end < 0 {
				return nil, unfinishedQuote("'")
			}
			inWord = true
			word.WriteString(command[i+1 : i+1+end])
			i += 1 + end
		case '"':
			n, ok := doubleQuoted(&word, command[i+1:])
			if !ok {
				return nil, unfinishedQuote(`"`)
			}
			inWord = true
			i += n
		case '\\':
			if i++; i == len(command) {
				return nil, &engine.Usage{Code: check.CommandUnfinished,
					Title: text.New("The command ends with a backslash"),
					Hints: []check.Hint{{Says: text.New(`write a backslash that belongs to the command as \\, ` +
						`or put it in single quotes`)}}}
			}
			if command[i] != '\n' { // a line that goes on
				inWord = true
				word.WriteByte(command[i])
			}
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 || words[0] == "" {
		return nil, &engine.Usage{Code: check.CommandEmpty, Title: text.New("The command is empty"),
			Hints: []check.Hint{{Says: text.New("name a program and its arguments, " +
				"as in --token-command 'pass show docker-hub'")}}}
	}
	return words, nil
}

// doubleQuoted adds what follows a double quote, up to the next one, to a word,
// and returns how many bytes that was with the quote; false: there is no next
// one. A backslash escapes only what a shell would give a meaning to.
func doubleQuoted(word *strings.Builder, rest string) (n int, ok bool) {
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			return i + 1, true
		case c == '\\' && i+1 < len(rest) && strings.IndexByte("$`\"\\\n", rest[i+1]) >= 0:
			if i++; rest[i] != '\n' {
				word.WriteByte(rest[i])
			}
		default:
			word.WriteByte(c)
		}
	}
	return 0, false
}

func unfinishedQuote(quote string) error {
	return &engine.Usage{Code: check.CommandUnfinished,
		Title: text.New("The command has a quote that isn't closed: %s", quote),
		Hints: []check.Hint{{Says: text.New(`close the quote; a quote that belongs to the command is written \' or \"`)}}}
}

// shellHint says that no shell runs a command, where a sign in it looks as if
// one should. The rest of the word isn't shown: it may be a token.
func shellHint(words []string) []check.Hint {
	for i, w := range words {
		sign := ""
		switch {
		case w == "|", w == "||", w == "&&", w == ";", w == "&", w == ">", w == "<", w == ">>":
			sign = w
		case strings.Contains(w, "$"):
			sign = "$"
		case strings.Contains(w, "`"):
			sign = "`"
		case strings.HasPrefix(w, "~"):
			sign = "~"
		case i == 0 && strings.Contains(w, "="):
			sign = "="
		default:
			continue
		}
		return []check.Hint{hint(text.New("the command runs without a shell, so %s has no special meaning; "+
			"where you need a shell, name it: sh -c '…'", sign))}
	}
	return nil
}
