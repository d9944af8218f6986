// Package text holds what people read: messages with their arguments, put into
// the reader's language only where a front end writes them. A message's English
// stands where it is used; its translations stand in one file a language.
//
// Nothing in the program compares, cuts or searches a message: what logic asks
// for has a code of its own.
package text

import (
	"strings"
	"time"
)

// Text is a message: a format of package fmt in English, and its arguments. A
// Text among the arguments is shown in the same language. The zero Text is
// empty.
//
// The verbs have a meaning to the reader: %q marks a name that a person gave
// (a project, a secret, a user), %s is for words and for what Google or an
// upstream said, %d for amounts, which are grouped by thousands. What is a
// number but no amount (a port, a version, a year) is passed as a string.
type Text struct {
	key  string // the English format, and the key of its translations
	one  string // the English format for exactly one, where it differs
	n    int    // how many, where one is set
	args []any
	raw  bool // key is shown as it is
}

// New makes a message of an English format and its arguments.
func New(format string, args ...any) Text { return Text{key: format, args: args} }

// Plural makes a message about n things, n being its first argument: one is
// the English format where n is 1, other where it is not, and the key of the
// translations.
func Plural(n int, one, other string, args ...any) Text {
	return Text{key: other, one: one, n: n, args: append([]any{n}, args...)}
}

// Verbatim makes a Text of something that is the same in every language: a
// name, a command, what Google or an upstream said.
func Verbatim(s string) Text { return Text{key: s, raw: true} }

// Empty reports whether there is nothing to show.
func (t Text) Empty() bool { return t.key == "" }

// Key is the English format, which identifies a message among others.
func (t Text) Key() string { return t.key }

// In is the message in a language, names in quotation marks.
func (t Text) In(l Language) string { return t.render(l, quote) }

// Marked is the message in a language, with every name as mark shows it.
func (t Text) Marked(l Language, mark func(name string) string) string { return t.render(l, mark) }

func (t Text) render(l Language, mark func(string) string) string {
	if t.raw {
		return t.key
	}
	if l == "" {
		l = English
	}
	format := t.key
	if t.one != "" && t.n == 1 && l == English {
		format = t.one
	}
	args := make([]any, len(t.args))
	for i, a := range t.args {
		args[i] = argument(a, l, mark)
	}
	return l.sprintf(format, args)
}

// argument is an argument as the language's printer takes it.
func argument(a any, l Language, mark func(string) string) any {
	switch a := a.(type) {
	case Text:
		return a.render(l, mark)
	case []Text:
		return list(a, l, mark)
	case time.Time:
		return l.day(a)
	case time.Duration:
		return duration(a).render(l, mark)
	case interface{ Text() Text }:
		return a.Text().render(l, mark)
	case error:
		return name{a.Error(), mark}
	case string:
		return name{a, mark}
	default:
		return a
	}
}

// quote shows a name between quotation marks. What was cleaned where it entered
// holds nothing that would have to be escaped.
func quote(s string) string { return `"` + s + `"` }

// list shows several texts one after the other, as the language joins them.
func list(all []Text, l Language, mark func(string) string) string {
	shown := make([]string, len(all))
	for i, t := range all {
		shown[i] = t.render(l, mark)
	}
	return l.join(shown)
}

// Names makes an argument that lists names, each marked as one.
func Names[S ~string](names []S) []Text {
	all := make([]Text, len(names))
	for i, n := range names {
		all[i] = New("%q", string(n))
	}
	return all
}

// Words makes an argument that lists words that are no names.
func Words[S ~string](words []S) []Text {
	all := make([]Text, len(words))
	for i, w := range words {
		all[i] = Verbatim(string(w))
	}
	return all
}

// duration puts a span of time into words, in its largest whole unit.
func duration(d time.Duration) Text {
	switch n := int(d.Round(time.Second) / time.Second); {
	case d < 0:
		return New("%s ago", duration(-d))
	case d < time.Second:
		return New("less than a second")
	case n < 120:
		return Plural(n, "%d second", "%d seconds")
	case n < 120*60:
		return Plural(n/60, "%d minute", "%d minutes")
	case n < 48*3600:
		return Plural(n/3600, "%d hour", "%d hours")
	default:
		return Plural(n/86400, "%d day", "%d days")
	}
}

// Join puts texts one after another, as sentences of one paragraph. Empty ones
// are left out.
func Join(texts ...Text) Text {
	var verbs []string
	var args []any
	for _, t := range texts {
		if !t.Empty() {
			verbs, args = append(verbs, "%s"), append(args, t)
		}
	}
	if len(args) == 0 {
		return Text{}
	}
	return Text{key: strings.Join(verbs, " "), args: args}
}

// Also puts further remarks behind a text. Empty ones are left out.
func Also(texts ...Text) Text {
	var all Text
	for _, t := range texts {
		switch {
		case all.Empty():
			all = t
		case !t.Empty():
			all = New("%s; %s", all, t)
		}
	}
	return all
}

// Compare orders texts by their English, for lists that are to look the same
// every time.
func Compare(a, b Text) int { return strings.Compare(a.In(English), b.In(English)) }

// Equal reports whether two texts say the same.
func (t Text) Equal(other Text) bool { return Compare(t, other) == 0 }
